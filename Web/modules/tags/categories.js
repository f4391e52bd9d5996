// The categories of tags: their names, colours and order, and new ones.
import { showPanel } from '../shared/ask.js';
import { create, icon, iconButton } from '../shared/dom.js';
import { toast } from '../shared/toasts.js';
import { asking } from './asking.js';
import { allCategories } from './colors.js';

/** Colours new categories begin with, one after the other. */
const COLORS = ['#c2410c', '#0f766e', '#7c3aed', '#be185d', '#4d7c0f', '#1d4ed8'];

/** @typedef {import('./colors.js').Category} Category */

/**
 * Shows the categories in a dialog.
 * @param {import('./changes.js').Changes} changes
 */
export function showCategories(changes) {
  const list = create('ul', { class: 'category-list' });
  const draw = () => list.replaceChildren(...allCategories().map((category, at, all) => row(category, all[at - 1], change)));
  /**
   * @param {Partial<Category> & {id?: number}} patch
   * @param {string} words
   */
  const change = (patch, words) => changes.run(async () => {
    const { undo = 0 } = await asking.setCategory(patch);
    return { changed: 1, undo: undo ?? 0 };
  }, () => words);
  const refresh = async () => {
    const { useCategories } = await import('./colors.js');
    await asking.categories().then(({ categories }) => useCategories(categories)).catch((error) => toast(String(error.message), { tone: 'error' }));
    draw();
  };
  /** @type {HTMLInputElement} */
  const input = create('input', { type: 'text', placeholder: 'New category', 'aria-label': 'New category', maxlength: 64 });
  const make = () => {
    const name = input.value.trim();
    input.value = '';
    if (name) change({ name, color: COLORS[allCategories().length % COLORS.length] }, `Made the category ${name}.`);
  };
  input.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') make();
  });
  draw();
  const dialog = showPanel('Categories', [list, create('div', { class: 'field' }, [icon('plus'), input])]);
  dialog.addEventListener('close', changes.listen(refresh));
}

/**
 * @param {Category} category
 * @param {Category|undefined} above
 * @param {(patch: Partial<Category> & {id?: number}, words: string) => void} change
 */
function row(category, above, change) {
  const { id, name } = category;
  const color = create('input', { type: 'color', 'aria-label': `Colour of ${name}`, value: category.color });
  color.addEventListener('change', () => change({ id, color: color.value }, `${name} has another colour now.`));
  const field = create('input', { type: 'text', 'aria-label': `Name of ${name}`, value: name, maxlength: 64 });
  field.addEventListener('change', () => {
    const given = field.value.trim();
    if (given && given !== name) change({ id, name: given }, `${name} is called ${given} now.`);
  });
  return create('li', { class: 'category-row' }, [
    color, create('div', { class: 'field' }, [field]),
    above ? iconButton('up', `Put ${name} before ${above.name}`, () => change({ id, order: Math.max(0, above.order - 1) }, `${name} comes before ${above.name}.`)) : null,
  ]);
}
