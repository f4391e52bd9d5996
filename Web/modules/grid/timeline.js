// The scrubber at the right: the whole result as time, by years and months.
import { create, setText } from '../shared/dom.js';
import { formatCount } from '../shared/format.js';

/** Milliseconds after which the scale follows a layout: pictures first. */
const DRAW_AFTER = 50;
/** Year labels stand at least this far apart. */
const LABEL_GAP = 26;

export class Timeline {
  #store;
  #grid;
  #element;
  #ticks = create('canvas', { class: 'timeline-ticks', 'aria-hidden': 'true' });
  #labels = create('div', { class: 'timeline-labels', 'aria-hidden': 'true' });
  #thumb = create('div', { class: 'timeline-thumb' });
  #hover = create('div', { class: 'timeline-hover', hidden: true });
  #dragging = false;
  #drawn = '';
  #drawTimer = 0;
  /** Of the scale; kept, since asking for it while the grid moves makes the browser lay out. */
  #height = 1;

  /**
   * @param {import('../shared/state.js').AppStore} store
   * @param {import('./grid.js').Grid} grid
   * @param {HTMLElement} element
   */
  constructor(store, grid, element) {
    this.#store = store;
    this.#grid = grid;
    this.#element = element;
    element.append(this.#ticks, this.#labels, this.#thumb, this.#hover);
    element.addEventListener('pointerdown', (event) => {
      element.setPointerCapture(event.pointerId);
      this.#dragging = true;
      element.classList.add('is-dragging');
      this.#follow(event);
    });
    element.addEventListener('pointermove', (event) => this.#follow(event));
    for (const name of ['pointerup', 'pointercancel']) {
      element.addEventListener(name, () => {
        this.#dragging = false;
        element.classList.remove('is-dragging');
      });
    }
    element.addEventListener('pointerleave', () => {
      if (!this.#dragging) this.#hover.hidden = true;
    });
    element.addEventListener('keydown', (event) => this.#key(event));
    grid.onFit((layout) => this.#fit(layout));
    grid.onLayout(() => this.#update());
    new ResizeObserver(() => {
      this.#measure();
      this.#update();
    }).observe(element);
    store.watch(['preferences', 'result'], () => {
      this.#drawn = '';
      this.#update();
    });
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
      this.#drawn = '';
      this.#update();
    });
  }

  /** @param {PointerEvent} event */
  #follow(event) {
    const layout = this.#grid.layout;
    const box = this.#element.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientY - box.top - 12) / this.#height));
    const y = share * layout.height;
    const section = layout.sections[layout.sectionAt(y)];
    if (!section) return;
    setText(this.#hover, section.label || 'No date');
    this.#hover.hidden = false;
    this.#hover.style.setProperty('transform', `translateY(${share * this.#height + 12}px)`);
    if (this.#dragging) {
      this.#grid.scrollTo(share * (layout.height - this.#grid.viewportHeight));
    }
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const layout = this.#grid.layout;
    const here = layout.sectionAt(this.#grid.map.top + 24);
    const steps = /** @type {Record<string, number>} */ ({
      ArrowDown: here + 1, ArrowUp: here - 1, PageDown: here + 12, PageUp: here - 12, Home: 0,
      End: layout.sections.length - 1,
    });
    if (!(event.key in steps)) return;
    event.preventDefault();
    event.stopPropagation();
    const to = Math.max(0, Math.min(layout.sections.length - 1, steps[event.key]));
    this.#grid.scrollTo(layout.sectionTops[to]);
  }

  /**
   * Comes or goes with a layout.
   * @param {import('./layout.js').Layout} layout
   * @returns {boolean} Whether it did.
   */
  #fit(layout) {
    const shown = layout.sections.length > 1 && layout.height > this.#grid.viewportHeight * 1.5;
    if (this.#element.hidden !== shown) return false;
    this.#element.hidden = !shown;
    this.#grid.scroller.classList.toggle('has-timeline', shown);
    if (shown) this.#measure();
    return true;
  }

  #measure() {
    this.#height = Math.max(1, this.#element.clientHeight - 24);
  }

  #update() {
    const { result } = this.#store.state;
    const layout = this.#grid.layout;
    this.#fit(layout);
    const shown = !this.#element.hidden;
    if (!shown) return;
    const range = Math.max(1, layout.height - this.#grid.viewportHeight);
    const share = this.#grid.map.top / range;
    this.#thumb.style.setProperty('transform', `translateY(${share * this.#height + 12}px)`);
    const { section } = this.#store.state;
    this.#element.setAttribute('aria-valuenow', String(Math.round(share * 100)));
    this.#element.setAttribute('aria-valuetext', section);
    const shape = `${this.#height} ${layout.height} ${result?.token} ${layout.count}`;
    if (shape === this.#drawn) return;
    this.#drawn = shape;
    clearTimeout(this.#drawTimer);
    this.#drawTimer = setTimeout(() => this.#draw(), DRAW_AFTER);
  }

  #draw() {
    const layout = this.#grid.layout;
    const height = this.#height;
    const ratio = devicePixelRatio;
    const width = 12;
    this.#ticks.width = width * ratio;
    this.#ticks.height = (height + 24) * ratio;
    const context = this.#ticks.getContext('2d');
    if (!context) return;
    context.scale(ratio, ratio);
    context.fillStyle = getComputedStyle(this.#element).color;
    /** @type {HTMLElement[]} */
    const labels = [];
    let year = '';
    let lastTick = -Infinity;
    let lastLabel = -Infinity;
    const most = layout.sections.reduce((largest, section) => Math.max(largest, section.count), 1);
    layout.sections.forEach((section, at) => {
      const y = (layout.sectionTops[at] / layout.height) * height + 12;
      const its = section.label.match(/\d{4}/)?.[0] ?? '';
      const isNew = its !== year;
      year = its;
      if (isNew && its && y - lastLabel >= LABEL_GAP) {
        const label = create('span', { class: 'timeline-label', text: its });
        label.style.setProperty('transform', `translateY(${y}px)`);
        labels.push(label);
        lastLabel = y;
      }
      if (y - lastTick < 3 && !isNew) return;
      lastTick = y;
      const length = isNew ? width : 3 + 7 * Math.sqrt(section.count / most);
      context.globalAlpha = isNew ? 0.9 : 0.45;
      context.fillRect(width - length, Math.round(y), length, 1);
    });
    this.#labels.replaceChildren(...labels);
    this.#element.title = '';
    this.#element.setAttribute('aria-label', `Timeline, ${formatCount(layout.sections.length)} months`);
  }
}
