// What is focused and selected, and how clicks and keys change it.
import { move } from './movement.js';
import { Selection } from './selection.js';

export class Picking {
  #store;
  #grid;
  #rows;
  /** Where a selection by Shift begins, or -1. */
  #anchor = -1;
  /** @type {number|null} The horizontal place that moves by rows hold on to. */
  #column = null;
  #selection;

  /**
   * @param {import('../shared/state.js').AppStore} store
   * @param {import('./grid.js').Grid} grid
   * @param {import('./rows.js').Rows} rows
   * @param {Selection} selection
   * @param {HTMLElement} content
   * @param {(position: number) => void} onOpen
   */
  constructor(store, grid, rows, selection, content, onOpen) {
    this.#store = store;
    this.#grid = grid;
    this.#rows = rows;
    this.#selection = selection;
    content.addEventListener('click', (event) => {
      const index = rows.indexOfEvent(event);
      if (index >= 0) this.#clicked(event, index, onOpen);
      else if (event.target === content) this.clear();
    });
    content.addEventListener('dblclick', (event) => {
      const index = rows.indexOfEvent(event);
      if (index >= 0) onOpen(index);
    });
    content.addEventListener('focusin', (event) => {
      const index = rows.indexOfEvent(event);
      if (index >= 0 && index !== store.state.focus) this.#setFocus(index);
    });
  }

  /** @param {number} index */
  #setFocus(index) {
    this.#store.update({ focus: index });
    this.#rows.mark();
  }

  /** Tells everybody that the selection is another one. */
  changed() {
    const { selectionVersion } = this.#store.state;
    this.#store.update({
      selectionCount: this.#selection.count, selectionVersion: selectionVersion + 1,
    });
    this.#rows.mark();
  }

  /**
   * Focuses an item, seen and heard.
   * @param {number} index
   */
  focus(index) {
    if (index < 0 || index >= this.#grid.layout.count) return;
    this.#setFocus(index);
    this.#grid.reveal(index);
    this.#rows.tileAt(index)?.element.focus({ preventScroll: true });
  }

  /**
   * Moves the focus by a key.
   * @param {string} key
   * @param {boolean} extend
   */
  moveBy(key, extend) {
    const { focus } = this.#store.state;
    const { layout, viewportHeight } = this.#grid;
    const next = move(layout, focus, key, viewportHeight, this.#column);
    if (!next) return;
    this.#column = next.column;
    if (extend && this.#anchor < 0) this.#anchor = Math.max(0, focus);
    this.select(next.index, extend);
    this.focus(next.index);
  }

  /**
   * Selects one item and nothing else.
   * @param {number} index
   * @param {boolean} [extend] All from the anchor to here.
   */
  select(index, extend = false) {
    if (extend && this.#anchor >= 0) {
      const from = Math.min(this.#anchor, index);
      this.#selection.replace([{ first: from, last: Math.max(this.#anchor, index) + 1 }]);
    } else {
      this.#selection.replace([{ first: index, last: index + 1 }]);
      this.#anchor = index;
    }
    this.changed();
  }

  /**
   * Selects a section of the layout by a click on its header.
   * @param {number} at
   * @param {MouseEvent} event
   */
  selectSection(at, event) {
    const section = this.#grid.layout.sections[at];
    if (!section) return;
    if (!event.ctrlKey && !event.metaKey) this.#selection.clear();
    this.#selection.add(section.position, section.position + section.count);
    this.#anchor = section.position;
    this.changed();
  }

  selectAll() {
    this.#selection.replace([{ first: 0, last: this.#grid.layout.count }]);
    this.changed();
  }

  clear() {
    this.#selection.clear();
    this.#anchor = -1;
    this.changed();
  }

  /**
   * @param {MouseEvent} event
   * @param {number} index
   * @param {(position: number) => void} onOpen
   */
  #clicked(event, index, onOpen) {
    const touched = event instanceof PointerEvent && event.pointerType === 'touch';
    if (touched && this.#selection.count <= 1) {
      onOpen(index);
      return;
    }
    this.#column = null;
    if (event.shiftKey) {
      if (this.#anchor < 0) this.#anchor = Math.max(0, this.#store.state.focus);
      this.select(index, true);
    } else if (event.ctrlKey || event.metaKey) {
      this.#selection.toggle(index);
      this.#anchor = index;
      this.changed();
    } else {
      this.select(index);
    }
    this.focus(index);
  }
}
