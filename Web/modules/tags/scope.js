// Which pictures an action is meant for: the open one, the selected ones, the focused one, or all of them.
import { api } from '../shared/api.js';
import { defaultQuery } from '../shared/address.js';
import { formatCount } from '../shared/format.js';
import { tagTerm } from '../search/text.js';

/** Ids a request may ask for, or name. */
const IDS = 10_000;

/**
 * @typedef {object} Scope
 * @property {string} title
 * @property {number} count
 * @property {(position: number) => boolean} has
 * @property {() => Promise<import('./asking.js').Target>} target
 * @property {import('../shared/types.js').Asset|null} asset When it is a single one.
 */

/**
 * @param {import('../shared/types.js').Asset} asset
 * @param {number} at
 * @returns {Scope}
 */
function scopeOfOne(asset, at) {
  return { title: asset.name, count: 1, has: (position) => position === at, target: async () => ({ assets: [asset.id] }), asset };
}

/**
 * @param {import('../shared/state.js').Result} result
 * @returns {Scope}
 */
export function scopeOfResult(result) {
  return {
    title: `All ${formatCount(result.count)}`, count: result.count, has: () => true,
    target: async () => ({ result: result.token }), asset: null,
  };
}

/**
 * @param {import('../shared/state.js').AppStore} store
 * @param {import('../grid/results.js').Results} results
 * @param {import('../grid/selection.js').Selection} selection
 * @param {import('../shared/types.js').Asset|null} opened What the viewer shows.
 * @returns {Scope|null} Null when nothing is meant.
 */
export function currentScope(store, results, selection, opened) {
  const { result, focus } = store.state;
  if (!result) return null;
  if (opened) return scopeOfOne(opened, focus);
  const { count } = selection;
  if (count <= 1) {
    const at = count === 1 ? selection.first : focus;
    const asset = at >= 0 ? results.asset(at) : undefined;
    return asset ? scopeOfOne(asset, at) : null;
  }
  const spans = [...selection.spans];
  return {
    title: `${formatCount(count)} selected`, count, asset: null,
    has: (position) => spans.some(({ first, last }) => position >= first && position < last),
    target: async () => {
      if (count === result.count) return { result: result.token };
      if (count > IDS) {
        throw new Error(`At most ${formatCount(IDS)} pictures can be changed at once, or all of a search: select fewer, or search for them.`);
      }
      return { assets: await idsOf(result.token, spans) };
    },
  };
}

/**
 * @param {string} token
 * @param {import('../grid/layout.js').Span[]} spans
 */
export async function idsOf(token, spans) {
  const ids = [];
  for (const { first, last } of spans) {
    for (let from = first; from < last; from += IDS) {
      const part = await api.ids(token, from, Math.min(last, from + IDS) - 1);
      for (const id of part.ids) ids.push(id);
    }
  }
  return ids;
}

/**
 * Those of a target that have a tag.
 * @param {import('./asking.js').Target} target
 * @param {string} name
 * @returns {Promise<import('./asking.js').Target>}
 */
export async function targetWithTag(target, name) {
  const query = { ...defaultQuery(), text: tagTerm(name) };
  const { token, count } = await api.openResult(query, { at: 0 }, new AbortController().signal);
  const tagged = new Set(await idsOf(token, [{ first: 0, last: count }]));
  const meant = 'assets' in target ? target.assets : await idsOfResult(target.result);
  return { assets: meant.filter((id) => tagged.has(id)) };
}

/** @param {string} token */
async function idsOfResult(token) {
  const ids = [];
  for (let from = 0; ; from += IDS) {
    const part = await api.ids(token, from, from + IDS - 1);
    for (const id of part.ids) ids.push(id);
    if (part.ids.length < IDS) return ids;
  }
}
