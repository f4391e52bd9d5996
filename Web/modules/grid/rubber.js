// Selecting with a rubber band: a drag with the mouse over the grid.
import { create } from '../shared/dom.js';

/** A press that moves less is a click. */
const SLOP = 6;

export class RubberBand {
  #grid;
  #band = create('div', { class: 'rubber-band', hidden: true });
  /** @type {{x: number, y: number}|null} */
  #start = null;
  #pointer = { x: 0, y: 0 };
  #active = false;
  /** @type {import('./layout.js').Span[]} */
  #before = [];
  #frame = 0;

  /**
   * @param {import('./grid.js').Grid} grid
   * @param {HTMLElement} content
   */
  constructor(grid, content) {
    this.#grid = grid;
    content.append(this.#band);
    grid.scroller.addEventListener('pointerdown', (event) => this.#press(event));
    addEventListener('pointermove', (event) => this.#move(event));
    addEventListener('pointerup', () => this.#end());
    addEventListener('pointercancel', () => this.#end());
    // The click that ends a drag is not a click.
    grid.scroller.addEventListener('click', (event) => {
      if (!this.#active) return;
      this.#active = false;
      event.stopPropagation();
    }, true);
  }

  /** @param {PointerEvent} event */
  #press(event) {
    this.#active = false;
    if (event.pointerType !== 'mouse' || event.button !== 0 || event.shiftKey) return;
    // Not on the scroll bar.
    if (event.offsetX > this.#grid.scroller.clientWidth && event.target === this.#grid.scroller) return;
    this.#start = this.#grid.pointOf(event.clientX, event.clientY);
    this.#before = event.ctrlKey || event.metaKey ? [...this.#grid.selection.spans] : [];
  }

  /** @param {PointerEvent} event */
  #move(event) {
    if (!this.#start) return;
    this.#pointer = { x: event.clientX, y: event.clientY };
    if (!this.#active) {
      const point = this.#grid.pointOf(event.clientX, event.clientY);
      if (Math.hypot(point.x - this.#start.x, point.y - this.#start.y) < SLOP) return;
      this.#active = true;
      this.#band.hidden = false;
      document.documentElement.classList.add('is-dragging');
    }
    if (!this.#frame) this.#frame = requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    this.#frame = 0;
    if (!this.#start || !this.#active) return;
    const grid = this.#grid;
    const box = grid.scroller.getBoundingClientRect();
    // Near an edge the grid scrolls along, the faster the nearer.
    const above = box.top + 28 - this.#pointer.y;
    const below = this.#pointer.y - (box.bottom - 28);
    const push = above > 0 ? -above : below > 0 ? below : 0;
    if (push !== 0) grid.scrollBy(Math.max(-60, Math.min(60, push)) * 0.6);
    const point = grid.pointOf(this.#pointer.x, this.#pointer.y);
    const area = {
      x: Math.min(point.x, this.#start.x),
      y: Math.min(point.y, this.#start.y),
      width: Math.abs(point.x - this.#start.x),
      height: Math.abs(point.y - this.#start.y),
    };
    const { style } = this.#band;
    style.setProperty('transform', `translate(${area.x}px, ${area.y - grid.map.offset}px)`);
    style.setProperty('width', `${area.width}px`);
    style.setProperty('height', `${area.height}px`);
    grid.selection.replace([...this.#before, ...grid.layout.touching(area)]);
    grid.picking.changed();
    if (push !== 0) this.#frame = requestAnimationFrame(() => this.#draw());
  }

  #end() {
    this.#start = null;
    this.#band.hidden = true;
    document.documentElement.classList.remove('is-dragging');
  }
}
