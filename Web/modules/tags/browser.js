// The room of tags: all of them, searched, sorted, and each with what can be done to it.
import { defaultQuery } from '../shared/address.js';
import { create, icon, setText } from '../shared/dom.js';
import { plural } from '../shared/format.js';
import { Latest } from '../shared/latest.js';
import { tagTerm } from '../search/text.js';
import { allCategories } from './colors.js';
import { asking } from './asking.js';
import { showCategories } from './categories.js';
import { TagDetail } from './detail.js';
import { TagList } from './list.js';
import { showSuggestions } from './suggestions.js';

/** Milliseconds of rest after a key until the list is asked for, and after changes until it is asked for anew. */
const REST = 60;

/** @typedef {import('./asking.js').TagListing} TagListing */

export class TagBrowser {
  #store;
  /** @type {TagListing} */
  #listing = { search: '', category: '', sort: 'count' };
  #summary = create('p', { class: 'page-summary' });
  /** @type {HTMLInputElement} */
  #input = create('input', { type: 'search', placeholder: 'Filter tags', 'aria-label': 'Filter tags', spellcheck: 'false' });
  #categories = create('div', { class: 'chips', role: 'group', 'aria-label': 'Categories' });
  #sorts = create('div', { class: 'segmented', role: 'group', 'aria-label': 'Order' });
  #empty = create('div', { class: 'page-empty', hidden: true });
  #typing = new Latest(REST);
  #list;
  #detail;
  #loaded = -1;

  /**
   * @param {import('../shared/state.js').AppStore} store
   * @param {HTMLElement} element
   * @param {import('./changes.js').Changes} changes
   * @param {(query: import('../shared/types.js').Query) => void} show
   */
  constructor(store, element, changes, show) {
    this.#store = store;
    const open = (/** @type {{name: string}} */ { name }) => show({ ...defaultQuery(), text: tagTerm(name) });
    this.#detail = new TagDetail(changes, {
      open, close: () => {
        this.#list.clear();
        this.#list.element.focus();
      },
    });
    this.#list = new TagList(
      async (position, count, signal) => {
        const { total, tags } = await asking.list(this.#listing, position, count, signal);
        return { total, items: tags };
      }, {
        open, changed: () => this.#tell(),
        chosen: (tag) => this.#detail.show(tag),
        key: (event, tag) => this.#detail.key(event, tag),
      });
    for (const [sort, title] of /** @type {['count'|'name', string][]} */ ([['count', 'Most used'], ['name', 'A to Z']])) {
      this.#sorts.append(create('button', {
        type: 'button', class: 'icon-button', 'data-sort': sort, text: title, onclick: () => this.#change({ sort }),
      }));
    }
    this.#input.addEventListener('input', () => {
      this.#typing.ask(async () => {}, () => this.#change({ search: this.#input.value.trim() }));
    });
    this.#input.addEventListener('keydown', (event) => {
      if (event.key !== 'ArrowDown' && event.key !== 'Enter') return;
      event.preventDefault();
      this.#list.element.focus();
      this.#list.choose(0);
    });
    element.append(create('div', { class: 'tags-room' }, [
      create('header', { class: 'page-header' }, [
        create('div', {}, [create('h2', { text: 'Tags' }), this.#summary]),
        create('div', { class: 'page-buttons' }, [
          create('button', { type: 'button', class: 'button', text: 'Suggestions', title: 'Implications that the tags suggest', onclick: () => showSuggestions(changes) }),
          create('button', { type: 'button', class: 'button', text: 'Categories', onclick: () => showCategories(changes) }),
        ]),
      ]),
      create('div', { class: 'page-tools' }, [
        create('div', { class: 'field' }, [icon('filter'), this.#input]), this.#sorts, this.#categories,
      ]),
      create('div', { class: 'tags-columns' }, [
        create('div', { class: 'tags-main' }, [this.#list.element, this.#empty]), this.#detail.element,
      ]),
    ]));
    store.watch(['place', 'tagsVersion'], () => this.#follow());
  }

  focusFilter() {
    this.#input.focus();
    this.#input.select();
  }

  #follow() {
    const { place, tagsVersion } = this.#store.state;
    if (place.room !== 'tags' || tagsVersion === this.#loaded) return;
    const isFirst = this.#loaded < 0;
    this.#loaded = tagsVersion;
    this.#drawTools();
    this.#list.reload(isFirst).then(() => {
      // The chosen one may have gone, or be another one now.
      if (!isFirst) this.#detail.refresh();
    });
    if (isFirst) this.#list.element.focus();
  }

  /** @param {Partial<TagListing>} patch */
  #change(patch) {
    this.#listing = { ...this.#listing, ...patch };
    this.#drawTools();
    this.#list.reload(true);
  }

  #drawTools() {
    const { category, sort } = this.#listing;
    for (const button of this.#sorts.children) {
      button.setAttribute('aria-pressed', String(button instanceof HTMLElement && button.dataset.sort === sort));
    }
    this.#categories.replaceChildren(...allCategories().map(({ name, id }) => {
      const dot = create('span', { class: 'tag-dot' });
      dot.style.setProperty('--category', `var(--category-${id})`);
      return create('button', {
        type: 'button', class: 'chip', 'aria-pressed': String(category === name),
        onclick: () => this.#change({ category: category === name ? '' : name }),
      }, [dot, name]);
    }));
  }

  /** What is here, or why nothing is. */
  #tell() {
    const { total, error } = this.#list;
    const isFiltered = this.#listing.search !== '' || this.#listing.category !== '';
    setText(this.#summary, total < 0 ? '' : `${plural(total, 'tag')}${isFiltered ? ' of this kind' : ''}. Enter shows the pictures, F2 renames, m merges.`);
    this.#list.element.hidden = total <= 0;
    this.#empty.hidden = total > 0 && !error;
    this.#empty.replaceChildren(...(error
      ? [icon('offline'), create('h3', { text: 'The tags could not be listed' }), create('p', { text: error }),
        create('button', { type: 'button', class: 'button', text: 'Try again', onclick: () => this.#list.reload(false) })]
      : isFiltered
        ? [icon('filter'), create('h3', { text: 'No such tag' }), create('p', { text: 'Clear the filter to see all of them.' }),
          create('button', {
            type: 'button', class: 'button', text: 'Show all', onclick: () => {
              this.#input.value = '';
              this.#change({ search: '', category: '' });
            },
          })]
        : [icon('tag'), create('h3', { text: 'No tags yet' }),
          create('p', { text: 'Select pictures and press t to give them their first ones. Keywords that files carry come with the scan.' })]));
  }
}
