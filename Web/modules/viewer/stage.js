// Where the picture lies and how the pointer moves it.
import { reducedMotion } from '../shared/dom.js';
import {
  constrain, fitScale, glide, LARGEST_SCALE, wheelScale, zoomAt,
} from './transform.js';

/** @typedef {import('./transform.js').View} View */

const MOVE_TIME = 160;

export class Stage {
  /** @type {View} */
  view = { scale: 1, x: 0, y: 0 };
  picture = { width: 1, height: 1 };
  #element;
  #onChange;
  #onSwipe;
  #isFit = true;
  /** @type {Map<number, {x: number, y: number}>} */
  #pointers = new Map();
  #velocity = { x: 0, y: 0 };
  #moved = { time: 0, far: 0, x: 0, y: 0 };
  #animation = 0;

  /**
   * @param {HTMLElement} element
   * @param {() => void} onChange
   * @param {(direction: -1|1) => void} onSwipe
   */
  constructor(element, onChange, onSwipe) {
    this.#element = element;
    this.#onChange = onChange;
    this.#onSwipe = onSwipe;
    element.addEventListener('wheel', (event) => this.#wheel(event), { passive: false });
    element.addEventListener('pointerdown', (event) => this.#down(event));
    element.addEventListener('pointermove', (event) => this.#move(event));
    element.addEventListener('pointerup', (event) => this.#up(event));
    element.addEventListener('pointercancel', (event) => this.#up(event));
    element.addEventListener('dblclick', (event) => this.toggle(this.#point(event)));
    new ResizeObserver(() => {
      if (this.#isFit) this.fit();
      else this.#set(constrain(this.view, this.picture, this.size));
    }).observe(element);
  }

  get size() {
    return { width: this.#element.clientWidth, height: this.#element.clientHeight };
  }

  get fitScale() {
    return fitScale(this.picture, this.size, devicePixelRatio);
  }

  get isFit() {
    return this.#isFit;
  }

  /**
   * Takes another picture, wholly shown.
   * @param {{width: number, height: number}} picture
   */
  take(picture) {
    this.#stop();
    this.picture = picture;
    this.fit();
  }

  fit() {
    this.#stop();
    this.#isFit = true;
    this.#set({ scale: this.fitScale, x: 0, y: 0 });
  }

  /**
   * Fit, or one picture pixel per device pixel.
   * @param {{x: number, y: number}} [point] Stays where it is.
   */
  toggle(point = { x: 0, y: 0 }) {
    const actual = 1 / devicePixelRatio;
    if (!this.#isFit) this.#animate({ scale: this.fitScale, x: 0, y: 0 }, true);
    else this.zoomTo(this.fitScale < actual * 0.99 ? actual : this.fitScale * 2, point);
  }

  /**
   * @param {number} scale
   * @param {{x: number, y: number}} [point]
   */
  zoomTo(scale, point = { x: 0, y: 0 }) {
    const bounded = Math.min(LARGEST_SCALE, Math.max(this.#smallest, scale));
    const isFit = bounded <= this.fitScale * 1.001;
    const target = zoomAt(this.view, bounded, point.x, point.y);
    this.#animate(constrain(target, this.picture, this.size), isFit);
  }

  /** @param {number} factor */
  zoomBy(factor) {
    this.zoomTo(this.view.scale * factor);
  }

  get #smallest() {
    return Math.min(this.fitScale, 1 / devicePixelRatio);
  }

  /** @param {View} view */
  #set(view) {
    this.view = view;
    this.#onChange();
  }

  #stop() {
    cancelAnimationFrame(this.#animation);
    this.#animation = 0;
  }

  /**
   * @param {View} target
   * @param {boolean} isFit
   */
  #animate(target, isFit) {
    this.#stop();
    this.#isFit = isFit;
    if (reducedMotion()) {
      this.#set(target);
      return;
    }
    const from = this.view;
    const began = performance.now();
    const step = (/** @type {number} */ now) => {
      const share = Math.min(1, Math.max(0, now - began) / MOVE_TIME);
      const eased = 1 - (1 - share) ** 3;
      const scale = from.scale * (target.scale / from.scale) ** eased;
      // The way of the centre follows the scale, so that the fixed point does stay fixed.
      const way = target.scale === from.scale ? eased : (scale - from.scale) / (target.scale - from.scale);
      this.#set({ scale, x: from.x + (target.x - from.x) * way, y: from.y + (target.y - from.y) * way });
      this.#animation = share < 1 ? requestAnimationFrame(step) : 0;
      if (share === 1) this.#set(target);
    };
    this.#animation = requestAnimationFrame(step);
  }

  /**
   * A pointer's place relative to the middle.
   * @param {MouseEvent} event
   */
  #point(event) {
    const box = this.#element.getBoundingClientRect();
    return { x: event.clientX - box.left - box.width / 2, y: event.clientY - box.top - box.height / 2 };
  }

  /** @param {WheelEvent} event */
  #wheel(event) {
    event.preventDefault();
    this.#stop();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 32 : 1;
    const strength = event.ctrlKey ? 3 : 1;
    const scale = wheelScale(this.view.scale, event.deltaY * lines * strength, this.#smallest);
    const point = this.#point(event);
    const zoomed = zoomAt(this.view, scale, point.x, point.y);
    // Going in follows the pointer exactly; going out finds the way back to the middle.
    const isOut = scale < this.view.scale;
    this.#isFit = scale <= this.fitScale * 1.001;
    this.#set(isOut ? constrain(zoomed, this.picture, this.size) : zoomed);
  }

  /** @param {PointerEvent} event */
  #down(event) {
    if (event.button !== 0) return;
    this.#stop();
    this.#element.setPointerCapture(event.pointerId);
    this.#pointers.set(event.pointerId, this.#point(event));
    this.#velocity = { x: 0, y: 0 };
    this.#moved = { time: performance.now(), far: 0, x: 0, y: 0 };
    this.#element.classList.add('is-grabbed');
  }

  /** @param {PointerEvent} event */
  #move(event) {
    const before = this.#pointers.get(event.pointerId);
    if (!before) return;
    const point = this.#point(event);
    this.#pointers.set(event.pointerId, point);
    if (this.#pointers.size === 2) {
      this.#pinch(event.pointerId, before, point);
      return;
    }
    const now = performance.now();
    const time = Math.max(1, now - this.#moved.time);
    const dx = point.x - before.x;
    const dy = point.y - before.y;
    const weight = Math.min(1, time / 40);
    this.#velocity = {
      x: this.#velocity.x * (1 - weight) + (dx / time) * weight,
      y: this.#velocity.y * (1 - weight) + (dy / time) * weight,
    };
    this.#moved = {
      time: now, far: this.#moved.far + Math.hypot(dx, dy), x: this.#moved.x + dx, y: this.#moved.y + dy,
    };
    if (this.#isFit) return;
    const free = { scale: this.view.scale, x: this.view.x + dx, y: this.view.y + dy };
    const held = constrain(free, this.picture, this.size);
    // Past its edge a picture follows more slowly.
    const slow = (/** @type {number} */ wanted, /** @type {number} */ bound, /** @type {number} */ old) =>
      (wanted === bound ? wanted : old + (wanted - old) * 0.35);
    this.#set({
      scale: free.scale, x: slow(free.x, held.x, this.view.x), y: slow(free.y, held.y, this.view.y),
    });
  }

  /**
   * @param {number} id
   * @param {{x: number, y: number}} before
   * @param {{x: number, y: number}} point
   */
  #pinch(id, before, point) {
    const other = [...this.#pointers].find(([key]) => key !== id)?.[1];
    if (!other) return;
    const apart = Math.max(1, Math.hypot(before.x - other.x, before.y - other.y));
    const now = Math.max(1, Math.hypot(point.x - other.x, point.y - other.y));
    const scale = Math.min(LARGEST_SCALE, Math.max(this.#smallest, this.view.scale * (now / apart)));
    const zoomed = zoomAt(this.view, scale, other.x, other.y);
    this.#isFit = scale <= this.fitScale * 1.001;
    this.#moved.far = Infinity;
    this.#set(constrain(zoomed, this.picture, this.size));
  }

  /** @param {PointerEvent} event */
  #up(event) {
    if (!this.#pointers.delete(event.pointerId)) return;
    this.#element.classList.toggle('is-grabbed', this.#pointers.size > 0);
    if (this.#pointers.size > 0) return;
    const { x, y, far, time } = this.#moved;
    if (this.#isFit) {
      if (event.pointerType === 'touch' && far < Infinity && Math.abs(x) > 56 && Math.abs(x) > 2 * Math.abs(y)) {
        this.#onSwipe(x < 0 ? 1 : -1);
      }
      return;
    }
    if (far > 4) this.#glide(performance.now() - time > 60 ? { x: 0, y: 0 } : this.#velocity);
  }

  /** @param {{x: number, y: number}} velocity */
  #glide(velocity) {
    const rest = () => {
      const held = constrain(this.view, this.picture, this.size);
      if (held.x !== this.view.x || held.y !== this.view.y) this.#animate(held, this.#isFit);
    };
    if (reducedMotion()) {
      rest();
      return;
    }
    let last = performance.now();
    const step = (/** @type {number} */ now) => {
      const next = glide(velocity, Math.max(1, now - last));
      last = now;
      velocity = next.velocity;
      const free = { scale: this.view.scale, x: this.view.x + next.x, y: this.view.y + next.y };
      const held = constrain(free, this.picture, this.size);
      const hit = held.x !== free.x || held.y !== free.y;
      this.#set(hit ? { ...free, x: (free.x + held.x) / 2, y: (free.y + held.y) / 2 } : free);
      if (hit || next.done) {
        this.#animation = 0;
        rest();
      } else {
        this.#animation = requestAnimationFrame(step);
      }
    };
    this.#animation = requestAnimationFrame(step);
  }
}
