// The pool of rows and their tiles: as many elements as a screen needs, bound to whatever is seen.
import { create } from '../shared/dom.js';
import { Tile } from './tile.js';

/** @typedef {import('./layout.js').Layout} Layout */
/** @typedef {{element: HTMLElement, tiles: Tile[], used: number, row: number}} RowView */

/**
 * @typedef {object} RowSources
 * @property {import('../shared/state.js').AppStore} store
 * @property {import('./results.js').Results} results
 * @property {import('./thumbs.js').Thumbs} thumbs
 * @property {import('./selection.js').Selection} selection
 * @property {(tile: Tile) => number} distance How far a tile is from what is looked at.
 */

export class Rows {
  #content;
  #scroller;
  #sources;
  /** @type {Map<number, RowView>} By row of the layout. */
  #rows = new Map();
  /** @type {RowView[]} */
  #spare = [];
  /** @type {RowView[]} Rows of the layout before, while the new one is drawn. */
  #kept = [];
  #shownOffset = NaN;

  /**
   * @param {HTMLElement} content
   * @param {HTMLElement} scroller Holds the focus while the focused item has no tile.
   * @param {RowSources} sources
   */
  constructor(content, scroller, sources) {
    this.#content = content;
    this.#scroller = scroller;
    this.#sources = sources;
  }

  /** How many tiles exist, seen or spare. */
  get tileCount() {
    return this.#content.getElementsByClassName('tile').length;
  }

  /**
   * Shows some rows of a layout and no others.
   * @param {Layout} layout
   * @param {number} from
   * @param {number} to Inclusive.
   * @param {number} offset What the content's origin stands for in the layout.
   * @param {256|512} size Of the thumbnails.
   */
  show(layout, from, to, offset, size) {
    const moved = offset !== this.#shownOffset;
    this.#shownOffset = offset;
    for (const [row, view] of this.#rows) {
      if (row < from || row > to) this.#recycle(row, view);
    }
    for (let row = from; row <= to; row++) {
      const view = this.#rows.get(row);
      if (!view) this.#bind(layout, row, offset, size);
      else if (moved) place(view, layout.extentOf(row).top - offset);
    }
  }

  /** Shows nothing. */
  hideAll() {
    for (const [row, view] of this.#rows) this.#recycle(row, view);
  }

  /** Rows keep what they show for a new layout: one that gets the same pictures again does not flicker. */
  keepForNext() {
    for (const [row, view] of [...this.#rows].sort(([left], [right]) => left - right)) {
      this.#rows.delete(row);
      this.#kept.push(view);
    }
  }

  /** Ends what `keepForNext` began: what the new layout had no use for is hidden. */
  dropKept() {
    for (const view of this.#kept) this.#hide(view);
    this.#kept = [];
  }

  /**
   * Binds the tiles of assets that have arrived.
   * @param {number} first
   * @param {number} last Exclusive.
   * @param {256|512} size
   */
  arrived(first, last, size) {
    this.#each((tile) => {
      if (tile.index >= first && tile.index < last) {
        tile.bind(tile.index, this.#sources.results.asset(tile.index), size);
      }
    });
  }

  /** Draws the focus and the selection anew. */
  mark() {
    const { store, selection } = this.#sources;
    const { focus } = store.state;
    this.#each((tile) => tile.mark(selection.has(tile.index), tile.index === focus));
  }

  /** Hands the focus of the grid to the focused item's tile, when there is one. */
  giveFocus() {
    const { focus } = this.#sources.store.state;
    const tile = focus >= 0 ? this.tileAt(focus) : undefined;
    // Without such a tile the grid itself is what Tab reaches.
    this.#scroller.tabIndex = tile ? -1 : 0;
    if (document.activeElement === this.#scroller) tile?.element.focus({ preventScroll: true });
  }

  /**
   * The tile that shows an item.
   * @param {number} index
   * @returns {Tile|undefined}
   */
  tileAt(index) {
    for (const view of this.#rows.values()) {
      const tile = view.tiles[index - view.tiles[0].index];
      if (tile?.index === index) return tile;
    }
    return undefined;
  }

  /**
   * The item whose tile an event happened on, or -1.
   * @param {Event} event
   */
  indexOfEvent(event) {
    const target = event.target instanceof Element ? event.target.closest('.tile') : null;
    let index = -1;
    if (target) {
      this.#each((tile) => {
        if (tile.element === target) index = tile.index;
      });
    }
    return index;
  }

  /** @param {(tile: Tile) => void} run */
  #each(run) {
    for (const view of this.#rows.values()) {
      for (let at = 0; at < view.used; at++) run(view.tiles[at]);
    }
  }

  /**
   * @param {Layout} layout
   * @param {number} row
   * @param {number} offset
   * @param {256|512} size
   */
  #bind(layout, row, offset, size) {
    const { store, results, thumbs, selection, distance } = this.#sources;
    const { first, last } = layout.itemsOf(row);
    const view = this.#kept.shift() ?? this.#spare.pop() ?? this.#make();
    view.row = row;
    view.used = last - first;
    while (view.tiles.length < view.used) {
      const tile = new Tile(thumbs, distance);
      view.tiles.push(tile);
      view.element.append(tile.element);
    }
    view.element.hidden = false;
    view.element.setAttribute('aria-rowindex', String(row + 1));
    place(view, layout.extentOf(row).top - offset);
    const { focus } = store.state;
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
      tile.bind(index, results.asset(index), size);
      tile.mark(selection.has(index), index === focus);
    });
    this.#rows.set(row, view);
  }

  /** @returns {RowView} */
  #make() {
    const element = create('div', { class: 'grid-row', role: 'row' });
    this.#content.append(element);
    return { element, tiles: [], used: 0, row: -1 };
  }

  /**
   * @param {number} row
   * @param {RowView} view
   */
  #recycle(row, view) {
    this.#rows.delete(row);
    this.#hide(view);
  }

  /** @param {RowView} view */
  #hide(view) {
    const holdsFocus = view.element.contains(document.activeElement);
    for (const tile of view.tiles) tile.release();
    view.element.hidden = true;
    this.#spare.push(view);
    // The focus stays in the grid although its tile has left.
    if (holdsFocus) this.#scroller.focus({ preventScroll: true });
  }
}

/**
 * @param {RowView} view
 * @param {number} y
 */
function place(view, y) {
  view.element.style.setProperty('transform', `translateY(${y}px)`);
}
