// The search field: what is typed is coloured, completed, checked and kept in the address.
import { LONGEST_TEXT } from '../shared/address.js';
import { create, icon, iconButton, setText } from '../shared/dom.js';
import { formatCount } from '../shared/format.js';
import { Latest } from '../shared/latest.js';
import { asking } from './asking.js';
import { Choices } from './choices.js';
import { Paint } from './paint.js';

/** Milliseconds of rest after a key until the server is asked. */
const REST = 45;

/**
 * @typedef {object} BarActions
 * @property {(text: string) => void} search
 * @property {() => void} leave Gives the focus back to the pictures.
 * @property {(anchor: HTMLElement) => void} openSaved The menu of the star.
 * @property {() => void} toggleFacets
 */

/** @typedef {import('./choices.js').Choice & {insert: string, from: number, to: number}} Entry `from` below 0: a whole search. */

export class SearchBar {
  #store;
  #actions;
  /** @type {HTMLInputElement} */
  #input = create('input', {
    class: 'search-input', type: 'text', spellcheck: 'false', autocomplete: 'off', autocapitalize: 'off', maxlength: LONGEST_TEXT,
    placeholder: 'Search tags, fields, "text"', 'aria-label': 'Search', 'aria-describedby': 'search-problem', enterkeyhint: 'search',
  });
  #painted = create('div', { class: 'search-painted', 'aria-hidden': 'true' });
  #paint = new Paint(this.#painted);
  #facts = create('span', { class: 'search-facts' });
  #clear = iconButton('close', 'Clear the search', () => this.#submit(''), { class: 'search-clear' });
  #star = iconButton('star', 'Keep this search', () => this.#actions.openSaved(this.#star));
  #problem = create('div', { class: 'search-problem', id: 'search-problem', role: 'alert', hidden: true });
  /** @type {Choices<Entry>} */
  #choices = new Choices(this.#input, 'search-choices', 'Completions', (entry) => this.#accept(entry));
  #completing = new Latest(REST);
  #checking = new Latest(2 * REST);
  /** @type {import('./asking.js').QueryProblem|null} */
  #wrong = null;
  /** Whether the first completion is taken as soon as it comes. */
  #isEager = false;
  element;

  /**
   * @param {import('../shared/state.js').AppStore} store
   * @param {BarActions} actions
   */
  constructor(store, actions) {
    this.#store = store;
    this.#actions = actions;
    const field = create('div', { class: 'search-field' }, [
      icon('filter'),
      create('div', { class: 'search-text' }, [this.#painted, this.#input]),
      this.#facts, this.#clear, this.#star,
      iconButton('refine', 'Refine', actions.toggleFacets, { key: 'f', class: 'search-refine' }),
    ]);
    this.element = create('div', { class: 'search', role: 'search' }, [
      iconButton('back', 'Back to the pictures', () => this.#leave(), { class: 'search-back' }),
      field,
      create('div', { class: 'search-popup' }, [this.#problem, this.#choices.element]),
    ]);
    const input = this.#input;
    input.addEventListener('input', () => this.#typed());
    input.addEventListener('keydown', (event) => this.#pressed(event));
    input.addEventListener('scroll', () => this.#align());
    input.addEventListener('focus', () => this.element.classList.add('is-open'));
    input.addEventListener('blur', () => this.#left());
    store.watch(['place'], () => this.#followPlace());
    store.watch(['result', 'resultState', 'queryError', 'place'], () => this.#followResult());
    store.watch(['tagsVersion'], () => this.#draw());
  }

  /** What stands in the field. */
  get text() {
    return this.#input.value;
  }

  focus() {
    this.element.classList.add('is-open');
    this.#input.focus();
    this.#input.select();
  }

  // What comes from the page

  #followPlace() {
    const { text } = this.#store.state.place.query;
    // What is being typed is not taken away, unless the page shows something else.
    if (text === this.#shown) return;
    this.#shown = text;
    this.#input.value = text;
    this.#wrong = null;
    this.#completing.cancel();
    this.#choices.hide();
    this.#draw();
    if (text) this.#check();
  }
  #shown = '';

  #followResult() {
    const { result, resultState, queryError, place } = this.#store.state;
    const { text } = place.query;
    const isHere = result !== null && resultState === 'ready' && result.query.text === text;
    const milliseconds = isHere ? result.milliseconds : 0;
    setText(this.#facts, text && isHere
      ? `${formatCount(result.count)} in ${milliseconds < 9.5 ? milliseconds.toFixed(1) : Math.round(milliseconds)} ms` : '');
    if (queryError && this.#input.value === text) this.#showProblem(queryError.details);
  }

  // What is typed

  #typed() {
    this.#wrong = null;
    this.#isEager = false;
    this.#draw();
    this.#check();
    const { value, selectionStart } = this.#input;
    if (value.trim() === '') {
      this.#completing.cancel();
      this.#choices.hide();
      return;
    }
    const cursor = selectionStart ?? value.length;
    this.#completing.ask((signal) => asking.complete(value, cursor, signal), ({ from, to, items }) => {
      if (this.#input.value !== value || !this.element.contains(document.activeElement)) return;
      const typed = value.slice(from, cursor).replace(/^.*:/, '');
      this.#choices.show(items.map((item) => ({
        ...item, typed, from, to, before: item.alias ?? undefined,
        category: item.kind === 'tag' || item.kind === 'alias' ? item.category ?? null : undefined,
        detail: item.summary ?? (item.kind === 'field' ? 'field' : undefined),
      })));
      if (this.#isEager && this.#choices.first) this.#accept(this.#choices.first);
      this.#isEager = false;
    }, () => this.#choices.hide());
  }

  /** Asks the server what the words are, and whether they can be read. */
  #check() {
    const { value } = this.#input;
    if (value.trim() === '') {
      this.#checking.cancel();
      this.#showProblem(null);
      return;
    }
    this.#checking.ask((signal) => asking.tokens(value, signal), ({ chips, error }) => {
      this.#paint.learn(chips);
      if (this.#input.value !== value) return;
      // Who is still typing is not told that the end is missing.
      const isUnfinished = error && document.activeElement === this.#input && error.position + error.length >= value.trimEnd().length;
      this.#showProblem(isUnfinished ? null : error);
    });
  }

  #draw() {
    const wrong = this.#wrong;
    this.#paint.draw(this.#input.value, wrong && {
      from: wrong.position, to: Math.max(wrong.position + 1, wrong.position + wrong.length),
    });
    this.#clear.hidden = this.#input.value === '';
    this.#star.hidden = this.#input.value === '';
    this.#align();
  }

  #align() {
    this.#painted.style.setProperty('transform', `translateX(${-this.#input.scrollLeft}px)`);
  }

  /** @param {import('./asking.js').QueryProblem|null} problem */
  #showProblem(problem) {
    this.#wrong = problem;
    this.#input.setAttribute('aria-invalid', String(problem !== null));
    this.#problem.hidden = problem === null;
    this.#problem.replaceChildren(...(problem ? [
      icon('problem'), create('span', { text: problem.message }),
      ...(problem.suggestions ?? []).slice(0, 4).map((suggestion) => create('button', {
        type: 'button', class: 'button is-quiet', text: suggestion,
        onpointerdown: (/** @type {Event} */ event) => event.preventDefault(),
        onclick: () => this.#replace(problem.position, problem.position + problem.length, suggestion),
      })),
    ] : []));
    this.#draw();
  }

  /** @param {Entry} entry */
  #accept(entry) {
    this.#choices.hide();
    if (entry.from < 0) this.#submit(entry.insert);
    else this.#replace(entry.from, entry.to, entry.insert);
  }

  /**
   * @param {number} from
   * @param {number} to
   * @param {string} text
   */
  #replace(from, to, text) {
    const { value } = this.#input;
    // A word that stands before a blank needs no second one.
    const inserted = text.endsWith(' ') && value[to] === ' ' ? text.slice(0, -1) : text;
    this.#input.setRangeText(inserted, from, to, 'end');
    this.#input.focus();
    this.#wrong = null;
    this.#draw();
    this.#check();
    this.#completing.cancel();
    // A field's values are offered at once.
    if (text.endsWith(':')) this.#typed();
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    if (event.isComposing) return;
    const { value } = this.#input;
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0) {
      if (this.#choices.isOpen) this.#choices.move(step);
      else if (value === '') this.#showHistory();
      else this.#typed();
    } else if (event.key === 'Tab' && !event.shiftKey && value.trim() !== '' && !value.endsWith(' ')) {
      const entry = this.#choices.active ?? this.#choices.first;
      if (entry) this.#accept(entry);
      else this.#isEager = true;
    } else if (event.key === 'Enter') {
      const entry = this.#choices.active;
      if (entry) this.#accept(entry);
      else this.#submit(value);
    } else if (event.key === 'Escape') {
      if (this.#choices.isOpen) this.#choices.hide();
      else this.#leave();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  /** What was searched for before, the latest first. */
  #showHistory() {
    this.#completing.ask((signal) => asking.history(signal), ({ history }) => {
      if (this.#input.value !== '' || document.activeElement !== this.#input) return;
      this.#choices.show(history.slice(0, 12).map(({ query }) => ({ label: query, insert: query, from: -1, to: -1 })));
      this.#choices.move(1);
    });
  }

  // Searching and leaving

  /** @param {string} value */
  async #submit(value) {
    const text = value.trim();
    this.#input.value = value;
    this.#completing.cancel();
    this.#checking.cancel();
    this.#choices.hide();
    if (text) {
      // A text that cannot be read leaves what is shown alone.
      const answer = await asking.tokens(text).catch(() => null);
      if (this.#input.value !== value) return;
      if (answer) this.#paint.learn(answer.chips);
      this.#showProblem(answer?.error ?? null);
      if (answer?.error) return;
    }
    this.#input.value = text;
    this.#shown = text;
    this.#showProblem(null);
    this.element.classList.remove('is-open');
    this.#input.blur();
    // The search goes on without its note.
    if (text) asking.noteSearch(text).catch(() => {});
    this.#actions.search(text);
    this.#actions.leave();
  }

  #leave() {
    const { text } = this.#store.state.place.query;
    this.#input.value = text;
    this.#completing.cancel();
    this.#checking.cancel();
    this.#choices.hide();
    this.#showProblem(null);
    this.element.classList.remove('is-open');
    this.#input.blur();
    this.#actions.leave();
  }

  #left() {
    this.#completing.cancel();
    this.#choices.hide();
    if (this.#input.value.trim() === this.#store.state.place.query.text) this.element.classList.remove('is-open');
  }
}
