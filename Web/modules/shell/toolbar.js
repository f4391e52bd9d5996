// The bar at the top: where one is, how it is shown, and the budget at a glance.
import { FIRST_ORDER } from '../shared/address.js';
import { create, icon, iconButton, setText } from '../shared/dom.js';
import { formatCount, formatMemory } from '../shared/format.js';
import { openMenu } from '../shared/menu.js';
import { LARGEST_TILE, SMALLEST_TILE } from '../shared/preferences.js';

/** @type {[import('../shared/types.js').Sort, string, string, string][]} */
const SORTS = [
  ['captured', 'Time taken', 'Oldest first', 'Newest first'],
  ['name', 'Name', 'A to Z', 'Z to A'],
  ['path', 'Folder and name', 'A to Z', 'Z to A'],
  ['size', 'File size', 'Smallest first', 'Largest first'],
  ['added', 'Time added', 'Oldest first', 'Newest first'],
  ['rating', 'Stars', 'Fewest first', 'Most first'],
  ['random', 'Shuffled', '', ''],
];

/**
 * @typedef {object} ToolbarActions
 * @property {(query: Partial<import('../shared/types.js').Query>) => void} changeQuery
 * @property {(preferences: Partial<import('../shared/preferences.js').Preferences>) => void} setPreferences
 * @property {(room: import('../shared/address.js').Room) => void} go
 * @property {() => void} toggleRail
 * @property {() => void} toggleInspector
 * @property {() => void} showKeys
 * @property {() => void} clearSelection
 * @property {() => void} copyPaths
 * @property {() => void} editTags
 * @property {() => void} focusSearch
 */

/**
 * @param {import('../shared/state.js').AppStore} store
 * @param {HTMLElement} element
 * @param {HTMLElement} search The search field.
 * @param {ToolbarActions} actions
 */
export function buildToolbar(store, element, search, actions) {
  const narrow = matchMedia('(max-width: 760px)');
  const title = create('h1');
  const count = create('span', { class: 'toolbar-count' });
  const section = create('span', { class: 'toolbar-section' });
  const selected = create('span');
  const selection = create('div', { class: 'toolbar-selection' }, [
    selected,
    iconButton('tag', 'Tags of the selection', actions.editTags, { key: 't' }),
    iconButton('copy', 'Copy paths of the selection', actions.copyPaths, { key: 'Ctrl+C' }),
    iconButton('close', 'Select nothing', actions.clearSelection, { key: 'Esc' }),
  ]);

  const sortName = create('span', { class: 'is-roomy-only' });
  /** @type {HTMLButtonElement} */
  const sort = create('button', {
    type: 'button', class: 'icon-button', 'aria-haspopup': 'menu', 'aria-expanded': 'false',
    title: 'Order', 'aria-label': 'Order',
    onclick: () => openMenu(sort, sortMenu(store.state.place.query, actions)),
  }, [icon('sort'), sortName]);

  const squares = iconButton('square', 'Squares', () => actions.setPreferences({ layout: 'square' }), { key: 'v' });
  const rows = iconButton('justified', 'Whole pictures in rows', () => actions.setPreferences({ layout: 'justified' }), { key: 'v' });
  /** @type {HTMLInputElement} */
  const size = create('input', {
    type: 'range', min: SMALLEST_TILE, max: LARGEST_TILE, step: '4', 'aria-label': 'Size of thumbnails',
    title: 'Size  (+ and −)',
    oninput: () => actions.setPreferences({ tile: Number(size.value) }),
  });

  const fill = create('div', { class: 'meter-fill' });
  const used = create('span');
  const meter = create('button', {
    type: 'button', class: 'meter', onclick: () => actions.go('memory'),
  }, [create('span', { class: 'meter-bar' }, [fill]), used]);

  const rail = iconButton('rail', 'Library panel', actions.toggleRail, { key: '[' });
  const inspector = iconButton('inspector', 'Inspector', actions.toggleInspector, { key: 'i' });
  const gridOnly = create('div', { class: 'toolbar-group' }, [
    sort,
    create('div', { class: 'segmented is-wide-only', role: 'group', 'aria-label': 'Layout' }, [squares, rows]),
    create('div', { class: 'toolbar-group is-wide-only' }, [size]),
  ]);
  /** @type {HTMLButtonElement} */
  const more = iconButton('menu', 'More', () => openMenu(more, [
    { title: 'Squares', checked: store.state.preferences.layout === 'square', run: () => actions.setPreferences({ layout: 'square' }) },
    { title: 'Whole pictures', checked: store.state.preferences.layout === 'justified', run: () => actions.setPreferences({ layout: 'justified' }) },
    { title: 'Larger', divided: true, checked: false, run: () => actions.setPreferences({ tile: store.state.preferences.tile * 1.25 }) },
    { title: 'Smaller', checked: false, run: () => actions.setPreferences({ tile: store.state.preferences.tile / 1.25 }) },
    ...themeItems(store, actions),
  ]), { class: 'is-narrow-only' });
  /** @type {HTMLButtonElement} */
  const theme = iconButton('auto', 'Light or dark', () => openMenu(theme, [
    ...themeItems(store, actions).map((item) => ({ ...item, divided: false })),
    { title: 'All keys', key: '?', divided: true, run: actions.showKeys },
  ]), { class: 'is-wide-only' });

  const searchButton = iconButton('filter', 'Search', actions.focusSearch, { key: '/', class: 'is-narrow-only' });
  element.append(
    rail,
    create('div', { class: 'toolbar-title' }, [title, count, section]),
    search,
    selection,
    searchButton,
    gridOnly,
    create('div', { class: 'toolbar-divider is-wide-only' }),
    create('div', { class: 'toolbar-group is-wide-only' }, [meter]),
    theme, more, inspector,
  );

  store.watch(['place', 'folders', 'library', 'result'], () => {
    const { place, folders, library } = store.state;
    const folder = folders.find(({ id }) => id === place.query.folder);
    const name = place.room === 'tags' ? 'Tags'
      : place.room === 'problems' ? 'Problems'
      : place.room === 'memory' ? 'Memory'
      : folder?.name ?? (place.query.text ? (narrow.matches ? place.query.text : 'Search') : null) ?? viewName(place.query) ?? library?.name ?? 'Library';
    setText(title, name);
    document.title = `${place.room === 'grid' && place.query.text ? place.query.text : name} · Albumen`;
    element.classList.toggle('is-searching', place.query.text !== '');
    gridOnly.hidden = place.room !== 'grid';
    inspector.hidden = place.room !== 'grid';
    section.hidden = place.room !== 'grid';
    count.hidden = place.room !== 'grid';
    const entry = SORTS.find(([key]) => key === place.query.sort);
    setText(sortName, store.state.result?.orderedBy ? 'As searched' : entry?.[1] ?? '');
  });
  store.watch(['result', 'section'], () => {
    const { result } = store.state;
    setText(count, result ? formatCount(result.count) : '');
    setText(section, store.state.section);
  });
  store.watch(['selectionCount', 'place'], () => {
    const { selectionCount, place } = store.state;
    selection.hidden = selectionCount < 2 || place.room !== 'grid';
    setText(selected, `${formatCount(selectionCount)} selected`);
  });
  store.watch(['preferences'], () => {
    const { layout, tile, rail: hasRail, inspector: hasInspector, theme: name } = store.state.preferences;
    squares.setAttribute('aria-pressed', String(layout === 'square'));
    rows.setAttribute('aria-pressed', String(layout === 'justified'));
    rail.setAttribute('aria-pressed', String(hasRail));
    inspector.setAttribute('aria-pressed', String(hasInspector));
    if (document.activeElement !== size) size.value = String(tile);
    theme.querySelector('use')?.setAttribute('href', `/static/icons.svg#${{ system: 'auto', light: 'sun', dark: 'moon' }[name]}`);
  });
  store.watch(['memory', 'library'], () => {
    const memory = store.state.memory ?? store.state.library?.memory;
    meter.hidden = !memory;
    if (!memory) return;
    const share = memory.limit > 0 ? memory.pss / memory.limit : 0;
    fill.style.setProperty('transform', `scaleX(${Math.min(1, share)})`);
    meter.classList.toggle('is-high', share > 0.98);
    setText(used, `${Math.round(memory.pss / 1048576)} / ${Math.round(memory.limit / 1048576)} MiB`);
    meter.title = `All processes use ${formatMemory(memory.pss)} of the ${formatMemory(memory.limit)} budget  (g then m)`;
    meter.setAttribute('aria-label', meter.title);
  });
}

/**
 * @param {import('../shared/types.js').Query} query
 */
function viewName(query) {
  if (query.kind === 'video') return 'Videos';
  if (query.kind === 'image') return 'Pictures';
  if (query.sort === 'added' && query.order === 'desc') return 'Recently added';
  return null;
}

/**
 * @param {import('../shared/types.js').Query} query
 * @param {ToolbarActions} actions
 * @returns {import('../shared/menu.js').MenuItem[]}
 */
function sortMenu(query, actions) {
  /** @type {import('../shared/menu.js').MenuItem[]} */
  const items = SORTS.map(([key, title]) => ({
    title,
    checked: query.sort === key,
    run: () => actions.changeQuery({
      sort: key,
      order: query.sort === key ? query.order : FIRST_ORDER[key],
      seed: key === 'random' ? Math.floor(Math.random() * 2 ** 31) : 0,
    }),
  }));
  const entry = SORTS.find(([key]) => key === query.sort);
  if (entry && entry[2]) {
    items.push(
      { title: entry[2], divided: true, checked: query.order === 'asc', run: () => actions.changeQuery({ order: 'asc' }) },
      { title: entry[3], checked: query.order === 'desc', run: () => actions.changeQuery({ order: 'desc' }) },
    );
  }
  return items;
}

/**
 * @param {import('../shared/state.js').AppStore} store
 * @param {ToolbarActions} actions
 * @returns {import('../shared/menu.js').MenuItem[]}
 */
function themeItems(store, actions) {
  const { theme } = store.state.preferences;
  return [
    { title: 'As the system', divided: true, checked: theme === 'system', run: () => actions.setPreferences({ theme: 'system' }) },
    { title: 'Light', checked: theme === 'light', run: () => actions.setPreferences({ theme: 'light' }) },
    { title: 'Dark', checked: theme === 'dark', run: () => actions.setPreferences({ theme: 'dark' }) },
  ];
}
