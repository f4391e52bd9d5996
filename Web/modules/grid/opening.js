// Opening a result: its shape and the assets around the place that will be looked at, in one answer.
import { api } from '../shared/api.js';
import { sectionsOf } from './sections.js';

/** @typedef {import('../shared/types.js').Query} Query */
/** @typedef {import('../shared/types.js').Asset} Asset */

/** Assets of a page. */
export const PAGE = 100;

/** @typedef {{at: number, asset?: number}} Spot A position, or the asset that holds the place. */

/**
 * @typedef {object} Opened
 * @property {import('../shared/state.js').Result} result
 * @property {number} position Of the spot.
 * @property {{page: number, assets: Asset[]}[]} ready
 */

/**
 * @param {Query} query
 * @param {Spot} spot
 * @param {AbortSignal} signal
 * @returns {Promise<Opened>}
 */
export async function openResult(query, spot, signal) {
  const asked = performance.now();
  const answer = await api.openResult(query, spot, signal);
  const milliseconds = performance.now() - asked;
  const { token, count, changeNumber, position, timeline, orderedBy = null, didYouMean = [] } = answer;
  const aspects = answer.aspects === null ? await api.aspects(token, signal) : bytesOf(answer.aspects);
  const sections = query.sort === 'captured' && !orderedBy ? sectionsOf(timeline.buckets, timeline.undated) : [];
  return {
    result: {
      token, count, aspects, sections, query, changeNumber, orderedBy, didYouMean, milliseconds,
    },
    position,
    ready: pagesOf(answer.first, answer.assets, count),
  };
}

/**
 * @param {number} first Position of the first of them.
 * @param {Asset[]} assets
 * @param {number} count Of the whole result.
 */
function pagesOf(first, assets, count) {
  const pages = [];
  for (let at = 0; at < assets.length; at += PAGE) {
    const part = assets.slice(at, at + PAGE);
    // A page that is not whole is asked for by itself.
    if ((first + at) % PAGE !== 0 || part.length < Math.min(PAGE, count - first - at)) continue;
    pages.push({ page: (first + at) / PAGE, assets: part });
  }
  return pages;
}

/**
 * @param {string} text Base64.
 * @returns {Uint8Array}
 */
function bytesOf(text) {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at);
  return bytes;
}
