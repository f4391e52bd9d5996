// A long list that is asked for by windows: what is looked at is here, what is far away is let go of.
import { isAbort } from '../shared/api.js';

/** Entries of a page, and how many pages are kept. */
export const PAGE = 100;
const KEPT = 12;

/** @template Item */
export class Pages {
  #load;
  #changed;
  /** @type {Map<number, Item[]>} In order of use. */
  #pages = new Map();
  /** @type {Map<number, AbortController>} */
  #loading = new Map();
  #generation = 0;
  /** Entries of the whole list, or -1 before it is known. */
  total = -1;
  error = '';

  /**
   * @param {(position: number, count: number, signal: AbortSignal) => Promise<{total: number, items: Item[]}>} load
   * @param {() => void} changed
   */
  constructor(load, changed) {
    this.#load = load;
    this.#changed = changed;
  }

  /**
   * @param {number} position
   * @returns {Item|undefined}
   */
  item(position) {
    return this.#pages.get(Math.floor(position / PAGE))?.[position % PAGE];
  }

  /** How many pages are kept; bounded, however long the list is. */
  get keptCount() {
    return this.#pages.size;
  }

  /**
   * Another list: the old one is shown until the first of the new one is here.
   * @param {number} first
   * @param {number} last
   */
  async restart(first, last) {
    this.#generation += 1;
    for (const controller of this.#loading.values()) controller.abort();
    this.#loading.clear();
    const before = this.#pages;
    this.#pages = new Map();
    const page = Math.floor(first / PAGE);
    await this.#fetch(page, before);
    this.need(first, last);
  }

  /**
   * Says what is looked at.
   * @param {number} first
   * @param {number} last Exclusive.
   */
  need(first, last) {
    const from = Math.floor(first / PAGE);
    const to = Math.floor(Math.max(first, last - 1) / PAGE);
    for (const [page, controller] of this.#loading) {
      if (page < from - 1 || page > to + 1) controller.abort();
    }
    for (let page = from; page <= to; page++) {
      const items = this.#pages.get(page);
      if (items) {
        this.#pages.delete(page);
        this.#pages.set(page, items);
      } else if (!this.#loading.has(page) && (this.total < 0 || page * PAGE < this.total)) {
        this.#fetch(page);
      }
    }
  }

  /**
   * @param {number} page
   * @param {Map<number, Item[]>} [shown] Kept in place until the answer is here.
   */
  async #fetch(page, shown) {
    const generation = this.#generation;
    const controller = new AbortController();
    this.#loading.set(page, controller);
    const pages = this.#pages;
    if (shown) this.#pages = shown;
    try {
      const { total, items } = await this.#load(page * PAGE, PAGE, controller.signal);
      if (generation !== this.#generation) return;
      if (shown) this.#pages = pages;
      this.total = total;
      this.error = '';
      pages.set(page, items);
      for (const oldest of pages.keys()) {
        if (pages.size <= KEPT) break;
        pages.delete(oldest);
      }
    } catch (error) {
      if (isAbort(error) || generation !== this.#generation) return;
      this.error = error instanceof Error ? error.message : String(error);
    } finally {
      if (this.#loading.get(page) === controller) this.#loading.delete(page);
    }
    this.#changed();
  }
}
