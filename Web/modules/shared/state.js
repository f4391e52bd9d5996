// What the page knows; every view reads from here and nowhere else.
import { parseAddress } from './address.js';
import { LARGEST_TILE, loadPreferences, savePreferences, SMALLEST_TILE } from './preferences.js';
import { Store } from './store.js';

/**
 * An open result: its order does not change, whatever happens in the library.
 * @typedef {object} Result
 * @property {string} token
 * @property {number} count
 * @property {Uint8Array} aspects
 * @property {import('../grid/layout.js').Section[]} sections Months, when it is sorted by time.
 * @property {number} changeNumber
 * @property {import('./types.js').Query} query
 * @property {string|null} orderedBy Set when the query's text says the order.
 * @property {string[]} didYouMean
 * @property {number} milliseconds From the question to the answer.
 */

/**
 * @typedef {object} State
 * @property {import('./address.js').Place} place
 * @property {import('./preferences.js').Preferences} preferences
 * @property {Result|null} result
 * @property {'loading'|'ready'|'failed'} resultState
 * @property {string} resultError
 * @property {import('./api.js').ApiError|null} queryError Why the query's text could not be read.
 * @property {import('./types.js').LibraryInfo|null} library
 * @property {import('./types.js').Counts|null} counts
 * @property {number} changeNumber The library's latest.
 * @property {import('./types.js').Folder[]} folders
 * @property {number} tagsVersion Grows when tags, albums or searches have changed.
 * @property {import('./types.js').ScanState|null} scan
 * @property {import('./types.js').MemoryState|null} memory
 * @property {import('./types.js').ThumbnailState|null} thumbnails
 * @property {'connecting'|'online'|'offline'} connection
 * @property {number} focus Position of the focused item, or -1.
 * @property {number} selectionCount
 * @property {number} selectionVersion Grows with every change of the selection.
 * @property {string} section The month at the top of the grid.
 * @property {number} shownCount How many tiles exist; constant while scrolling.
 */

/** @typedef {Store<State>} AppStore */

/** @returns {AppStore} */
export function createStore() {
  /** @type {State} */
  const state = {
    place: parseAddress(location.search),
    preferences: loadPreferences(),
    result: null,
    resultState: 'loading',
    resultError: '',
    queryError: null,
    library: null,
    counts: null,
    changeNumber: 0,
    folders: [],
    tagsVersion: 0,
    scan: null,
    memory: null,
    thumbnails: null,
    connection: 'connecting',
    focus: -1,
    selectionCount: 0,
    selectionVersion: 0,
    section: '',
    shownCount: 0,
  };
  return new Store(state);
}

/**
 * Changes what the reader has set, here and for the next time.
 * @param {AppStore} store
 * @param {Partial<import('./preferences.js').Preferences>} patch
 */
export function changePreferences(store, patch) {
  const preferences = { ...store.state.preferences, ...patch };
  preferences.tile = Math.round(Math.min(LARGEST_TILE, Math.max(SMALLEST_TILE, preferences.tile)));
  store.update({ preferences });
  savePreferences(preferences);
}
