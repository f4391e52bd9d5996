// The coloured text behind the search field's own, letter for letter in the same places.
import { create } from '../shared/dom.js';
import { tint } from '../tags/colors.js';
import { chipsOf } from './text.js';

/** @typedef {import('./text.js').Chip} Chip */

/** Words whose category is remembered until the server has looked at a text. */
const REMEMBERED = 500;

export class Paint {
  #element;
  /** @type {Map<string, Chip>} By its text. */
  #known = new Map();

  /** @param {HTMLElement} element */
  constructor(element) {
    this.#element = element;
  }

  /**
   * Remembers what the server says about the words of a text.
   * @param {Chip[]} chips
   */
  learn(chips) {
    for (const chip of chips) {
      // The server takes a term's signs and its words for one piece.
      const text = chip.text.replace(/^[-~]+/, '');
      this.#known.delete(text);
      this.#known.set(text, chip);
    }
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= REMEMBERED) break;
      this.#known.delete(oldest);
    }
  }

  /**
   * @param {string} text
   * @param {{from: number, to: number}|null} wrong What is underlined.
   */
  draw(text, wrong) {
    /** @type {Node[]} */
    const nodes = [];
    let at = 0;
    let isExcluded = false;
    for (const found of chipsOf(text)) {
      const known = this.#known.get(found.text);
      const kind = known && known.kind !== 'not' && known.kind !== 'operator' ? known.kind : known?.category ? 'tag' : found.kind;
      const chip = { ...found, kind, category: known?.category };
      if (chip.from > at) nodes.push(...underlined(text, at, chip.from, wrong));
      const element = create('span', { class: `search-chip is-${chip.kind} ${isExcluded ? 'is-excluded' : ''}` },
        underlined(text, chip.from, chip.to, wrong));
      if (chip.category !== undefined) tint(element, chip.category);
      nodes.push(element);
      isExcluded = chip.kind === 'not';
      at = chip.to;
    }
    nodes.push(...underlined(text, at, text.length, wrong));
    // What is missing at the end is underlined too.
    if (wrong && wrong.from >= text.length) nodes.push(create('span', { class: 'search-wrong', text: ' ' }));
    this.#element.replaceChildren(...nodes);
  }
}

/**
 * A part of the text, with what is wrong in it apart.
 * @param {string} text
 * @param {number} from
 * @param {number} to
 * @param {{from: number, to: number}|null} wrong
 * @returns {Node[]}
 */
function underlined(text, from, to, wrong) {
  const first = Math.max(from, Math.min(to, wrong?.from ?? to));
  const last = Math.max(first, Math.min(to, wrong?.to ?? first));
  const nodes = [];
  if (first > from) nodes.push(document.createTextNode(text.slice(from, first)));
  if (last > first) nodes.push(create('span', { class: 'search-wrong', text: text.slice(first, last) }));
  if (to > last) nodes.push(document.createTextNode(text.slice(last, to)));
  return nodes;
}
