// Search, tags and marks in the frame of the page: what is light is here at once, the rest is loaded when
// it is used.
import { SearchBar } from '../search/bar.js';
import { albumQuery, tagTerm, withTerm } from '../search/text.js';
import { defaultQuery } from '../shared/address.js';
import { byId, once, style } from '../shared/dom.js';
import { toast } from '../shared/toasts.js';
import { asking } from '../tags/asking.js';
import { Changes } from '../tags/changes.js';
import { useCategories } from '../tags/colors.js';
import { Marking } from '../tags/marks.js';
import { currentScope, scopeOfResult } from '../tags/scope.js';

/**
 * @typedef {object} TaggingParts
 * @property {import('../shared/state.js').AppStore} store
 * @property {import('../grid/results.js').Results} results
 * @property {import('../grid/grid.js').Grid} grid
 * @property {import('./places.js').Places} places
 * @property {import('./panels.js').Panels} panels
 * @property {() => import('../viewer/door.js').ViewerDoor} door
 * @property {() => void} refreshFacts Asks anew for what the inspector shows.
 */

/** The style of search and tags, which comes with the first of them that is used. */
const loadStyle = style('search');

export class Tagging {
  #parts;
  #changes;
  /** @type {Marking} */
  marking;
  /** @type {SearchBar} */
  bar;
  /** @type {import('../tags/editor.js').TagEditor|null} */
  #editor = null;

  /** @param {TaggingParts} parts */
  constructor(parts) {
    const { store, results, panels } = parts;
    this.#parts = parts;
    this.#changes = new Changes(() => this.#changed());
    this.marking = new Marking(results, this.#changes, () => this.#scope());
    this.bar = new SearchBar(store, {
      search: (text) => this.search(text),
      leave: () => this.#focusGrid(),
      openSaved: async (anchor) => (await this.#load(this.loadShelves))?.openSaved(anchor, this.bar.text.trim()),
      toggleFacets: () => panels.toggle('facets'),
    });
    store.watch(['preferences'], () => {
      if (store.state.preferences.facets) this.#load(this.#loadFacets);
    });
    new MutationObserver(() => {
      if (!byId('facets').hidden) this.#load(this.#loadFacets);
    }).observe(byId('facets'), { attributes: true, attributeFilter: ['hidden'] });
    store.watch(['place'], () => {
      if (store.state.place.room === 'tags') this.#load(this.#loadBrowser);
    });
    let categoriesOf = -1;
    store.watch(['tagsVersion'], async () => {
      if (store.state.tagsVersion === categoriesOf) return;
      categoriesOf = store.state.tagsVersion;
      await this.#loadCategories();
    });
  }

  async #loadCategories() {
    try {
      const { categories } = await asking.categories();
      const text = JSON.stringify(categories);
      if (text === this.#categories) return;
      this.#categories = text;
      useCategories(categories);
      // Everything that is coloured is drawn anew.
      this.#parts.store.update({ tagsVersion: this.#parts.store.state.tagsVersion + 1 });
    } catch {
      // Without colours all of it works too; the next change asks again.
    }
  }
  #categories = '';

  // Parts that are loaded when they are used

  loadShelves = once(async () => {
    const { Shelves } = await import('./shelves.js');
    const { store, places } = this.#parts;
    return new Shelves(store, byId('shelves'), this.#changes, { show: (query) => places.show(query), scope: () => this.#scope() });
  });

  #loadFacets = once(async () => {
    const [{ Facets }] = await Promise.all([import('../search/facets.js'), loadStyle()]);
    const { store, panels } = this.#parts;
    return new Facets(store, byId('facets'), { search: (text) => this.search(text), close: () => panels.toggle('facets') });
  });

  #loadEditor = once(async () => {
    const [{ TagEditor }] = await Promise.all([import('../tags/editor.js'), loadStyle()]);
    this.#editor = new TagEditor(this.#changes, () => this.#focusGrid());
    return this.#editor;
  });

  #loadBrowser = once(async () => {
    const [{ TagBrowser }] = await Promise.all([import('../tags/browser.js'), loadStyle(), style('panels')()]);
    const { store, places } = this.#parts;
    return new TagBrowser(store, byId('room-tags'), this.#changes, (query) => places.show(query));
  });

  /** What is used soon is loaded while there is time. */
  get loads() {
    return [loadStyle, this.loadShelves, () => import('../tags/editor.js')];
  }

  /**
   * @template Part
   * @param {() => Promise<Part>} load
   * @returns {Promise<Part|null>}
   */
  async #load(load) {
    return load().catch(() => {
      toast('The server does not answer.', { tone: 'error' });
      return null;
    });
  }

  // Actions

  /** @param {string} text */
  search(text) {
    const { places, store } = this.#parts;
    places.show({ ...store.state.place.query, text });
  }

  async focusSearch() {
    if (this.#parts.store.state.place.room === 'tags') (await this.#load(this.#loadBrowser))?.focusFilter();
    else this.bar.focus();
  }

  async toggleFacets() {
    const { panels } = this.#parts;
    panels.toggle('facets');
    if (!byId('facets').hidden) (await this.#load(this.#loadFacets))?.focus();
  }

  async goAlbums() {
    if (byId('rail').hidden) this.#parts.panels.toggle('rail');
    (await this.#load(this.loadShelves))?.focusAlbums();
  }

  async editTags() {
    const { store } = this.#parts;
    const scope = this.#scope();
    const { result } = store.state;
    const scopes = [...(scope ? [scope] : []), ...(result && result.count > 0 && scope?.count !== result.count && !this.#parts.door().isOpen
      ? [scopeOfResult(result)] : [])];
    if (scopes.length === 0) return;
    (await this.#load(this.#loadEditor))?.open(scopes);
  }

  undo() {
    return this.#changes.undo();
  }

  /** What the inspector does with tags and albums. */
  get labels() {
    return {
      marking: this.marking,
      editTags: () => this.editTags(),
      searchTag: (/** @type {string} */ name, /** @type {boolean} */ isExcluded) => {
        const { text } = this.#parts.store.state.place.query;
        this.#parts.places.show(isExcluded
          ? { ...this.#parts.store.state.place.query, text: withTerm(text, tagTerm(name), true) }
          : { ...defaultQuery(), text: tagTerm(name) });
      },
      openAlbum: (/** @type {{name: string, kind: string}} */ album) => this.#parts.places.show({ ...defaultQuery(), text: albumQuery(album) }),
    };
  }

  #scope() {
    const { store, results, grid } = this.#parts;
    const door = this.#parts.door();
    return currentScope(store, results, grid.selection, door.isOpen ? door.asset : null);
  }

  #focusGrid() {
    const { store, grid } = this.#parts;
    // After what was changed just now has been shown: a hidden room takes no focus.
    queueMicrotask(() => {
      if (this.#parts.door().isOpen || store.state.place.room !== 'grid') return;
      if (store.state.focus >= 0) grid.picking.focus(store.state.focus);
      else grid.scroller.focus({ preventScroll: true });
    });
  }

  /** Tags, marks or albums are not what they were. */
  #changed() {
    const { store, results, refreshFacts } = this.#parts;
    store.update({ tagsVersion: store.state.tagsVersion + 1 });
    results.again();
    refreshFacts();
    this.#editor?.refresh();
  }

  /**
   * Somebody, perhaps this page, has changed them.
   * @param {number} changeNumber
   */
  followServer(changeNumber) {
    const { store, refreshFacts } = this.#parts;
    const { result, scan } = store.state;
    // A result that hangs on neither tags nor stars is as new as before.
    const isFree = result && !result.query.text && result.query.sort !== 'rating';
    if (isFree && result.changeNumber >= store.state.changeNumber && scan?.state !== 'running') {
      result.changeNumber = Math.max(result.changeNumber, changeNumber);
    }
    store.update({ tagsVersion: store.state.tagsVersion + 1 });
    refreshFacts();
  }
}
