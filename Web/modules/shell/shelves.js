// The parts of the rail for what people keep: searches and albums.
import { defaultQuery, LONGEST_TEXT } from '../shared/address.js';
import { askText } from '../shared/ask.js';
import { create, icon, iconButton } from '../shared/dom.js';
import { formatCount, plural } from '../shared/format.js';
import { openMenu } from '../shared/menu.js';
import { toast } from '../shared/toasts.js';
import { asking as searching } from '../search/asking.js';
import { albumQuery } from '../search/text.js';
import { asking } from '../tags/asking.js';

/** @typedef {import('../search/asking.js').SavedSearch} SavedSearch */
/** @typedef {import('../tags/asking.js').Album} Album */

/**
 * How a query asks for an album's pictures; a smart one is its own query.
 * @param {Pick<Album, 'name'|'kind'|'query'>} album
 */
export function queryOfAlbum(album) {
  return album.kind === 'smart' && album.query ? album.query : albumQuery(album);
}

export class Shelves {
  #store;
  #changes;
  #actions;
  #searchList = create('div', { role: 'list', 'aria-label': 'Searches' });
  #albumList = create('div', { role: 'list', 'aria-label': 'Albums', id: 'albums' });
  #searchHead = create('h2', { class: 'rail-heading', text: 'Searches' });
  /** @type {SavedSearch[]} */
  #searches = [];
  /** @type {Album[]} */
  #albums = [];
  #loaded = -1;

  /**
   * @param {import('../shared/state.js').AppStore} store
   * @param {HTMLElement} element
   * @param {import('../tags/changes.js').Changes} changes
   * @param {{show: (query: import('../shared/types.js').Query) => void, scope: () => import('../tags/scope.js').Scope|null}} actions
   */
  constructor(store, element, changes, actions) {
    this.#store = store;
    this.#changes = changes;
    this.#actions = actions;
    element.append(
      this.#searchHead, this.#searchList,
      create('h2', { class: 'rail-heading has-button' }, ['Albums', iconButton('plus', 'New album', () => this.newAlbum())]),
      this.#albumList);
    store.watch(['tagsVersion'], () => this.#load());
    store.watch(['place'], () => this.#draw());
  }

  async #load() {
    const { tagsVersion } = this.#store.state;
    if (tagsVersion === this.#loaded) return;
    this.#loaded = tagsVersion;
    await this.refresh();
  }

  async refresh() {
    try {
      const [{ searches }, { albums }] = await Promise.all([searching.searches(), asking.albums()]);
      this.#searches = searches;
      this.#albums = albums;
      this.#draw();
    } catch {
      // The next change tries again; the state of the connection is told elsewhere.
      this.#loaded = -1;
    }
  }

  /** Gives the focus to the first album. */
  focusAlbums() {
    /** @type {HTMLElement|null} */ (this.#albumList.querySelector('.rail-item'))?.focus();
  }

  #draw() {
    const { place } = this.#store.state;
    const isShown = (/** @type {string} */ text) => place.room === 'grid' && place.query.text === text && place.query.folder === null;
    this.#searchHead.hidden = this.#searches.length === 0;
    this.#searchList.replaceChildren(...this.#searches.map((search) => this.#row(
      'filter', search.name, null, isShown(search.query), search.query, (anchor) => openMenu(anchor, [
        { title: 'Remove', run: () => this.#forget(search) },
        { title: 'Make a smart album', run: () => this.smartAlbum(search.query, search.name) },
      ]))));
    this.#albumList.replaceChildren(...this.#albums.map((album) => this.#row(
      album.kind === 'smart' ? 'smart' : 'album', album.name, album.kind === 'smart' ? null : album.count, isShown(queryOfAlbum(album)) || isShown(albumQuery(album, true)), queryOfAlbum(album),
      (anchor) => openMenu(anchor, [
        ...(album.kind === 'smart' ? [] : [
          { title: 'Add the selection', run: () => this.#fill(album, 'add') }, { title: 'Take the selection out', run: () => this.#fill(album, 'remove') },
          { title: 'Show in its own order', divided: true, run: () => this.#actions.show({ ...defaultQuery(), text: albumQuery(album, true) }) },
          { title: 'Put the selection first', run: () => this.#fill(album, 'first') },
          { title: 'Keep the order shown', run: () => this.#keepOrder(album) },
        ]),
        { title: 'Rename', divided: album.kind !== 'smart', run: () => this.#rename(album) },
        { title: 'Delete', run: () => this.#changes.run(() => asking.removeAlbum(album.id), () => `Deleted the album ${album.name}. Its pictures stay.`) },
      ]))));
    if (this.#albums.length === 0) this.#albumList.replaceChildren(create('p', { class: 'rail-note', text: 'None yet.' }));
  }

  /**
   * @param {string} picture
   * @param {string} name
   * @param {number|null} count
   * @param {boolean} isCurrent
   * @param {string} text The query that is shown.
   * @param {(anchor: HTMLElement) => void} menu
   */
  #row(picture, name, count, isCurrent, text, menu) {
    /** @type {HTMLButtonElement} */
    const more = iconButton('more', `More about ${name}`, () => menu(more), { class: 'rail-more' });
    return create('div', { class: `shelf-row ${isCurrent ? 'is-current' : ''}`, role: 'listitem' }, [
      create('button', {
        type: 'button', class: 'rail-item', 'aria-current': isCurrent ? 'page' : null, title: text,
        onclick: () => this.#actions.show({ ...defaultQuery(), text: text.slice(0, LONGEST_TEXT) }),
      }, [
        icon(picture), create('span', { class: 'rail-name', text: name }),
        count !== null && create('span', { class: 'rail-count', text: formatCount(count) }),
      ]), more,
    ]);
  }

  /**
   * The menu of the star at the search field.
   * @param {HTMLElement} anchor
   * @param {string} text
   */
  openSaved(anchor, text) {
    const saved = this.#searches.find(({ query }) => query === text);
    openMenu(anchor, [
      saved ? { title: 'Do not keep this search', run: () => this.#forget(saved) } : { title: 'Keep this search…', run: () => this.#keep(text) },
      { title: 'Make a smart album…', run: () => this.smartAlbum(text, text) },
      { title: 'Forget the history of searches', divided: true, run: () => this.#say(searching.forgetHistory(), 'The history of searches is empty now.') },
    ]);
  }

  /** @param {string} query */
  async #keep(query) {
    const name = await askText({ title: 'Keep this search as', action: 'Keep', value: query.slice(0, 100) });
    if (name) await this.#say(searching.saveSearch(name, query), `Kept the search ${name}.`);
  }

  /** @param {SavedSearch} search */
  async #forget({ id, name, query }) {
    await this.#say(searching.forgetSearch(id), `Removed the search ${name}.`, {
      title: 'Undo', run: () => this.#say(searching.saveSearch(name, query), `Kept the search ${name}.`),
    });
  }

  /**
   * @param {string} query
   * @param {string} name
   */
  async smartAlbum(query, name) {
    const given = await askText({ title: 'New smart album', action: 'Make', value: name.slice(0, 100), text: `It always shows what ${query} finds.` });
    if (given) await this.#say(asking.makeAlbum({ name: given, kind: 'smart', query }), `Made the smart album ${given}.`);
  }

  async newAlbum() {
    const scope = this.#actions.scope();
    const { text } = this.#store.state.place.query;
    const name = await askText({
      title: 'New album', action: 'Make',
      text: scope && scope.count > 1 ? `With the ${plural(scope.count, 'picture')} selected now.` : text ? 'For one that follows this search, use the star beside it.' : '',
    });
    if (!name) return;
    await this.#say((async () => {
      const album = await asking.makeAlbum({ name, kind: 'album' });
      const target = scope && scope.count > 1 ? await scope.target() : null;
      if (target) await asking.editAlbum(album.id, { add: await idsOf(target, this.#store.state.result) });
    })(), `Made the album ${name}.`);
  }

  /**
   * @param {Album} album
   * @param {'add'|'remove'|'first'} what
   */
  async #fill(album, what) {
    const scope = this.#actions.scope();
    if (!scope) {
      toast('Select the pictures first.');
      return;
    }
    await this.#changes.run(
      async () => {
        const ids = await idsOf(await scope.target(), this.#store.state.result);
        return asking.editAlbum(album.id, what === 'first' ? { remove: ids, add: ids, position: 0 } : { [what]: ids });
      },
      (changed) => ({
        add: `Added ${plural(changed, 'picture')} to ${album.name}.`,
        remove: `Took ${plural(changed, 'picture')} out of ${album.name}.`,
        first: `Put ${plural(scope.count, 'picture')} of ${album.name} first.`,
      })[what]);
  }

  /**
   * Gives an album's pictures the order in which they are shown now.
   * @param {Album} album
   */
  async #keepOrder(album) {
    const { result } = this.#store.state;
    if (!result) return;
    await this.#changes.run(
      async () => asking.editAlbum(album.id, { order: await idsOf({ result: result.token }, result) }),
      () => `${album.name} has the order shown now.`);
  }

  /** @param {Album} album */
  async #rename(album) {
    const name = await askText({ title: `Rename ${album.name}`, action: 'Rename', value: album.name });
    if (name && name !== album.name) await this.#changes.run(() => asking.changeAlbum(album.id, { name }), () => `${album.name} is ${name} now.`);
  }

  /**
   * @param {Promise<unknown>} work
   * @param {string} words When it is done.
   * @param {{title: string, run: () => void}} [action]
   */
  async #say(work, words, action) {
    try {
      await work;
      toast(words, { action });
      await this.refresh();
    } catch (error) {
      toast(error instanceof Error ? error.message : String(error), { tone: 'error' });
    }
  }
}

/**
 * The ids a target stands for.
 * @param {import('../tags/asking.js').Target} target
 * @param {import('../shared/state.js').Result|null} result
 */
async function idsOf(target, result) {
  if ('assets' in target) return target.assets;
  const { idsOf: load } = await import('../tags/scope.js');
  return load(target.result, [{ first: 0, last: result?.count ?? 0 }]);
}
