// The headers of the months that are seen: a few elements, bound to one section after another.
import { create, setText } from '../shared/dom.js';
import { formatCount } from '../shared/format.js';

/** @typedef {{element: HTMLElement, label: HTMLElement, count: HTMLElement, section: number}} Header */

export class Headers {
  #content;
  #onPick;
  /** @type {Header[]} */
  #headers = [];

  /**
   * @param {HTMLElement} content
   * @param {(section: number, event: MouseEvent) => void} onPick A header was clicked.
   */
  constructor(content, onPick) {
    this.#content = content;
    this.#onPick = onPick;
  }

  /**
   * Shows the headers between two heights of the layout.
   * @param {import('./layout.js').Layout} layout
   * @param {number} top
   * @param {number} bottom Not below `top`: no header at all.
   * @param {number} offset What the content's origin stands for in the layout.
   */
  show(layout, top, bottom, offset) {
    const seen = bottom > top ? layout.headers(top, bottom) : [];
    while (this.#headers.length < seen.length) this.#make();
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

  #make() {
    const label = create('button', { type: 'button', class: 'grid-header-label', tabindex: '-1', title: 'Select all of it' });
    const count = create('span', { class: 'grid-header-count' });
    const cell = create('div', { role: 'rowheader', class: 'grid-header-cell' }, [label, count]);
    const element = create('div', { class: 'grid-header', role: 'row' }, [cell]);
    const header = { element, label, count, section: -1 };
    label.addEventListener('click', (event) => this.#onPick(header.section, event));
    this.#headers.push(header);
    this.#content.append(element);
  }
}
