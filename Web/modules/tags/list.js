// The rows of the tag browser: as many elements as fit the window, bound to one tag after another.
import { create, setText } from '../shared/dom.js';
import { formatCount } from '../shared/format.js';
import { tint } from './colors.js';
import { Pages } from './pages.js';

/** @typedef {import('./asking.js').Tag} Tag */

/** CSS pixels. */
const ROW = 32;
const SPARE = 4;
/** Browsers lay out no taller boxes; longer lists are cut there, and the search narrows them down. */
const TALLEST = 15_000_000;

/** @typedef {{element: HTMLElement, name: HTMLElement, other: HTMLElement, category: HTMLElement, count: HTMLElement, at: number}} Row */

export class TagList {
  #pages;
  #scroller;
  #content = create('div', { class: 'tag-rows' });
  /** @type {Row[]} */
  #rows = [];
  #frame = 0;
  #current = -1;
  #actions;

  /**
   * @param {(position: number, count: number, signal: AbortSignal) => Promise<{total: number, items: Tag[]}>} load
   * @param {{chosen: (tag: Tag|null) => void, open: (tag: Tag) => void, changed: () => void, key: (event: KeyboardEvent, tag: Tag) => boolean}} actions
   */
  constructor(load, actions) {
    this.#actions = actions;
    this.#pages = new Pages(load, () => {
      this.#draw();
      actions.changed();
    });
    this.#scroller = create('div', {
      class: 'tag-list', role: 'listbox', tabindex: '0', 'aria-label': 'Tags', id: 'tag-list',
    }, [this.#content]);
    this.#scroller.addEventListener('scroll', () => {
      if (this.#frame) return;
      this.#frame = requestAnimationFrame(() => {
        this.#frame = 0;
        this.#draw();
      });
    }, { passive: true });
    new ResizeObserver(() => this.#draw()).observe(this.#scroller);
    this.#content.addEventListener('click', (event) => {
      const row = this.#rowOf(event);
      if (row) this.choose(row.at);
    });
    this.#content.addEventListener('dblclick', (event) => {
      const tag = this.#pages.item(this.#rowOf(event)?.at ?? -1);
      if (tag) actions.open(tag);
    });
    this.#scroller.addEventListener('focus', () => {
      if (this.#current < 0 && this.#scroller.matches(':focus-visible')) this.#mark(0);
    });
    this.#scroller.addEventListener('keydown', (event) => this.#pressed(event));
  }

  get element() {
    return this.#scroller;
  }

  get total() {
    return this.#pages.total;
  }

  get error() {
    return this.#pages.error;
  }

  /** What is chosen, or null. */
  get tag() {
    return this.#pages.item(this.#current) ?? null;
  }

  /** @param {boolean} isOther Whether it is another list, or the same one anew. */
  reload(isOther) {
    if (isOther) {
      this.#current = -1;
      this.#scroller.scrollTop = 0;
      this.#actions.chosen(null);
    }
    const { first, last } = this.#seen();
    return this.#pages.restart(first, last);
  }

  /**
   * Marks an entry without showing all of it.
   * @param {number} at
   */
  #mark(at) {
    this.#current = at;
    this.#draw();
  }

  /** @param {number} at */
  choose(at) {
    if (this.#pages.total <= 0) return;
    this.#current = Math.max(0, Math.min(at, this.#pages.total - 1));
    const top = this.#current * ROW;
    const { scrollTop, clientHeight } = this.#scroller;
    if (top < scrollTop) this.#scroller.scrollTop = top;
    else if (top + ROW > scrollTop + clientHeight) this.#scroller.scrollTop = top + ROW - clientHeight;
    this.#draw();
    if (this.tag) this.#actions.chosen(this.tag);
  }

  /** Nothing is chosen any more. */
  clear() {
    this.#current = -1;
    this.#draw();
    this.#actions.chosen(null);
  }

  #seen() {
    const first = Math.max(0, Math.floor(this.#scroller.scrollTop / ROW) - SPARE);
    return { first, last: first + Math.ceil(this.#scroller.clientHeight / ROW) + 2 * SPARE };
  }

  #draw() {
    if (this.#scroller.clientHeight === 0) return;
    const total = Math.max(0, this.#pages.total);
    this.#content.style.setProperty('height', `${Math.min(TALLEST, total * ROW)}px`);
    const { first, last } = this.#seen();
    if (total > 0) this.#pages.need(first, Math.min(last, total));
    while (this.#rows.length < last - first) this.#makeRow();
    // A row keeps its tag while that is seen.
    const count = this.#rows.length;
    for (let at = first; at < first + count; at++) this.#bind(this.#rows[at % count], at, total);
    const tag = this.tag;
    if (tag) this.#scroller.setAttribute('aria-activedescendant', `tag-row-${this.#current % count}`);
    else this.#scroller.removeAttribute('aria-activedescendant');
  }

  /**
   * @param {Row} row
   * @param {number} at
   * @param {number} total
   */
  #bind(row, at, total) {
    row.element.hidden = at >= total;
    if (at >= total) return;
    const tag = this.#pages.item(at);
    row.at = at;
    row.element.style.setProperty('transform', `translateY(${at * ROW}px)`);
    row.element.setAttribute('aria-posinset', String(at + 1));
    row.element.setAttribute('aria-setsize', String(total));
    row.element.setAttribute('aria-selected', String(at === this.#current));
    setText(row.name, tag?.name ?? '');
    setText(row.other, tag ? [
      tag.aliases.length > 0 ? `also ${tag.aliases.join(', ')}` : '',
      tag.implies.length > 0 ? `implies ${tag.implies.map(({ name }) => name).join(', ')}` : '',
    ].filter(Boolean).join(' · ') : '');
    setText(row.category, tag?.category ?? '');
    setText(row.count, tag ? formatCount(tag.count) : '');
    tint(row.element, tag?.category);
  }

  #makeRow() {
    const name = create('span', { class: 'tag-name' });
    const other = create('span', { class: 'tag-row-other' });
    const category = create('span', { class: 'tag-row-category' });
    const count = create('span', { class: 'tag-row-count' });
    const element = create('div', { class: 'tag-row', role: 'option', id: `tag-row-${this.#rows.length}` }, [name, other, category, count]);
    this.#rows.push({ element, name, other, category, count, at: -1 });
    this.#content.append(element);
  }

  /** @param {Event} event */
  #rowOf(event) {
    const element = event.target instanceof Element ? event.target.closest('.tag-row') : null;
    return this.#rows.find((row) => row.element === element);
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    const page = Math.max(1, Math.floor(this.#scroller.clientHeight / ROW) - 1);
    const steps = /** @type {Record<string, number>} */ ({
      ArrowDown: this.#current + 1, ArrowUp: this.#current - 1, PageDown: this.#current + page, PageUp: this.#current - page,
      Home: 0, End: this.#pages.total - 1,
    });
    const { tag } = this;
    if (event.key in steps && !event.altKey && !event.ctrlKey) this.choose(steps[event.key]);
    else if (event.key === 'Enter' && tag) this.#actions.open(tag);
    else if (!tag || !this.#actions.key(event, tag)) return;
    event.preventDefault();
    event.stopPropagation();
  }
}
