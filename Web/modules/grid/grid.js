// The virtual grid: a constant number of elements, whatever the size of the result. This part holds
// the layout and the place in it; the elements are in rows.js and headers.js.
import { create } from '../shared/dom.js';
import { Headers } from './headers.js';
import { Picking } from './picking.js';
import { Rows } from './rows.js';
import { RubberBand } from './rubber.js';
import { ScrollMap } from './scroll.js';
import { Selection } from './selection.js';
import { HEADER, layOut, PADDING, thumbSize } from './shape.js';

/** @typedef {import('./layout.js').Layout} Layout */

export class Grid {
  #store;
  #results;
  /** @type {Layout} */
  #layout = layOut(null, { layout: 'square', tile: 1 }, 1);
  #map = new ScrollMap();
  #content = create('div', { class: 'grid-content', role: 'grid', 'aria-label': 'Pictures', 'aria-multiselectable': 'true' });
  #rows;
  #headers;
  /** The scroller's inner size, kept: to ask for it while elements move makes the browser lay out. */
  #width = 0;
  #height = 0;
  #frame = 0;
  #settleTimer = 0;
  /** @type {import('../shared/state.js').Result|null} */
  #shownResult = null;
  #shape = '';
  /** @type {{index: number, delta: number}|null} */
  #nextPlace = null;
  /** @type {Set<() => void>} */
  #layoutListeners = new Set();
  /** @type {(layout: Layout) => boolean} */
  #onFit = () => false;
  /** @type {(position: number) => void} */
  #onOpen = () => {};

  selection = new Selection();

  /**
   * @param {import('../shared/state.js').AppStore} store
   * @param {import('./results.js').Results} results
   * @param {import('./thumbs.js').Thumbs} thumbs
   * @param {HTMLElement} scroller
   */
  constructor(store, results, thumbs, scroller) {
    this.#store = store;
    this.#results = results;
    this.scroller = scroller;
    const { selection } = this;
    const content = this.#content;
    this.#rows = new Rows(content, scroller, {
      store, results, thumbs, selection, distance: ({ index }) => this.#distanceOf(index),
    });
    this.#headers = new Headers(content, (section, event) => this.picking.selectSection(section, event));
    this.picking = new Picking(store, this, this.#rows, selection, content, (position) => this.#onOpen(position));
    new RubberBand(this, content);
    scroller.append(content);
    scroller.addEventListener('scroll', () => this.#scrolled(), { passive: true });
    new ResizeObserver(() => {
      this.#measure();
      this.#arrange();
    }).observe(scroller);
    results.onAssets((first, last) => this.#rows.arrived(first, last, thumbSize(this.#layout)));
    store.watch(['result', 'preferences'], () => this.#arrange());
  }

  get layout() {
    return this.#layout;
  }

  get map() {
    return this.#map;
  }

  get viewportHeight() {
    return this.#height;
  }

  /** How many tiles exist, seen or spare. */
  get tileCount() {
    return this.#rows.tileCount;
  }

  /** The first item that begins inside the viewport. */
  get firstVisible() {
    if (this.#layout.count === 0) return 0;
    const { first } = this.#layout.visible(this.#map.top + 1, this.#map.top + this.#height);
    return first;
  }

  /** @param {() => void} listener Runs after the layout or the place in it has changed. */
  onLayout(listener) {
    this.#layoutListeners.add(listener);
  }

  /** @param {(layout: Layout) => boolean} fit Takes or gives back room beside a new layout; true when it did. */
  onFit(fit) {
    this.#onFit = fit;
  }

  /** @param {(position: number) => void} open Opens a picture that was clicked. */
  onOpen(open) {
    this.#onOpen = open;
  }

  /**
   * A point of the window in the layout's coordinates.
   * @param {number} clientX
   * @param {number} clientY
   */
  pointOf(clientX, clientY) {
    const box = this.scroller.getBoundingClientRect();
    return {
      x: clientX - box.left - PADDING,
      y: clientY - box.top + this.#map.top,
    };
  }

  // Layout

  #measure() {
    this.#width = this.scroller.clientWidth;
    this.#height = this.scroller.clientHeight;
  }

  #arrange() {
    const { result, preferences } = this.#store.state;
    // Nothing to show yet: the page is spared a layout while it is being built.
    if (!result && !this.#shownResult) return;
    if (this.#width === 0) this.#measure();
    const width = this.#width - 2 * PADDING;
    if (width <= 0) return;
    const shape = this.#shapeOf();
    if (result === this.#shownResult && shape === this.#shape) {
      this.#setScroll(this.#map.resize(this.#layout.height, this.#height));
      this.#render();
      return;
    }
    const sameResult = result === this.#shownResult;
    const hadFocus = this.#content.contains(document.activeElement);
    const place = this.#nextPlace;
    this.#nextPlace = null;
    const { anchor } = this;
    this.#shape = shape;
    this.#shownResult = result;
    this.#layout = layOut(result, preferences, width);
    if (this.#onFit(this.#layout)) {
      // The timeline came or went: once more at the width that is left, before a tile is bound.
      this.#measure();
      this.#shape = this.#shapeOf();
      this.#layout = layOut(result, preferences, this.#width - 2 * PADDING);
    }
    this.#rows.keepForNext();
    this.#content.setAttribute('aria-rowcount', String(this.#layout.rowCount));
    this.#map.resize(this.#layout.height, this.#height);
    this.#content.style.setProperty('height', `${this.#map.boxHeight}px`);
    if (!sameResult && place) {
      const { y } = this.#layout.count > 0
        ? this.#layout.rectangle(Math.min(place.index, this.#layout.count - 1)) : { y: 0 };
      this.#setScroll(this.#map.jump(place.index === 0 && place.delta >= 0 ? 0 : y - place.delta));
    } else if (sameResult && anchor) {
      const { y } = this.#layout.rectangle(anchor.index);
      this.#setScroll(this.#map.jump(y - anchor.delta));
    } else {
      this.#setScroll(this.#map.jump(0));
    }
    this.#render();
    this.#rows.dropKept();
    if (hadFocus) {
      this.scroller.focus({ preventScroll: true });
      this.#rows.giveFocus();
    }
  }

  #shapeOf() {
    const { layout, tile } = this.#store.state.preferences;
    return `${this.#width} ${layout} ${tile}`;
  }

  /**
   * What stays where it is while the layout changes, and how far below the top it stands: the
   * focused item if it is seen, else the first that is.
   */
  get anchor() {
    const { focus } = this.#store.state;
    if (this.#layout.count === 0) return null;
    const { top } = this.#map;
    const seen = this.#layout.visible(top, top + this.#height);
    const index = focus >= seen.first && focus < seen.last ? focus : this.firstVisible;
    // At the very top it stays the top.
    const delta = top === 0 ? Infinity : this.#layout.rectangle(index).y - top;
    return { index, delta };
  }

  /**
   * Where the next result is to be seen: an item, and how far below the top it stands.
   * @param {number} index
   * @param {number} delta
   */
  placeNext(index, delta) {
    this.#nextPlace = { index, delta };
  }

  // Scrolling

  /** @param {number} scrollTop */
  #setScroll(scrollTop) {
    if (Math.abs(this.scroller.scrollTop - scrollTop) >= 1) this.scroller.scrollTop = scrollTop;
  }

  #scrolled() {
    const correction = this.#map.scrolled(this.scroller.scrollTop);
    if (correction !== null) this.#setScroll(correction);
    clearTimeout(this.#settleTimer);
    this.#settleTimer = setTimeout(() => {
      const settled = this.#map.settle();
      if (settled === null) return;
      this.#setScroll(settled);
      this.#render();
    }, 200);
    if (this.#frame) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#render();
    });
  }

  /**
   * @param {number} top In the layout's coordinates.
   */
  scrollTo(top) {
    this.#setScroll(this.#map.jump(top));
    this.#render();
  }

  /** @param {number} distance */
  scrollBy(distance) {
    this.scrollTo(this.#map.top + distance);
  }

  /**
   * Brings an item into view, as little as needed, or to the top of the viewport.
   * @param {number} index
   * @param {'nearest'|'start'} [where]
   */
  reveal(index, where = 'nearest') {
    if (index < 0 || index >= this.#layout.count) return;
    const box = this.#layout.rectangle(index);
    const { top } = this.#map;
    const height = this.#height;
    const row = this.#layout.rowOf(index);
    const section = this.#layout.sectionBy(this.#layout.sectionRows, row);
    const header = this.#layout.sectionRows[section] === row ? this.#layout.headerHeight(section) : 0;
    if (where === 'start') this.scrollTo(box.y - header - PADDING);
    else if (box.y - header - 8 < top) this.scrollTo(box.y - header - 8);
    else if (box.y + box.height + 8 > top + height) this.scrollTo(box.y + box.height + 8 - height);
  }

  // Rendering

  #render() {
    const layout = this.#layout;
    const { top, offset } = this.#map;
    const height = this.#height;
    const reach = Math.max(200, Math.round(height * 0.4));
    if (layout.count === 0) {
      this.#rows.hideAll();
      this.#headers.show(layout, 0, 0, 0);
    } else {
      const from = layout.rowAt(Math.max(0, top - reach));
      const to = layout.rowAt(top + height + reach);
      this.#rows.show(layout, from, to, offset, thumbSize(this.#layout));
      this.#headers.show(layout, top - reach, top + height + reach, offset);
      this.#results.need(layout.itemsOf(from).first, layout.itemsOf(to).last);
      const label = layout.sections[layout.sectionAt(top + HEADER / 2)]?.label ?? '';
      this.#store.update({ section: label });
      this.#rows.giveFocus();
    }
    for (const listener of this.#layoutListeners) listener();
  }

  /** Binds every tile again: after broken files have been tried once more. */
  refresh() {
    this.#rows.hideAll();
    this.#render();
  }

  /**
   * How far an item is from what is looked at; what is seen comes first, in its order.
   * @param {number} index
   */
  #distanceOf(index) {
    if (index < 0) return Infinity;
    const { y, height } = this.#layout.rectangle(index);
    const { top } = this.#map;
    const seen = y + height > top && y < top + this.#height;
    const away = Math.abs(y + height / 2 - top - this.#height / 2);
    return seen ? index - 1e9 : away;
  }
}
