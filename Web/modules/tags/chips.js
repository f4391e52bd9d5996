// Chips of tags, in groups by category.
import { create, iconButton } from '../shared/dom.js';
import { formatCount, plural } from '../shared/format.js';
import { orderOfCategory, tint } from './colors.js';

/** @typedef {import('./asking.js').TagOfSome} TagOfSome */
/** @typedef {'all'|'some'|'none'} Share */

/** @type {Record<string, string>} */
const ORIGINS = { imported: 'read from the file', user: 'added by hand', rule: 'implied by another tag', model: 'found by a model' };
/**
 * Said behind a name only where it is not simply so.
 * @type {Record<string, string>}
 */
const SIGNS = { rule: 'implied', model: 'model' };

/**
 * Tags by category, in the categories' order; inside of one by how many have them, then by name.
 * @template {{name: string, category: string, count?: number}} Item
 * @param {Item[]} tags
 * @returns {[string, Item[]][]}
 */
export function byCategory(tags) {
  /** @type {Map<string, Item[]>} */
  const groups = new Map();
  for (const tag of tags) groups.set(tag.category, [...groups.get(tag.category) ?? [], tag]);
  for (const list of groups.values()) {
    list.sort((left, right) => (right.count ?? 0) - (left.count ?? 0) || left.name.localeCompare(right.name));
  }
  return [...groups].sort(([left], [right]) => orderOfCategory(left) - orderOfCategory(right));
}

/**
 * Where a tag comes from, in words.
 * @param {string[]} origins
 * @param {number|null} [confidence] 0 to 1, of a model.
 */
export function describeOrigins(origins, confidence) {
  const words = origins.map((origin) => ORIGINS[origin] ?? origin).join(', ');
  return origins.includes('model') && typeof confidence === 'number'
    ? `${words}, ${Math.round(confidence * 100)} % sure` : words;
}

/** @param {string[]} origins */
export function signOfOrigins(origins) {
  return origins.length === 1 ? SIGNS[origins[0]] ?? '' : '';
}

/**
 * A tag that can be put on and taken off.
 * @param {TagOfSome} tag
 * @param {{share: Share, of: number, isPending: boolean, toggle: () => void, remove: () => void, replace: () => void}} options
 */
export function editableChip(tag, { share, of, isPending, toggle, remove, replace }) {
  const sign = signOfOrigins(tag.origins);
  const chip = create('div', { class: `tag-chip is-${share} ${isPending ? 'is-pending' : ''}`, role: 'none' }, [
    create('button', {
      type: 'button', class: 'tag-chip-name', role: 'checkbox', 'data-tag': tag.name, tabindex: '-1',
      'aria-checked': share === 'all' ? 'true' : share === 'some' ? 'mixed' : 'false',
      title: `${describeOrigins(tag.origins) || 'taken off'}\nClick ${share === 'all' ? 'takes it off' : 'puts it on all'}, F2 replaces it`,
      onclick: toggle, ondblclick: replace,
    }, [
      create('span', { class: 'tag-name', text: tag.name }),
      of > 1 && create('span', {
        class: 'tag-chip-count', text: share === 'all' ? 'all' : formatCount(tag.count),
        title: `${formatCount(tag.count)} of ${plural(of, 'picture')}`,
      }),
      sign && create('span', { class: 'tag-chip-sign', text: sign }),
    ]),
    share !== 'none' && iconButton('close', `Take off ${tag.name}`, remove, { class: 'tag-chip-remove' }),
  ]);
  chip.querySelector('.tag-chip-remove')?.setAttribute('tabindex', '-1');
  tint(chip, tag.category);
  return chip;
}
