// What tags, albums and marks ask the server for.
import { getJSON, postJSON } from '../shared/api.js';

/** @typedef {{assets: number[]}|{result: string}} Target Which pictures are meant. */
/** @typedef {{changed: number, undo: number}} Change */
/** @typedef {{id: number, name: string}} TagName */

/**
 * @typedef {object} Tag
 * @property {number} id
 * @property {string} name
 * @property {string} category
 * @property {number} count
 * @property {string[]} aliases
 * @property {TagName[]} implies
 * @property {string|null} [note]
 * @property {{id: number, name: string, category: string, count: number, score: number}[]} [related]
 */

/**
 * @typedef {object} TagOfSome A tag of one or more pictures.
 * @property {number} id
 * @property {string} name
 * @property {string} category
 * @property {number} count How many of the pictures have it.
 * @property {string[]} origins
 */

/** @typedef {{id: number, name: string, kind: 'album'|'pool'|'smart', query: string|null, count: number}} Album */

/**
 * @typedef {object} Marks What people say about pictures.
 * @property {number} [stars]
 * @property {string} [rating]
 * @property {boolean} [favourite]
 * @property {string} [note]
 */

const TAGS = '/api/v1/tags';

/** @typedef {{search: string, category: string, sort: 'count'|'name'}} TagListing */

export const asking = {
  /** @returns {Promise<{categories: import('./colors.js').Category[]}>} */
  categories: () => getJSON('/api/v1/tag-categories'),
  /**
   * Changes the category of an id, or makes one without.
   * @param {Partial<import('./colors.js').Category>} patch
   * @returns {Promise<import('./colors.js').Category & {undo?: number|null}>}
   */
  setCategory: (patch) => postJSON('/api/v1/tag-categories', patch, undefined, patch.id === undefined ? 'POST' : 'PATCH'),
  /** @returns {Promise<{suggestions: {tag: Tag, implies: Tag, count: number, together: number}[]}>} */
  suggestions: () => getJSON(`${TAGS}/suggested-implications`),
  /**
   * @param {TagListing} listing
   * @param {number} position
   * @param {number} count
   * @param {AbortSignal} [signal]
   * @returns {Promise<{total: number, tags: Tag[]}>}
   */
  list: ({ search, category, sort }, position, count, signal) => getJSON(
    `${TAGS}?${new URLSearchParams({ search, category, sort, position: String(position), count: String(count) })}`, signal),
  /**
   * @param {number} id
   * @param {AbortSignal} [signal]
   * @returns {Promise<Tag>}
   */
  tag: (id, signal) => getJSON(`${TAGS}/${id}`, signal),
  /**
   * @param {Target} target
   * @param {AbortSignal} [signal]
   * @returns {Promise<{count: number, tags: TagOfSome[]}>}
   */
  tagsOf: (target, signal) => postJSON(`${TAGS}/of`, target, signal),
  /**
   * @param {Target} target
   * @param {{add?: string[], remove?: string[]}} edit
   * @returns {Promise<Change>}
   */
  edit: (target, edit) => postJSON(`${TAGS}/edit`, { ...target, ...edit }),
  /**
   * @param {number} id
   * @param {{name?: string, category?: string, note?: string}} patch
   * @returns {Promise<Change>}
   */
  change: (id, patch) => postJSON(`${TAGS}/${id}`, patch, undefined, 'PATCH'),
  /** @param {number} id @returns {Promise<Change>} */
  remove: (id) => postJSON(`${TAGS}/${id}`, {}, undefined, 'DELETE'),
  /**
   * @param {number} id
   * @param {number} into
   * @returns {Promise<Change>}
   */
  merge: (id, into) => postJSON(`${TAGS}/${id}/merge`, { into }),
  /**
   * @param {'POST'|'DELETE'} method
   * @param {number} id
   * @param {string} name
   * @returns {Promise<Change>}
   */
  alias: (method, id, name) => postJSON(`${TAGS}/${id}/aliases`, { name }, undefined, method),
  /**
   * @param {'POST'|'DELETE'} method
   * @param {number} id
   * @param {string} implies
   * @returns {Promise<Change>}
   */
  implication: (method, id, implies) => postJSON(`${TAGS}/${id}/implications`, { implies, preview: false }, undefined, method),
  /**
   * @param {'POST'|'DELETE'} method
   * @param {number} id
   * @param {string} implies
   * @returns {Promise<{wouldChange: number}>}
   */
  previewImplication: (method, id, implies) =>
    postJSON(`${TAGS}/${id}/implications`, { implies, preview: true }, undefined, method),
  /**
   * @param {Target} target
   * @param {Marks} marks
   * @returns {Promise<Change>}
   */
  mark: (target, marks) => postJSON('/api/v1/assets/edit', { ...target, ...marks }),
  /** @returns {Promise<{undo: {id: number, label: string, at: string}[]}>} */
  undoable: () => getJSON('/api/v1/undo'),
  /** @param {number} id @returns {Promise<Change>} */
  undo: (id) => postJSON(`/api/v1/undo/${id}`, {}),
  /** @returns {Promise<{albums: Album[]}>} */
  albums: () => getJSON('/api/v1/albums'),
  /**
   * @param {{name: string, kind: Album['kind'], query?: string}} album
   * @returns {Promise<Album>}
   */
  makeAlbum: (album) => postJSON('/api/v1/albums', album),
  /**
   * @param {number} id
   * @param {{name?: string, query?: string}} patch
   * @returns {Promise<Change>}
   */
  changeAlbum: (id, patch) => postJSON(`/api/v1/albums/${id}`, patch, undefined, 'PATCH'),
  /** @param {number} id @returns {Promise<Change>} */
  removeAlbum: (id) => postJSON(`/api/v1/albums/${id}`, {}, undefined, 'DELETE'),
  /**
   * @param {number} id
   * @param {{add?: number[], remove?: number[], order?: number[], position?: number}} edit
   * @returns {Promise<Change>}
   */
  editAlbum: (id, edit) => postJSON(`/api/v1/albums/${id}/edit`, edit),
};
