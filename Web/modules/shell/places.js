// The address: what it says is shown, and what is shown it says.
import { formatAddress, parseAddress, sameQuery } from '../shared/address.js';
import { api } from '../shared/api.js';
import { toast } from '../shared/toasts.js';

/** @typedef {import('../shared/address.js').Place} Place */
/** @typedef {import('../shared/types.js').Query} Query */

/** Milliseconds after which the address follows the grid. */
const SETTLED = 350;

export class Places {
  #store;
  #results;
  #grid;
  #closeSheet;
  /** @type {import('../viewer/door.js').ViewerDoor|null} */
  #door = null;
  #atTimer = 0;

  /**
   * @param {import('../shared/state.js').AppStore} store
   * @param {import('../grid/results.js').Results} results
   * @param {import('../grid/grid.js').Grid} grid
   * @param {() => void} closeSheet
   */
  constructor(store, results, grid, closeSheet) {
    this.#store = store;
    this.#results = results;
    this.#grid = grid;
    this.#closeSheet = closeSheet;
    addEventListener('popstate', () => {
      const before = store.state.place;
      store.update({ place: parseAddress(location.search) });
      this.#arrive(before);
    });
    grid.onLayout(() => {
      clearTimeout(this.#atTimer);
      this.#atTimer = setTimeout(() => this.#followGrid(), SETTLED);
    });
  }

  /** @param {import('../viewer/door.js').ViewerDoor} door Where single pictures are shown. */
  use(door) {
    this.#door = door;
  }

  /**
   * @param {Partial<Place>} patch
   * @param {'push'|'replace'} how
   */
  set(patch, how) {
    const place = { ...this.#store.state.place, ...patch };
    const address = location.pathname + formatAddress(place);
    if (address !== location.pathname + location.search) {
      if (how === 'push') history.pushState(null, '', address);
      else history.replaceState(null, '', address);
    }
    this.#store.update({ place });
  }

  /** @param {import('../shared/address.js').Room} room */
  go(room) {
    this.#closeSheet();
    if (this.#store.state.place.room !== room) this.set({ room, open: null }, 'push');
  }

  /** @param {Query} query */
  show(query) {
    this.#closeSheet();
    const before = this.#store.state.place;
    this.set({ room: 'grid', query, at: 0, open: null }, 'push');
    if (sameQuery(before.query, query)) this.#grid.scrollTo(0);
    else this.#arrive(before);
  }

  /**
   * @param {Query} query
   * @param {number} at
   * @param {number|null} open
   */
  async openQuery(query, at, open) {
    this.#door?.hide();
    this.#grid.picking.clear();
    this.#store.update({ focus: -1 });
    this.#grid.placeNext(at, 12);
    const result = await this.#results.open(query, { at });
    if (result && open !== null) this.openByID(open);
  }

  /** @param {number} id */
  async openByID(id) {
    const { result } = this.#store.state;
    if (!result) return;
    try {
      const { position } = await api.position(result.token, id);
      if (this.#store.state.place.open === id) this.#door?.show(position, id, false);
    } catch {
      this.set({ open: null }, 'replace');
      toast('The picture of this address is not in the list.', { tone: 'error' });
    }
  }

  /**
   * Makes the page show what the store's place says.
   * @param {Place} before
   */
  #arrive(before) {
    const { place, result } = this.#store.state;
    if (!sameQuery(before.query, place.query) || !result) {
      this.openQuery(place.query, place.at, place.open);
      return;
    }
    if (place.open === null) this.#door?.hide();
    else if (this.#door?.asset?.id !== place.open) this.openByID(place.open);
    if (place.at !== before.at && place.open === null && before.open === null) this.#grid.reveal(place.at, 'start');
  }

  #followGrid() {
    const { place, result } = this.#store.state;
    if (!result || place.room !== 'grid' || place.open !== null || !sameQuery(result.query, place.query)) return;
    this.set({ at: this.#grid.map.top < 8 ? 0 : this.#grid.firstVisible }, 'replace');
  }
}
