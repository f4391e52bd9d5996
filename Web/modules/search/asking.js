// What the search asks the server for.
import { getJSON, postJSON, request } from '../shared/api.js';

/** @typedef {import('./text.js').Chip} Chip */

/**
 * @typedef {object} Completion
 * @property {string} insert
 * @property {string} label
 * @property {'tag'|'alias'|'field'|'value'} kind
 * @property {string|null} [category]
 * @property {number|null} [count]
 * @property {string|null} [alias] The other name that was typed.
 * @property {string|null} [summary] Of a field: what it finds.
 */

/** @typedef {{from: number, to: number, items: Completion[]}} Completions */
/** @typedef {{message: string, position: number, length: number, suggestions: string[]}} QueryProblem */
/** @typedef {{value: string, label: string, count: number, query: string, category?: string|null}} FacetValue */
/** @typedef {{field: string, values: FacetValue[]}} Facet */
/** @typedef {{id: number, name: string, query: string}} SavedSearch */

export const asking = {
  /**
   * @param {string} text
   * @param {number} cursor In UTF-16.
   * @param {AbortSignal} [signal]
   * @returns {Promise<Completions>}
   */
  complete: (text, cursor, signal) =>
    getJSON(`/api/v1/search/complete?${new URLSearchParams({ q: text, at: String(cursor), limit: '12' })}`, signal),
  /**
   * @param {string} text
   * @param {AbortSignal} [signal]
   * @returns {Promise<{chips: Chip[], error: QueryProblem|null}>}
   */
  tokens: (text, signal) => getJSON(`/api/v1/search/tokens?${new URLSearchParams({ q: text })}`, signal),
  /**
   * @param {string} token Of a result.
   * @param {string[]} fields
   * @param {AbortSignal} signal
   * @returns {Promise<{count: number, facets: Facet[]}>}
   */
  facets: (token, fields, signal) => getJSON(`/api/v1/results/${token}/facets?fields=${fields.join(',')}&limit=24`, signal),
  /** @returns {Promise<{searches: SavedSearch[]}>} */
  searches: () => getJSON('/api/v1/searches'),
  /**
   * @param {string} name
   * @param {string} query
   * @returns {Promise<SavedSearch>}
   */
  saveSearch: (name, query) => postJSON('/api/v1/searches', { name, query }),
  /** @param {number} id */
  forgetSearch: (id) => request(`/api/v1/searches/${id}`, { method: 'DELETE' }),
  /**
   * @param {AbortSignal} [signal]
   * @returns {Promise<{history: {query: string}[]}>}
   */
  history: (signal) => getJSON('/api/v1/searches/history', signal),
  /** @param {string} query */
  noteSearch: (query) => postJSON('/api/v1/searches/history', { query }),
  forgetHistory: () => request('/api/v1/searches/history', { method: 'DELETE' }),
};
