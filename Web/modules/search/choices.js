// The list under a text field of which one entry can be chosen: the popup of an ARIA combobox.
import { create } from '../shared/dom.js';
import { formatCount } from '../shared/format.js';
import { tint } from '../tags/colors.js';

/**
 * @typedef {object} Choice
 * @property {string} label
 * @property {string} [detail] Said behind the label, more quietly.
 * @property {string} [before] The other name that leads to the label.
 * @property {number|null} [count]
 * @property {string|null} [category]
 * @property {string} [typed] The part of the label to be set off.
 */

/**
 * @template {Choice} Item
 */
export class Choices {
  #input;
  #element;
  #onPick;
  /** @type {Item[]} */
  #items = [];
  #active = -1;

  /**
   * @param {HTMLInputElement} input
   * @param {string} name Of the list, unique on the page.
   * @param {string} title
   * @param {(item: Item) => void} onPick
   */
  constructor(input, name, title, onPick) {
    this.#input = input;
    this.#onPick = onPick;
    this.#element = create('div', { class: 'choices', role: 'listbox', id: name, 'aria-label': title, hidden: true });
    input.setAttribute('role', 'combobox');
    input.setAttribute('aria-autocomplete', 'list');
    input.setAttribute('aria-expanded', 'false');
    input.setAttribute('aria-controls', name);
    // The field keeps the focus, whatever is pressed in the list.
    this.#element.addEventListener('pointerdown', (event) => event.preventDefault());
    this.#element.addEventListener('click', (event) => {
      const target = event.target instanceof Element ? event.target.closest('[role=option]') : null;
      const item = target && this.#items[[...this.#element.children].indexOf(target)];
      if (item) this.#onPick(item);
    });
  }

  get element() {
    return this.#element;
  }

  get isOpen() {
    return !this.#element.hidden;
  }

  /** What is marked, or null. */
  get active() {
    return this.#items[this.#active] ?? null;
  }

  /** The first one, or null. */
  get first() {
    return this.#items[0] ?? null;
  }

  /** @param {Item[]} items None: it closes. */
  show(items) {
    this.#items = items;
    this.#element.replaceChildren(...items.map((item, at) => this.#option(item, at)));
    this.#element.hidden = items.length === 0;
    this.#input.setAttribute('aria-expanded', String(items.length > 0));
    this.#mark(-1);
  }

  hide() {
    if (this.isOpen) this.show([]);
  }

  /** @param {1|-1} step The field itself stands between the last one and the first. */
  move(step) {
    const places = this.#items.length + 1;
    this.#mark((this.#active + 1 + step + places) % places - 1);
  }

  /** @param {number} at */
  #mark(at) {
    this.#active = at;
    [...this.#element.children].forEach((option, index) => {
      option.setAttribute('aria-selected', String(index === at));
      if (index === at) option.scrollIntoView({ block: 'nearest' });
    });
    if (at >= 0) this.#input.setAttribute('aria-activedescendant', `${this.#element.id}-${at}`);
    else this.#input.removeAttribute('aria-activedescendant');
  }

  /**
   * @param {Item} item
   * @param {number} at
   */
  #option(item, at) {
    const label = create('span', { class: 'choice-label' }, setOff(item.label, item.typed ?? ''));
    if (item.category !== undefined) {
      label.classList.add('tag-name');
      tint(label, item.category);
    }
    return create('div', { class: 'choice', role: 'option', id: `${this.#element.id}-${at}`, 'aria-selected': 'false' }, [
      item.before && create('span', { class: 'choice-before' }, [...setOff(item.before, item.typed ?? ''), ' →']),
      label,
      item.detail && create('span', { class: 'choice-detail', text: item.detail }),
      create('span', { class: 'choice-count', text: typeof item.count === 'number' ? formatCount(item.count) : '' }),
    ]);
  }
}

/**
 * The label with what was typed set off, where it is found.
 * @param {string} label
 * @param {string} typed
 * @returns {(Node|string)[]}
 */
function setOff(label, typed) {
  const plain = (/** @type {string} */ text) => text.toLowerCase().replace(/[\s_]/g, '_');
  const at = typed ? plain(label).indexOf(plain(typed)) : -1;
  // Letters whose small form is longer are left as they are.
  if (at < 0 || plain(label).length !== label.length) return [label];
  return [label.slice(0, at), create('b', { text: label.slice(at, at + typed.length) }), label.slice(at + typed.length)];
}
