// The panel at the left: everything, folders as a tree, and the rooms.
import { defaultQuery } from '../shared/address.js';
import { create, icon, setText } from '../shared/dom.js';
import { formatCount } from '../shared/format.js';

/** @typedef {import('../shared/types.js').Folder} Folder */
/** @typedef {import('../shared/types.js').Query} Query */

/**
 * @typedef {object} RailActions
 * @property {(query: Query) => void} open
 * @property {(room: import('../shared/address.js').Room) => void} go
 * @property {(preferences: Partial<import('../shared/preferences.js').Preferences>) => void} setPreferences
 */

/**
 * @param {import('../shared/state.js').AppStore} store
 * @param {HTMLElement} element
 * @param {RailActions} actions
 */
export function buildRail(store, element, actions) {
  /** @type {{item: HTMLElement, isCurrent: () => boolean}[]} */
  const items = [];

  /**
   * @param {string} name
   * @param {string} title
   * @param {() => void} run
   * @param {() => boolean} isCurrent
   */
  const add = (name, title, run, isCurrent) => {
    const count = create('span', { class: 'rail-count' });
    const item = create('button', { type: 'button', class: 'rail-item', onclick: run }, [
      icon(name), create('span', { class: 'rail-name', text: title }), count,
    ]);
    items.push({ item, isCurrent });
    return { item, count };
  };
  /** @param {Partial<Query>} part */
  const view = (part) => () => actions.open({ ...defaultQuery(), ...part });
  const inGrid = () => store.state.place.room === 'grid' && store.state.place.query.folder === null && !store.state.place.query.text;
  const isRecent = () => store.state.place.query.sort === 'added' && store.state.place.query.order === 'desc';
  const kind = () => store.state.place.query.kind;

  const all = add('photos', 'All', view({}), () => inGrid() && !kind() && !isRecent());
  const pictures = add('image', 'Pictures', view({ kind: 'image' }), () => inGrid() && kind() === 'image');
  const videos = add('video', 'Videos', view({ kind: 'video' }), () => inGrid() && kind() === 'video');
  const favourites = add('heart', 'Favourites', view({ text: 'is:favourite' }), () => store.state.place.room === 'grid' && store.state.place.query.text === 'is:favourite');
  const recent = add('recent', 'Recently added', view({ sort: 'added' }), () => inGrid() && !kind() && isRecent());
  const tags = add('tag', 'Tags', () => actions.go('tags'), () => store.state.place.room === 'tags');
  const problems = add('problem', 'Problems', () => actions.go('problems'), () => store.state.place.room === 'problems');
  const memory = add('memory', 'Memory', () => actions.go('memory'), () => store.state.place.room === 'memory');
  const tree = create('div', { role: 'tree', 'aria-label': 'Folders', id: 'folders' });
  tree.addEventListener('keydown', (event) => treeKey(event, tree));

  element.append(
    create('div', { class: 'rail-scroll' }, [
      all.item, pictures.item, videos.item, favourites.item, recent.item, tags.item,
      create('div', { id: 'shelves' }),
      create('h2', { class: 'rail-heading', text: 'Folders' }), tree,
    ]),
    create('div', { class: 'rail-foot' }, [problems.item, memory.item]),
  );

  store.watch(['place'], () => {
    for (const { item, isCurrent } of items) {
      if (isCurrent()) item.setAttribute('aria-current', 'page');
      else item.removeAttribute('aria-current');
    }
  });
  store.watch(['counts'], () => {
    const { counts } = store.state;
    if (!counts) return;
    setText(all.count, formatCount(counts.assets));
    setText(pictures.count, formatCount(counts.images));
    setText(videos.count, formatCount(counts.videos));
    const bad = counts.broken + counts.missing;
    setText(problems.count, bad > 0 ? formatCount(bad) : '');
    problems.count.classList.toggle('is-alarm', bad > 0);
  });
  store.watch(['folders', 'place', 'preferences'], () => drawTree(store, tree, actions));
}

/**
 * @param {import('../shared/state.js').AppStore} store
 * @param {HTMLElement} tree
 * @param {RailActions} actions
 */
function drawTree(store, tree, actions) {
  const { folders, place, preferences } = store.state;
  /** @type {Map<number|null, Folder[]>} */
  const children = new Map();
  for (const folder of folders) {
    const siblings = children.get(folder.parentId);
    if (siblings) siblings.push(folder);
    else children.set(folder.parentId, [folder]);
  }
  const collator = new Intl.Collator('en', { numeric: true });
  const focused = document.activeElement instanceof HTMLElement && tree.contains(document.activeElement)
    ? document.activeElement.dataset.folder : undefined;
  const closed = new Set(preferences.closedFolders);
  /** @type {HTMLElement[]} */
  const rows = [];

  /** @param {Folder} folder @param {number} depth */
  const add = (folder, depth) => {
    const below = (children.get(folder.id) ?? []).sort((left, right) => collator.compare(left.name, right.name));
    // Deep folders start closed; roots and their children start open.
    const isOpen = below.length > 0 && (depth < 1 ? !closed.has(folder.id) : closed.has(-folder.id));
    const isCurrent = place.room === 'grid' && place.query.folder === folder.id;
    const key = depth < 1 ? folder.id : -folder.id;
    const toggle = create('button', {
      type: 'button', class: `tree-toggle ${below.length === 0 ? 'is-leaf' : ''}`, tabindex: '-1',
      'aria-label': isOpen ? `Close ${folder.name}` : `Open ${folder.name}`,
      'aria-expanded': String(isOpen),
      onclick: () => {
        const next = new Set(closed);
        if (!next.delete(key)) next.add(key);
        actions.setPreferences({ closedFolders: [...next] });
      },
    }, [icon('chevron')]);
    const offline = folder.state === 'offline';
    const item = create('button', {
      type: 'button', class: `rail-item ${offline ? 'is-offline' : ''}`, role: 'treeitem',
      'data-folder': folder.id, 'aria-level': depth + 1,
      'aria-expanded': below.length > 0 ? String(isOpen) : null,
      'aria-current': isCurrent ? 'page' : null,
      'aria-selected': String(isCurrent),
      title: offline ? `${folder.path}\nNot reachable now: it comes back with everything it had.` : folder.path,
      onclick: () => actions.open({ ...defaultQuery(), folder: folder.id }),
    }, [
      icon(offline ? 'offline' : folder.parentId === null ? 'drive' : 'folder'),
      create('span', { class: 'rail-name', text: folder.name }),
      create('span', { class: 'rail-count', text: offline ? 'offline' : formatCount(folder.totalCount) }),
    ]);
    const row = create('div', { class: `tree-row ${isCurrent ? 'is-current' : ''}`, role: 'none' }, [toggle, item]);
    row.style.setProperty('--depth', String(Math.min(depth, 8)));
    rows.push(row);
    if (isOpen) for (const child of below) add(child, depth + 1);
  };
  for (const root of children.get(null) ?? []) add(root, 0);
  tree.replaceChildren(...rows);
  if (focused) {
    /** @type {HTMLElement|null} */ (tree.querySelector(`[data-folder="${focused}"]`))?.focus();
  }
}

/**
 * Arrow keys in the tree: up and down walk, left and right close and open.
 * @param {KeyboardEvent} event
 * @param {HTMLElement} tree
 */
function treeKey(event, tree) {
  const rows = [...tree.querySelectorAll('[role=treeitem]')];
  const at = rows.indexOf(/** @type {Element} */ (document.activeElement));
  if (at < 0) return;
  const expanded = rows[at].getAttribute('aria-expanded');
  const toggle = rows[at].previousElementSibling;
  let next = at;
  if (event.key === 'ArrowDown') next = at + 1;
  else if (event.key === 'ArrowUp') next = at - 1;
  else if (event.key === 'Home') next = 0;
  else if (event.key === 'End') next = rows.length - 1;
  else if (event.key === 'ArrowRight' && expanded === 'false' || event.key === 'ArrowLeft' && expanded === 'true') {
    if (toggle instanceof HTMLElement) toggle.click();
  } else return;
  event.preventDefault();
  event.stopPropagation();
  const target = rows[next];
  if (next !== at && target instanceof HTMLElement) target.focus();
}
