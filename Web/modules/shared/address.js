// The address tells what is shown, so that back, forward, reload and a pasted link all work.

/** @typedef {import('./types.js').Query} Query */
/** @typedef {'grid'|'tags'|'problems'|'memory'} Room */
/** @typedef {{room: Room, query: Query, at: number, open: number|null}} Place */

/** @type {readonly Room[]} */
const ROOMS = ['tags', 'problems', 'memory'];
/** More of a query's text is not kept: an address has to fit into a request's first line. */
export const LONGEST_TEXT = 2000;

export const SORTS = /** @type {const} */ ([
  'captured', 'name', 'path', 'size', 'added', 'rating', 'random',
]);

/** The order people expect first of each sort. */
export const FIRST_ORDER = /** @type {Record<import('./types.js').Sort, 'asc'|'desc'>} */ ({
  captured: 'desc', name: 'asc', path: 'asc', size: 'desc', added: 'desc', rating: 'desc',
  random: 'asc',
});

/** @returns {Query} */
export function defaultQuery() {
  return { text: '', folder: null, kind: '', sort: 'captured', order: 'desc', seed: 0 };
}

/**
 * Reads an address's query string; what it does not understand falls back to the default.
 * @param {string} search
 * @returns {Place}
 */
export function parseAddress(search) {
  const values = new URLSearchParams(search);
  const query = defaultQuery();
  query.text = (values.get('q') ?? '').trim().slice(0, LONGEST_TEXT);
  query.folder = wholeNumber(values.get('folder'));
  const kind = values.get('kind');
  if (kind === 'image' || kind === 'video') query.kind = kind;
  const sort = SORTS.find((name) => name === values.get('sort'));
  if (sort) query.sort = sort;
  const order = values.get('order');
  query.order = order === 'asc' || order === 'desc' ? order : FIRST_ORDER[query.sort];
  query.seed = query.sort === 'random' ? wholeNumber(values.get('seed')) ?? 0 : 0;
  const room = ROOMS.find((name) => name === values.get('view'));
  return {
    room: room ?? 'grid',
    query,
    at: wholeNumber(values.get('at')) ?? 0,
    open: wholeNumber(values.get('open')),
  };
}

/**
 * The query string of a place, without what is at its default; empty for the first page.
 * @param {Place} place
 * @returns {string}
 */
export function formatAddress(place) {
  const { room, query, at, open } = place;
  const values = new URLSearchParams();
  if (room !== 'grid') values.set('view', room);
  if (query.text) values.set('q', query.text);
  if (query.folder !== null) values.set('folder', String(query.folder));
  if (query.kind) values.set('kind', query.kind);
  if (query.sort !== 'captured') values.set('sort', query.sort);
  if (query.order !== FIRST_ORDER[query.sort]) values.set('order', query.order);
  if (query.sort === 'random') values.set('seed', String(query.seed));
  if (at > 0) values.set('at', String(at));
  if (open !== null) values.set('open', String(open));
  const text = values.toString();
  return text ? `?${text}` : '';
}

/**
 * @param {Query} left
 * @param {Query} right
 */
export function sameQuery(left, right) {
  return left.text === right.text && left.folder === right.folder && left.kind === right.kind && left.sort === right.sort &&
    left.order === right.order && left.seed === right.seed;
}

/**
 * @param {string|null} text
 * @returns {number|null}
 */
function wholeNumber(text) {
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null;
}
