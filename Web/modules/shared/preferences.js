// What the reader has set, kept in the browser.

/**
 * @typedef {object} Preferences
 * @property {'square'|'justified'} layout
 * @property {number} tile Wanted tile edge or row height in CSS pixels.
 * @property {'system'|'light'|'dark'} theme
 * @property {boolean} rail
 * @property {boolean} facets
 * @property {boolean} inspector
 * @property {number} railWidth
 * @property {number} inspectorWidth
 * @property {boolean} filmstrip
 * @property {number[]} closedFolders
 */

export const SMALLEST_TILE = 72;
export const LARGEST_TILE = 420;

const KEY = 'albumen.preferences';

/** @returns {Preferences} */
function defaults() {
  return {
    layout: 'justified', tile: 184, theme: 'system', rail: true, facets: false, inspector: false, railWidth: 224,
    inspectorWidth: 296, filmstrip: true, closedFolders: [],
  };
}

/**
 * Reads what is kept; a value that makes no sense falls back to its default.
 * @param {string|null} text
 * @returns {Preferences}
 */
export function parsePreferences(text) {
  const result = defaults();
  /** @type {any} */
  let kept = null;
  try {
    kept = JSON.parse(text ?? 'null');
  } catch {
    return result;
  }
  if (typeof kept !== 'object' || kept === null) return result;
  if (kept.layout === 'square' || kept.layout === 'justified') result.layout = kept.layout;
  if (['system', 'light', 'dark'].includes(kept.theme)) result.theme = kept.theme;
  for (const key of /** @type {const} */ (['rail', 'facets', 'inspector', 'filmstrip'])) {
    if (typeof kept[key] === 'boolean') result[key] = kept[key];
  }
  result.tile = within(kept.tile, SMALLEST_TILE, LARGEST_TILE, result.tile);
  result.railWidth = within(kept.railWidth, 160, 420, result.railWidth);
  result.inspectorWidth = within(kept.inspectorWidth, 220, 520, result.inspectorWidth);
  if (Array.isArray(kept.closedFolders)) {
    result.closedFolders = kept.closedFolders.filter(Number.isSafeInteger).slice(0, 5000);
  }
  return result;
}

/**
 * @param {unknown} value
 * @param {number} smallest
 * @param {number} largest
 * @param {number} otherwise
 */
function within(value, smallest, largest, otherwise) {
  if (typeof value !== 'number' || !Number.isFinite(value)) return otherwise;
  return Math.min(largest, Math.max(smallest, value));
}

/** @returns {Preferences} */
export function loadPreferences() {
  try {
    return parsePreferences(localStorage.getItem(KEY));
  } catch {
    return defaults();
  }
}

/** @param {Preferences} preferences */
export function savePreferences(preferences) {
  try {
    localStorage.setItem(KEY, JSON.stringify(preferences));
  } catch {
    // A browser without storage forgets; nothing else depends on it.
  }
}
