// The open result: its shape at once, its assets by windows of positions as they are looked at.
import { api, ApiError, isAbort } from '../shared/api.js';
import { openResult, PAGE } from './opening.js';

/** @typedef {import('../shared/types.js').Asset} Asset */
/** @typedef {import('../shared/types.js').Query} Query */

/** Pages kept: 8,000 assets, some 5 MB. */
const KEPT_PAGES = 80;
const IN_FLIGHT = 2;

export class Results {
  #store;
  /** @type {Map<number, Asset[]>} In order of use. */
  #pages = new Map();
  /** @type {Map<number, AbortController>} */
  #loading = new Map();
  /** @type {number[]} Wanted pages, the most wanted first. */
  #wanted = [];
  /** Pages that are looked at, both included. */
  #seen = { from: 0, to: 0 };
  /** @type {Set<(first: number, last: number) => void>} */
  #listeners = new Set();
  #opening = new AbortController();
  #retryTimer = 0;

  /** @param {import('../shared/state.js').AppStore} store */
  constructor(store) {
    this.#store = store;
  }

  /**
   * Opens a query; what is shown stays until the new result is there.
   * @param {Query} query
   * @param {import('./opening.js').Spot} spot What will be looked at; its assets are here when the result is shown.
   * @param {(position: number) => void} [ready] Hears where the spot is, just before the result is shown.
   * @returns {Promise<import('../shared/state.js').Result|null>} Null when another one was opened meanwhile, or it failed.
   */
  async open(query, spot, ready) {
    this.#opening.abort();
    const opening = new AbortController();
    this.#opening = opening;
    const { signal } = opening;
    this.#store.update({ resultState: 'loading', resultError: '', queryError: null });
    try {
      const opened = await openResult(query, spot, signal);
      if (signal.aborted) return null;
      const { result } = opened;
      ready?.(opened.position);
      this.#forget();
      for (const { page, assets } of opened.ready) this.#pages.set(page, assets);
      this.#store.update({ result, resultState: 'ready' });
      return result;
    } catch (error) {
      if (isAbort(error) || signal.aborted) return null;
      this.#store.update({
        resultState: 'failed',
        resultError: error instanceof Error ? error.message : String(error),
        queryError: error instanceof ApiError && error.isOfQuery ? error : null,
      });
      return null;
    }
  }

  /**
   * @param {number} position
   * @returns {Asset|undefined}
   */
  asset(position) {
    return this.#pages.get(Math.floor(position / PAGE))?.[position % PAGE];
  }

  /**
   * Changes what is known of some assets, until the server says it too.
   * @param {(position: number) => boolean} isMeant
   * @param {Partial<Asset>} patch
   */
  patch(isMeant, patch) {
    for (const [page, assets] of this.#pages) {
      const first = page * PAGE;
      const changed = assets.map((asset, at) => (isMeant(first + at) ? { ...asset, ...patch } : asset));
      this.#pages.set(page, changed);
      for (const listener of this.#listeners) listener(first, first + changed.length);
    }
  }

  /** Asks anew for what is kept; it is shown until the answer comes. */
  async again() {
    const result = this.#store.state.result;
    if (!result) return;
    const { from, to } = this.#seen;
    const seen = [...this.#pages.keys()].filter((page) => page >= from && page <= to);
    for (const page of this.#pages.keys()) if (!seen.includes(page)) this.#pages.delete(page);
    await Promise.all(seen.map((page) => this.#load(result, page).catch(() => {})));
  }

  /**
   * Hears of assets that have arrived.
   * @param {(first: number, last: number) => void} listener
   */
  onAssets(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Says what is looked at: it is loaded, what is far away is no longer waited for.
   * @param {number} first
   * @param {number} last Exclusive.
   */
  need(first, last) {
    const result = this.#store.state.result;
    if (!result || last <= first) return;
    const from = Math.floor(first / PAGE);
    const to = Math.floor((last - 1) / PAGE);
    this.#seen = { from, to };
    this.#wanted = [];
    for (let page = from; page <= to; page++) {
      const assets = this.#pages.get(page);
      if (assets) {
        this.#pages.delete(page);
        this.#pages.set(page, assets);
      } else {
        this.#wanted.push(page);
      }
    }
    for (const [page, controller] of this.#loading) {
      if (page < from - 1 || page > to + 1) controller.abort();
    }
    // One page beyond on either side, once what is seen is on its way.
    for (const page of [to + 1, from - 1]) {
      if (page >= 0 && page * PAGE < result.count && !this.#pages.has(page)) this.#wanted.push(page);
    }
    this.#start();
  }

  /**
   * The asset at a position, loaded when it is not here.
   * @param {number} position
   * @returns {Promise<Asset|undefined>}
   */
  async load(position) {
    const result = this.#store.state.result;
    if (!result || position < 0 || position >= result.count) return undefined;
    const page = Math.floor(position / PAGE);
    if (!this.#pages.has(page)) await this.#load(result, page).catch(() => {});
    return this.asset(position);
  }

  #start() {
    const result = this.#store.state.result;
    if (!result) return;
    for (const page of this.#wanted) {
      if (this.#loading.size >= IN_FLIGHT) return;
      if (!this.#loading.has(page) && !this.#pages.has(page)) {
        this.#load(result, page).catch((error) => this.#failed(error));
      }
    }
  }

  /**
   * @param {import('../shared/state.js').Result} result
   * @param {number} page
   */
  async #load(result, page) {
    const controller = new AbortController();
    this.#loading.set(page, controller);
    try {
      const first = page * PAGE;
      const count = Math.min(PAGE, result.count - first);
      const { assets } = await api.assets(result.token, first, count, controller.signal);
      if (this.#store.state.result !== result) return;
      this.#pages.set(page, assets);
      for (const oldest of this.#pages.keys()) {
        if (this.#pages.size <= KEPT_PAGES) break;
        this.#pages.delete(oldest);
      }
      for (const listener of this.#listeners) listener(first, first + assets.length);
    } finally {
      if (this.#loading.get(page) === controller) this.#loading.delete(page);
      if (this.#store.state.result === result) queueMicrotask(() => this.#start());
    }
  }

  /** @param {unknown} error */
  #failed(error) {
    if (isAbort(error)) return;
    this.#wanted = [];
    if (error instanceof ApiError && error.status === 410) {
      this.#onGone();
      return;
    }
    clearTimeout(this.#retryTimer);
    const seconds = error instanceof ApiError && error.retryAfter > 0 ? error.retryAfter : 1.5;
    this.#retryTimer = setTimeout(() => this.#onRetry(), seconds * 1000);
  }

  #onGone = () => {};
  #onRetry = () => {};

  /**
   * @param {{gone: () => void, retry: () => void}} handlers `gone` when the server has dropped the
   *   result, `retry` when it is time to ask again for what is looked at.
   */
  handle({ gone, retry }) {
    this.#onGone = gone;
    this.#onRetry = retry;
  }

  #forget() {
    for (const controller of this.#loading.values()) controller.abort();
    this.#loading.clear();
    this.#pages.clear();
    this.#wanted = [];
  }
}
