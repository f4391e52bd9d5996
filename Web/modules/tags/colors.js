// The colours of tags' categories, as custom properties: the style sheet makes them readable on light and
// dark, so any colour may be chosen.

/** @typedef {{id: number, name: string, color: string, order: number}} Category */

/** @type {Map<string, Category>} */
let categories = new Map();

/**
 * In which order they are shown.
 * @returns {Category[]}
 */
export function allCategories() {
  return [...categories.values()].sort((left, right) => left.order - right.order || left.id - right.id);
}

/** @param {string|null|undefined} name */
export function orderOfCategory(name) {
  return categories.get(name ?? '')?.order ?? Infinity;
}

/**
 * Makes the categories known; elements that are there take new colours by themselves.
 * @param {Category[]} list
 */
export function useCategories(list) {
  const { style } = document.documentElement;
  for (const { id } of categories.values()) style.removeProperty(`--category-${id}`);
  categories = new Map(list.map((category) => [category.name, category]));
  for (const { id, color } of list) style.setProperty(`--category-${id}`, color);
}

/**
 * Gives an element the colour of a category; without one it has none.
 * @param {HTMLElement} element
 * @param {string|null|undefined} name
 */
export function tint(element, name) {
  const category = categories.get(name ?? '');
  if (category) element.style.setProperty('--category', `var(--category-${category.id})`);
  else element.style.removeProperty('--category');
}
