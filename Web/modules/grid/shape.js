// How a result is laid out for a width and what the reader has set.
import { JustifiedLayout, SquareLayout } from './layout.js';

/** @typedef {import('./layout.js').Layout} Layout */

const GAP = 4;
/** Left and right of the pictures, and above them where no header is. */
export const PADDING = 12;
export const HEADER = 44;

/**
 * @param {import('../shared/state.js').Result|null} result
 * @param {Pick<import('../shared/preferences.js').Preferences, 'layout'|'tile'>} preferences
 * @param {number} width
 * @returns {Layout}
 */
export function layOut(result, preferences, width) {
  const narrow = width < 520;
  const input = {
    count: result?.count ?? 0,
    width,
    target: narrow ? Math.min(preferences.tile, width / 2.4) : preferences.tile,
    gap: narrow ? 2 : GAP,
    headerHeight: HEADER,
    paddingTop: result && result.sections.length > 0 ? 0 : PADDING,
    paddingBottom: 48,
    sections: result?.sections ?? [],
  };
  return preferences.layout === 'square'
    ? new SquareLayout(input) : new JustifiedLayout(input, result?.aspects ?? new Uint8Array());
}

/**
 * The thumbnails that are sharp enough for a layout's tiles.
 * @param {Layout} layout
 * @returns {256|512}
 */
export function thumbSize(layout) {
  const edge = layout instanceof SquareLayout ? layout.edge * 1.35 : layout.input.target * 1.25;
  return edge * devicePixelRatio > 300 ? 512 : 256;
}
