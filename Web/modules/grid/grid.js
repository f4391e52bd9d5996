// The virtual grid: a constant number of elements, whatever the size of the result.
import { create, setText } from '../shared/dom.js';
import { formatCount } from '../shared/format.js';
import { JustifiedLayout, SquareLayout } from './layout.js';
import { move } from './movement.js';
import { RubberBand } from './rubber.js';
import { ScrollMap } from './scroll.js';
import { Selection } from './selection.js';
import { Tile } from './tile.js';

/** @typedef {import('./layout.js').Layout} Layout */
/** @typedef {{element: HTMLElement, tiles: Tile[], used: number, row: number}} RowView */

const GAP = 4;
const PADDING = 12;
const HEADER = 44;

export class Grid {
  #store;
  #results;
  #thumbs;
  #onOpen;
  /** @type {Layout} */
  #layout = new SquareLayout({
    count: 0, width: 1, target: 1, gap: GAP, headerHeight: 0, paddingTop: 0, paddingBottom: 0,
    sections: [],
  });
  #map = new ScrollMap();
  #content = create('div', { class: 'grid-content', role: 'grid', 'aria-label': 'Pictures', 'aria-multiselectable': 'true' });
  /** @type {Map<number, RowView>} By row of the layout. */
  #rows = new Map();
  /** @type {RowView[]} */
  #spareRows = [];
  /** @type {RowView[]} Rows of the layout before, while the new one is drawn. */
  #keptRows = [];
  /** @type {{element: HTMLElement, label: HTMLElement, count: HTMLElement, section: number}[]} */
  #headers = [];
  #frame = 0;
  #settleTimer = 0;
  #anchor = -1;
  /** @type {number|null} */
  #column = null;
  #shownOffset = NaN;
  /** @type {import('../shared/state.js').Result|null} */
  #shownResult = null;
  #shape = '';
  /** @type {Set<() => void>} */
  #layoutListeners = new Set();

  selection = new Selection();

  /**
   * @param {import('../shared/state.js').AppStore} store
   * @param {import('./results.js').Results} results
   * @param {import('./thumbs.js').Thumbs} thumbs
   * @param {HTMLElement} scroller
   * @param {(position: number) => void} onOpen
   */
  constructor(store, results, thumbs, scroller, onOpen) {
    this.#store = store;
    this.#results = results;
    this.#thumbs = thumbs;
    this.#onOpen = onOpen;
    this.scroller = scroller;
    scroller.append(this.#content);
    scroller.addEventListener('scroll', () => this.#scrolled(), { passive: true });
    new ResizeObserver(() => this.#arrange()).observe(scroller);
    this.#content.addEventListener('click', (event) => this.#clicked(event));
    this.#content.addEventListener('dblclick', (event) => {
      const index = this.#indexOfEvent(event);
      if (index >= 0) this.#onOpen(index);
    });
    this.#content.addEventListener('focusin', (event) => {
      const index = this.#indexOfEvent(event);
      if (index >= 0 && index !== store.state.focus) this.#setFocus(index);
    });
    new RubberBand(this, this.#content);
    results.onAssets((first, last) => this.#arrived(first, last));
    store.watch(['result', 'preferences'], () => this.#arrange());
  }

  get layout() {
    return this.#layout;
  }

  get map() {
    return this.#map;
  }

  get viewportHeight() {
    return this.scroller.clientHeight;
  }

  /** The first item that begins inside the viewport. */
  get firstVisible() {
    if (this.#layout.count === 0) return 0;
    const { first } = this.#layout.visible(this.#map.top + 1, this.#map.top + this.viewportHeight);
    return first;
  }

  /** @param {() => void} listener Runs after the layout or the place in it has changed. */
  onLayout(listener) {
    this.#layoutListeners.add(listener);
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

  #arrange() {
    const { result, preferences } = this.#store.state;
    const width = this.scroller.clientWidth - 2 * PADDING;
    if (width <= 0) return;
    const shape = `${width} ${preferences.layout} ${preferences.tile}`;
    if (result === this.#shownResult && shape === this.#shape) {
      this.#setScroll(this.#map.resize(this.#layout.height, this.viewportHeight));
      this.#render();
      return;
    }
    const sameResult = result === this.#shownResult;
    const hadFocus = this.#content.contains(document.activeElement);
    const place = this.#nextPlace;
    this.#nextPlace = null;
    const anchor = this.#keepAnchor();
    this.#shape = shape;
    this.#shownResult = result;
    const narrow = width < 520;
    const input = {
      count: result?.count ?? 0,
      width,
      target: narrow ? Math.min(preferences.tile, width / 2.4) : preferences.tile,
      gap: narrow ? 2 : GAP,
      headerHeight: HEADER,
      paddingTop: result && result.sections.length > 0 ? 0 : PADDING,
      paddingBottom: 48,
      sections: result?.sections ?? [],
    };
    this.#layout = preferences.layout === 'square'
      ? new SquareLayout(input)
      : new JustifiedLayout(input, result?.aspects ?? new Uint8Array());
    // Rows keep what they show: one that gets the same pictures again does not flicker.
    for (const [row, view] of [...this.#rows].sort(([left], [right]) => left - right)) {
      this.#rows.delete(row);
      this.#keptRows.push(view);
    }
    this.#content.setAttribute('aria-rowcount', String(this.#layout.rowCount));
    this.#map.resize(this.#layout.height, this.viewportHeight);
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
    for (const view of this.#keptRows) this.#spare(view);
    this.#keptRows = [];
    if (hadFocus) {
      this.scroller.focus({ preventScroll: true });
      this.#giveFocus();
    }
  }

  /** Hands the focus of the grid to the focused item's tile, when there is one. */
  #giveFocus() {
    const { focus } = this.#store.state;
    const row = focus >= 0 && focus < this.#layout.count ? this.#rows.get(this.#layout.rowOf(focus)) : undefined;
    const tile = row?.tiles.find(({ index }) => index === focus);
    // Without such a tile the grid itself is what Tab reaches.
    this.scroller.tabIndex = tile ? -1 : 0;
    if (document.activeElement === this.scroller) tile?.element.focus({ preventScroll: true });
  }

  /** What stays where it is while the layout changes: the focused item if it is seen. */
  #keepAnchor() {
    const { focus } = this.#store.state;
    if (this.#layout.count === 0) return null;
    const { top } = this.#map;
    const seen = this.#layout.visible(top, top + this.viewportHeight);
    const index = focus >= seen.first && focus < seen.last ? focus : this.firstVisible;
    // At the very top it stays the top.
    const delta = top === 0 ? Infinity : this.#layout.rectangle(index).y - top;
    return { index, delta };
  }

  /** @type {{index: number, delta: number}|null} */
  #nextPlace = null;

  /**
   * Where the next result is to be seen: an item, and how far below the top it stands.
   * @param {number} index
   * @param {number} delta
   */
  placeNext(index, delta) {
    this.#nextPlace = { index, delta };
  }

  /** The item that holds the place, and how far below the top it stands. */
  get anchor() {
    return this.#keepAnchor();
  }

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
    this.#schedule();
  }

  #schedule() {
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
   * Brings an item into view, as little as needed, or to a share of the viewport.
   * @param {number} index
   * @param {'nearest'|'start'|'center'} [where]
   */
  reveal(index, where = 'nearest') {
    if (index < 0 || index >= this.#layout.count) return;
    const box = this.#layout.rectangle(index);
    const { top } = this.#map;
    const height = this.viewportHeight;
    const row = this.#layout.rowOf(index);
    const section = this.#layout.sectionBy(this.#layout.sectionRows, row);
    const header = this.#layout.sectionRows[section] === row ? this.#layout.headerHeight(section) : 0;
    if (where === 'start') this.scrollTo(box.y - header - PADDING);
    else if (where === 'center') this.scrollTo(box.y + box.height / 2 - height / 2);
    else if (box.y - header - 8 < top) this.scrollTo(box.y - header - 8);
    else if (box.y + box.height + 8 > top + height) this.scrollTo(box.y + box.height + 8 - height);
  }

  // Rendering

  #render() {
    const layout = this.#layout;
    const { top, offset } = this.#map;
    const height = this.viewportHeight;
    const reach = Math.max(200, Math.round(height * 0.4));
    const moved = offset !== this.#shownOffset;
    this.#shownOffset = offset;
    if (layout.count === 0) {
      for (const [row, view] of this.#rows) this.#recycle(row, view);
      this.#renderHeaders(0, 0, 0);
    } else {
      const from = layout.rowAt(Math.max(0, top - reach));
      const to = layout.rowAt(top + height + reach);
      for (const [row, view] of this.#rows) {
        if (row < from || row > to) this.#recycle(row, view);
      }
      const first = layout.itemsOf(from).first;
      const last = layout.itemsOf(to).last;
      for (let row = from; row <= to; row++) {
        const view = this.#rows.get(row);
        if (!view) this.#bindRow(row, offset);
        else if (moved) this.#placeRow(view, layout.extentOf(row).top - offset);
      }
      this.#renderHeaders(top - reach, top + height + reach, offset);
      this.#results.need(first, last);
      const label = layout.sections[layout.sectionAt(top + HEADER / 2)]?.label ?? '';
      this.#store.update({ section: label });
      this.#giveFocus();
    }
    for (const listener of this.#layoutListeners) listener();
  }

  /** @returns {256|512} */
  #thumbSize() {
    const { input } = this.#layout;
    const edge = this.#layout instanceof SquareLayout ? this.#layout.edge * 1.35 : input.target * 1.25;
    return edge * devicePixelRatio > 300 ? 512 : 256;
  }

  /**
   * @param {number} row
   * @param {number} offset
   */
  #bindRow(row, offset) {
    const layout = this.#layout;
    const { first, last } = layout.itemsOf(row);
    const { top } = layout.extentOf(row);
    const view = this.#keptRows.shift() ?? this.#spareRows.pop() ?? this.#makeRow();
    view.row = row;
    view.used = last - first;
    while (view.tiles.length < view.used) {
      const tile = new Tile(this.#thumbs, (tile) => this.#distanceOf(tile));
      view.tiles.push(tile);
      view.element.append(tile.element);
    }
    view.element.hidden = false;
    view.element.setAttribute('aria-rowindex', String(row + 1));
    this.#placeRow(view, top - offset);
    const size = this.#thumbSize();
    const { focus } = this.#store.state;
    view.tiles.forEach((tile, at) => {
      tile.element.hidden = at >= view.used;
      if (at >= view.used) {
        // A row that had more before must not go on loading what it does not show.
        tile.release();
        return;
      }
      const index = first + at;
      const box = layout.rectangle(index);
      tile.place(box.x, box.width, box.height);
      tile.element.setAttribute('aria-colindex', String(at + 1));
      tile.bind(index, this.#results.asset(index), size);
      tile.mark(this.selection.has(index), index === focus);
    });
    this.#rows.set(row, view);
  }

  /** @returns {RowView} */
  #makeRow() {
    const element = create('div', { class: 'grid-row', role: 'row' });
    this.#content.append(element);
    return { element, tiles: [], used: 0, row: -1 };
  }

  /**
   * @param {RowView} view
   * @param {number} y
   */
  #placeRow(view, y) {
    view.element.style.setProperty('transform', `translateY(${y}px)`);
  }

  /**
   * @param {number} row
   * @param {RowView} view
   */
  #recycle(row, view) {
    this.#rows.delete(row);
    this.#spare(view);
  }

  /** @param {RowView} view */
  #spare(view) {
    const holdsFocus = view.element.contains(document.activeElement);
    for (const tile of view.tiles) tile.release();
    view.element.hidden = true;
    this.#spareRows.push(view);
    // The focus stays in the grid although its tile has left.
    if (holdsFocus) this.scroller.focus({ preventScroll: true });
  }

  /**
   * @param {number} top
   * @param {number} bottom
   * @param {number} offset
   */
  #renderHeaders(top, bottom, offset) {
    const seen = bottom > top ? this.#layout.headers(top, bottom) : [];
    while (this.#headers.length < seen.length) this.#makeHeader();
    this.#headers.forEach((header, at) => {
      const data = seen[at];
      header.element.hidden = !data;
      if (!data) return;
      header.section = data.section;
      setText(header.label, data.label);
      setText(header.count, formatCount(data.count));
      header.element.style.setProperty('transform', `translateY(${data.y - offset}px)`);
    });
  }

  #makeHeader() {
    const label = create('button', { type: 'button', class: 'grid-header-label', tabindex: '-1', title: 'Select all of it' });
    const count = create('span', { class: 'grid-header-count' });
    const cell = create('div', { role: 'rowheader', class: 'grid-header-cell' }, [label, count]);
    const element = create('div', { class: 'grid-header', role: 'row' }, [cell]);
    const header = { element, label, count, section: -1 };
    label.addEventListener('click', (event) => {
      const section = this.#layout.sections[header.section];
      if (!section) return;
      if (!event.ctrlKey && !event.metaKey) this.selection.clear();
      this.selection.add(section.position, section.position + section.count);
      this.#anchor = section.position;
      this.selectionChanged();
    });
    this.#headers.push(header);
    this.#content.append(element);
  }

  /** @param {Tile} tile */
  #distanceOf(tile) {
    if (tile.index < 0) return Infinity;
    const { y, height } = this.#layout.rectangle(tile.index);
    const { top } = this.#map;
    const seen = y + height > top && y < top + this.viewportHeight;
    const away = Math.abs(y + height / 2 - top - this.viewportHeight / 2);
    return seen ? tile.index - 1e9 : away;
  }

  /**
   * @param {number} first
   * @param {number} last
   */
  #arrived(first, last) {
    const size = this.#thumbSize();
    for (const view of this.#rows.values()) {
      for (let at = 0; at < view.used; at++) {
        const tile = view.tiles[at];
        if (tile.index >= first && tile.index < last) {
          tile.bind(tile.index, this.#results.asset(tile.index), size);
        }
      }
    }
  }

  /** How many tiles exist, seen or spare. */
  get tileCount() {
    return this.#content.getElementsByClassName('tile').length;
  }

  /** Binds every tile again: after broken files have been tried once more. */
  refresh() {
    for (const [row, view] of this.#rows) this.#recycle(row, view);
    this.#render();
  }

  // Focus and selection

  /** @param {number} index */
  #setFocus(index) {
    this.#store.update({ focus: index });
    this.#mark();
  }

  #mark() {
    const { focus } = this.#store.state;
    for (const view of this.#rows.values()) {
      for (let at = 0; at < view.used; at++) {
        const tile = view.tiles[at];
        tile.mark(this.selection.has(tile.index), tile.index === focus);
      }
    }
  }

  selectionChanged() {
    const { selectionVersion } = this.#store.state;
    this.#store.update({
      selectionCount: this.selection.count, selectionVersion: selectionVersion + 1,
    });
    this.#mark();
  }

  /**
   * Focuses an item, seen and heard.
   * @param {number} index
   * @param {{where?: 'nearest'|'start'|'center', element?: boolean}} [more]
   */
  focus(index, more = {}) {
    if (index < 0 || index >= this.#layout.count) return;
    this.#setFocus(index);
    this.reveal(index, more.where);
    if (more.element === false) return;
    for (const view of this.#rows.values()) {
      const tile = view.tiles.find((candidate) => candidate.index === index);
      if (tile) tile.element.focus({ preventScroll: true });
    }
  }

  /**
   * Moves the focus by a key.
   * @param {string} key
   * @param {boolean} extend
   */
  moveBy(key, extend) {
    const { focus } = this.#store.state;
    const next = move(this.#layout, focus, key, this.viewportHeight, this.#column);
    if (!next) return;
    this.#column = next.column;
    if (extend && this.#anchor < 0) this.#anchor = Math.max(0, focus);
    this.selectOnly(next.index, extend);
    this.focus(next.index);
  }

  /**
   * @param {number} index
   * @param {boolean} [extend] From the anchor to here.
   */
  selectOnly(index, extend = false) {
    if (extend && this.#anchor >= 0) {
      const from = Math.min(this.#anchor, index);
      this.selection.replace([{ first: from, last: Math.max(this.#anchor, index) + 1 }]);
    } else {
      this.selection.replace([{ first: index, last: index + 1 }]);
      this.#anchor = index;
    }
    this.selectionChanged();
  }

  selectAll() {
    this.selection.replace([{ first: 0, last: this.#layout.count }]);
    this.selectionChanged();
  }

  clearSelection() {
    this.selection.clear();
    this.#anchor = -1;
    this.selectionChanged();
  }

  /** @param {Event} event */
  #indexOfEvent(event) {
    const target = event.target instanceof Element ? event.target.closest('.tile') : null;
    if (!target) return -1;
    for (const view of this.#rows.values()) {
      for (let at = 0; at < view.used; at++) {
        if (view.tiles[at].element === target) return view.tiles[at].index;
      }
    }
    return -1;
  }

  /** @param {MouseEvent} event */
  #clicked(event) {
    const index = this.#indexOfEvent(event);
    if (index < 0) {
      if (event.target === this.#content) this.clearSelection();
      return;
    }
    const touched = event instanceof PointerEvent && event.pointerType === 'touch';
    if (touched && this.selection.count <= 1) {
      this.#onOpen(index);
      return;
    }
    this.#column = null;
    if (event.shiftKey) {
      if (this.#anchor < 0) this.#anchor = Math.max(0, this.#store.state.focus);
      this.selectOnly(index, true);
    } else if (event.ctrlKey || event.metaKey) {
      this.selection.toggle(index);
      this.#anchor = index;
      this.selectionChanged();
    } else {
      this.selectOnly(index);
    }
    this.focus(index);
  }
}
