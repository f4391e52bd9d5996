// A field for a tag's name, completed from the tags there are.
import { create, icon } from '../shared/dom.js';
import { Latest } from '../shared/latest.js';
import { asking } from '../search/asking.js';
import { Choices } from '../search/choices.js';

/** Milliseconds of rest after a key until the server is asked. */
const REST = 45;

/** @typedef {import('../search/choices.js').Choice & {name: string}} Entry */

export class TagField {
  /** @type {HTMLInputElement} */
  input;
  /** @type {Choices<Entry>} */
  #choices;
  #latest = new Latest(REST);
  #onPick;
  #allowsNew;
  #isEager = false;
  element;

  /**
   * @param {string} name Of its list, unique on the page.
   * @param {string} title
   * @param {{allowsNew: boolean, onPick?: (name: string) => void}} options `allowsNew`: also a name that no tag has
   *   yet. Without `onPick` what is picked stays in the field, and Enter is for who asks.
   */
  constructor(name, title, { allowsNew, onPick }) {
    this.#onPick = onPick;
    this.#allowsNew = allowsNew;
    this.input = create('input', { type: 'text', placeholder: title, 'aria-label': title, autocomplete: 'off', spellcheck: 'false', maxlength: 256 });
    this.#choices = new Choices(this.input, name, title, (entry) => this.#pick(entry.name));
    this.element = create('div', { class: 'tag-field' }, [
      create('div', { class: 'field' }, [icon('tag'), this.input]), this.#choices.element,
    ]);
    this.input.addEventListener('input', () => this.#typed());
    this.input.addEventListener('keydown', (event) => this.#pressed(event));
    this.input.addEventListener('blur', () => {
      this.#latest.cancel();
      this.#choices.hide();
    });
  }

  clear() {
    this.#latest.cancel();
    this.input.value = '';
    this.#choices.hide();
  }

  /** What is typed, without the sign in front of it. */
  get #word() {
    return this.input.value.replace(/^-/, '').trim();
  }

  #typed() {
    this.#isEager = false;
    const typed = this.#word;
    if (!typed) {
      this.#latest.cancel();
      this.#choices.hide();
      return;
    }
    const word = typed.replace(/\s+/g, '_');
    this.#latest.ask((signal) => asking.complete(word, word.length, signal), ({ items }) => {
      if (this.#word !== typed || document.activeElement !== this.input) return;
      /** @type {Entry[]} */
      const entries = items.filter(({ kind }) => kind === 'tag' || kind === 'alias').slice(0, 8).map((item) => ({
        ...item, name: item.label, typed: word, before: item.alias ?? undefined, category: item.category ?? null,
      }));
      const isKnown = entries.some(({ name }) => name.toLowerCase().replace(/[\s_]+/g, '_') === word.toLowerCase());
      if (this.#allowsNew && !isKnown && !this.input.value.startsWith('-')) entries.push({ name: typed, label: typed, detail: 'new tag' });
      this.#choices.show(entries);
      if (this.#isEager && this.#choices.first) this.#pick(this.#choices.first.name);
      this.#isEager = false;
    });
  }

  /** @param {string} name */
  #pick(name) {
    const sign = this.input.value.startsWith('-') ? '-' : '';
    this.clear();
    if (this.#onPick) this.#onPick(sign + name);
    else this.input.value = name;
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    if (event.isComposing) return;
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0 && this.#choices.isOpen) {
      this.#choices.move(step);
    } else if (event.key === 'Enter' && this.#word && (this.#onPick || this.#choices.active)) {
      const { active } = this.#choices;
      if (active) this.#pick(active.name);
      else if (this.#allowsNew) this.#pick(this.#word);
      else this.#isEager = !this.#pickFirst();
    } else if (event.key === 'Tab' && !event.shiftKey && this.#word) {
      this.#isEager = !this.#pickFirst();
    } else if (event.key === 'Escape' && this.#choices.isOpen) {
      this.#choices.hide();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  #pickFirst() {
    const entry = this.#choices.active ?? this.#choices.first;
    if (entry) this.#pick(entry.name);
    return entry !== null;
  }
}
