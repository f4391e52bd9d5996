// The panel that refines a search: what the result is made of, with counts; a click narrows it down.
import { create, icon, iconButton, setText } from '../shared/dom.js';
import { formatCount } from '../shared/format.js';
import { Latest } from '../shared/latest.js';
import { tint } from '../tags/colors.js';
import { asking } from './asking.js';
import { stateOfTerm, termsOf, withoutTerm, withTerm } from './text.js';

/** @typedef {import('./asking.js').Facet} Facet */
/** @typedef {import('./asking.js').FacetValue} FacetValue */

/** @type {[string, string][]} */
const FIELDS = [
  ['tags', 'Tags'], ['rating', 'Rating'], ['stars', 'Stars'], ['type', 'Type'], ['year', 'Year'], ['camera', 'Camera'], ['lens', 'Lens'],
  ['folder', 'Folder'],
];
/** Values of a field that are shown before one asks for more. */
const FEW = /** @type {Record<string, number>} */ ({ tags: 16 });
/** Milliseconds after a result until it is counted: the pictures come first. */
const REST = 60;

/**
 * @typedef {object} Section
 * @property {HTMLElement} element
 * @property {HTMLElement} list
 * @property {HTMLElement} more
 * @property {Map<string, Row>} rows By the term they stand for.
 * @property {boolean} isLong
 */

/** @typedef {{element: HTMLElement, name: HTMLElement, count: HTMLElement, mark: HTMLElement}} Row */

export class Facets {
  #store;
  #search;
  #element;
  #latest = new Latest(REST);
  #asked = '';
  #active = create('div', { class: 'facet-active', role: 'group', 'aria-label': 'Parts of this search' });
  #note = create('p', { class: 'facet-note', hidden: true });
  /** @type {Map<string, Section>} */
  #sections = new Map();
  /** @type {Map<string, Facet>} */
  #facets = new Map();

  /**
   * @param {import('../shared/state.js').AppStore} store
   * @param {HTMLElement} element
   * @param {{search: (text: string) => void, close: () => void}} actions
   */
  constructor(store, element, { search, close }) {
    this.#store = store;
    this.#search = search;
    this.#element = element;
    const body = create('div', { class: 'facets-body' }, [this.#active, this.#note]);
    for (const [field, title] of FIELDS) body.append(this.#makeSection(field, title).element);
    element.append(create('header', { class: 'panel-header facets-header' }, [
      create('h2', { text: 'Refine' }), iconButton('close', 'Close', close, { key: 'f' }),
    ]), body);
    element.addEventListener('keydown', (event) => this.#walk(event));
    store.watch(['result', 'place', 'preferences', 'tagsVersion'], () => this.refresh());
    new MutationObserver(() => this.refresh()).observe(element, { attributes: true, attributeFilter: ['hidden'] });
  }

  /** Asks for what has changed since, when the panel is seen. */
  refresh() {
    const { result, tagsVersion } = this.#store.state;
    if (this.#element.hidden || !result) {
      this.#latest.cancel();
      this.#asked = '';
      return;
    }
    this.#drawActive();
    for (const field of this.#sections.keys()) this.#draw(field);
    const key = `${result.token} ${tagsVersion}`;
    if (key === this.#asked) return;
    this.#asked = key;
    this.#latest.ask((signal) => asking.facets(result.token, FIELDS.map(([field]) => field), signal), ({ facets }) => {
      this.#facets = new Map(facets.map((facet) => [facet.field, facet]));
      this.#note.hidden = facets.some(({ values }) => values.length > 0);
      setText(this.#note, 'There is nothing to count here.');
      for (const field of this.#sections.keys()) this.#draw(field);
    }, (error) => {
      this.#asked = '';
      this.#note.hidden = false;
      setText(this.#note, error instanceof Error ? error.message : String(error));
    });
  }

  /** The parts of the search, each of which can be taken away. */
  #drawActive() {
    const { text } = this.#store.state.place.query;
    const { terms, isJoined } = termsOf(text);
    this.#active.hidden = terms.length === 0;
    const parts = isJoined ? [{ text, isExcluded: false, from: 0, to: 0 }] : terms;
    this.#active.replaceChildren(...parts.map((term) => create('button', {
      type: 'button', class: `facet-part ${term.isExcluded ? 'is-excluded' : ''}`,
      title: 'Take it away', 'aria-label': `Take away ${term.isExcluded ? 'not ' : ''}${term.text}`,
      onclick: () => this.#search(isJoined ? '' : withoutTerm(text, term.text)),
    }, [create('span', { text: `${term.isExcluded ? '−' : ''}${readable(term.text)}` }), icon('close')])));
  }

  /**
   * @param {string} field
   * @param {string} title
   */
  #makeSection(field, title) {
    const list = create('ul', { 'aria-label': title });
    const more = create('button', {
      type: 'button', class: 'facet-more', hidden: true,
      onclick: () => {
        section.isLong = !section.isLong;
        this.#draw(field);
      },
    });
    const element = create('section', { class: 'facet', hidden: true }, [create('h3', { text: title }), list, more]);
    /** @type {Section} */
    const section = { element, list, more, rows: new Map(), isLong: false };
    this.#sections.set(field, section);
    return section;
  }

  /**
   * Fills a field's rows; those of values that stay are kept, so that nothing flickers.
   * @param {string} field
   */
  #draw(field) {
    const section = this.#sections.get(field);
    if (!section) return;
    const values = this.#facets.get(field)?.values ?? [];
    const few = FEW[field] ?? 8;
    const shown = section.isLong ? values : values.slice(0, few);
    section.element.hidden = values.length === 0;
    section.more.hidden = values.length <= few;
    setText(section.more, section.isLong ? 'Fewer' : `${values.length - few} more`);
    const kept = new Set(shown.map(({ query }) => query));
    for (const [query, row] of section.rows) {
      if (kept.has(query)) continue;
      row.element.remove();
      section.rows.delete(query);
    }
    shown.forEach((value, at) => {
      const row = section.rows.get(value.query) ?? this.#makeRow(field, value);
      section.rows.set(value.query, row);
      if (section.list.children[at] !== row.element) section.list.insertBefore(row.element, section.list.children[at] ?? null);
      this.#fill(field, row, value);
    });
  }

  /**
   * @param {string} field
   * @param {FacetValue} value
   * @returns {Row}
   */
  #makeRow(field, value) {
    const name = create('span', { class: `facet-name ${field === 'tags' ? 'tag-name' : ''}` });
    const count = create('span', { class: 'facet-count' });
    const mark = create('span', { class: 'facet-mark', 'aria-hidden': 'true' });
    const element = create('li', {}, [create('button', {
      type: 'button', class: 'facet-row',
      onclick: (/** @type {MouseEvent} */ event) => this.#pick(value.query, event.altKey || event.ctrlKey || event.metaKey),
    }, [mark, name, count])]);
    return { element, name, count, mark };
  }

  /**
   * @param {string} field
   * @param {Row} row
   * @param {FacetValue} value
   */
  #fill(field, row, value) {
    const state = stateOfTerm(this.#store.state.place.query.text, value.query);
    setText(row.name, labelOf(field, value));
    setText(row.count, formatCount(value.count));
    setText(row.mark, state === 'included' ? '✓' : state === 'excluded' ? '−' : '');
    if (field === 'tags') tint(row.name, value.category);
    const button = row.element.firstElementChild;
    button?.setAttribute('aria-pressed', String(state === 'included'));
    button?.classList.toggle('is-excluded', state === 'excluded');
    button?.setAttribute('title', state ? `${value.label}\nClick takes it away` : `${value.label}\nClick narrows down, Alt+click excludes`);
  }

  /**
   * @param {string} term
   * @param {boolean} isExcluded
   */
  #pick(term, isExcluded) {
    const { text } = this.#store.state.place.query;
    const wanted = isExcluded ? 'excluded' : 'included';
    this.#search(stateOfTerm(text, term) === wanted ? withoutTerm(text, term) : withTerm(text, term, isExcluded));
  }

  /**
   * Arrow keys walk through the rows; `-` excludes.
   * @param {KeyboardEvent} event
   */
  #walk(event) {
    const buttons = /** @type {HTMLElement[]} */ ([...this.#element.querySelectorAll('.facet:not([hidden]) button:not([hidden]), .facet-part')]);
    const at = buttons.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    if (at < 0) return;
    if (event.key === 'ArrowDown') buttons[at + 1]?.focus();
    else if (event.key === 'ArrowUp') buttons[at - 1]?.focus();
    else if (event.key === '-' || event.key === 'Enter' && event.altKey) {
      buttons[at].dispatchEvent(new MouseEvent('click', { bubbles: true, altKey: true }));
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** Gives the focus to the first of it. */
  focus() {
    /** @type {HTMLElement|null} */ (this.#element.querySelector('.facet-row, .facet-part, button'))?.focus();
  }
}

/**
 * @param {string} field
 * @param {FacetValue} value
 */
function labelOf(field, { value, label }) {
  if (field === 'stars' && /^[1-5]$/.test(value)) return '★'.repeat(Number(value));
  if (field === 'stars' && value === '0') return 'No stars';
  return field === 'rating' && value === 'none' ? 'Not rated' : label;
}

/**
 * A term without the marks that only the language needs.
 * @param {string} term
 */
function readable(term) {
  return term.replace(/:\*(?=.)/, ':').replace(/\\(.)/g, '$1');
}
