// Opening a result: its shape and the pages around the place that will be looked at.
import { api } from '../shared/api.js';
import { sectionsOf } from './sections.js';

/** @typedef {import('../shared/types.js').Query} Query */
/** @typedef {import('../shared/types.js').Asset} Asset */

/** Assets of a page. */
export const PAGE = 100;

/**
 * @typedef {object} Opened
 * @property {import('../shared/state.js').Result} result
 * @property {{page: number, assets: Asset[]}[]} ready
 */

/**
 * @param {Query} query
 * @param {(token: string, count: number) => Promise<number>} place Finds the position that will be
 *   looked at.
 * @param {AbortSignal} signal
 * @returns {Promise<Opened>}
 */
export async function openResult(query, place, signal) {
  const info = await api.openResult(query, signal);
  const { token, count, changeNumber } = info;
  const [aspects, timeline, ready] = await Promise.all([
    count > 0 ? api.aspects(token, signal) : new Uint8Array(),
    query.sort === 'captured' && count > 0 ? api.timeline(token, signal) : null,
    count > 0 ? pagesAround(token, count, place, signal) : [],
  ]);
  const sections = timeline ? sectionsOf(timeline.buckets, timeline.undated) : [];
  return { result: { token, count, aspects, sections, query, changeNumber }, ready };
}

/**
 * @param {string} token
 * @param {number} count
 * @param {(token: string, count: number) => Promise<number>} place
 * @param {AbortSignal} signal
 */
async function pagesAround(token, count, place, signal) {
  const position = await place(token, count).catch(() => 0);
  const middle = Math.floor(Math.min(position, count - 1) / PAGE);
  const pages = [middle - 1, middle, middle + 1, middle + 2]
    .filter((page) => page >= 0 && page * PAGE < count);
  return Promise.all(pages.map(async (page) => {
    const { assets } = await api.assets(token, page * PAGE, Math.min(PAGE, count - page * PAGE), signal);
    return { page, assets };
  }));
}
