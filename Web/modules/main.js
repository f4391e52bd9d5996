// Wires the rooms together: events and actions change the store, views follow it.
import { Grid } from './grid/grid.js';
import { Results } from './grid/results.js';
import { Thumbs } from './grid/thumbs.js';
import { Timeline } from './grid/timeline.js';
import { defaultQuery, formatAddress, parseAddress, sameQuery } from './shared/address.js';
import { api } from './shared/api.js';
import { byId, create, icon, once } from './shared/dom.js';
import { listen } from './shared/events.js';
import { formatCount, plural } from './shared/format.js';
import { Keys } from './shared/keys.js';
import { showKeys } from './shared/menu.js';
import { LARGEST_TILE, savePreferences, SMALLEST_TILE } from './shared/preferences.js';
import { createStore } from './shared/state.js';
import { copyText, toast } from './shared/toasts.js';
import { gridCommands, viewerCommands } from './shell/commands.js';
import { buildPanels } from './shell/panels.js';
import { buildProgress } from './shell/progress.js';
import { buildRail } from './shell/rail.js';
import { buildStates } from './shell/states.js';
import { buildToolbar } from './shell/toolbar.js';

/** @typedef {import('./shared/address.js').Place} Place */
/** @typedef {import('./shared/types.js').Query} Query */

/** More paths than this are not copied at once. */
const COPIED = 10_000;
/** While files are found, the grid follows at most this often. */
const FOLLOW = 2000;
/** Milliseconds after the first result until what it did without is loaded. */
const LATER = 1500;

const store = createStore();
const app = byId('app');
const scroller = byId('grid');
const results = new Results(store);
const thumbs = new Thumbs();
const grid = new Grid(store, results, thumbs, scroller, (position) => openViewer(position, false));
new Timeline(store, grid, byId('timeline'));
const inspectorElement = byId('inspector');
const viewerElement = byId('viewer');
/** Made when it is first used, or when there is time: the first screen does not wait for it. */
const loadViewer = once(async () => {
  const { Viewer } = await import('./viewer/viewer.js');
  viewer = new Viewer(store, results, thumbs, viewerElement, create('span', { hidden: true }), {
    close: closeViewer,
    moved: (position, asset) => {
      store.update({ focus: position });
      setPlace({ open: asset.id }, 'replace');
      showFacts();
    },
    setPreferences,
  });
  return viewer;
});
/** @type {import('./viewer/viewer.js').Viewer|null} */
let viewer = null;
const loadInspector = once(async () => {
  const { Inspector } = await import('./inspector/inspector.js');
  return new Inspector(inspectorElement, thumbs, () => panels.toggle('inspector'));
});
const keys = new Keys(document);
const panels = buildPanels(store, {
  app, rail: byId('rail'), inspector: inspectorElement, scrim: byId('scrim'),
}, setPreferences);

// The address

/**
 * @param {Partial<Place>} patch
 * @param {'push'|'replace'} how
 */
function setPlace(patch, how) {
  const place = { ...store.state.place, ...patch };
  const address = location.pathname + formatAddress(place);
  if (address !== location.pathname + location.search) {
    if (how === 'push') history.pushState(null, '', address);
    else history.replaceState(null, '', address);
  }
  store.update({ place });
}

/** Makes the page show what the store's place says, after it was reached from `before`. */
function arrive(/** @type {Place|null} */ before) {
  const { place, result } = store.state;
  if (!before || !sameQuery(before.query, place.query) || !result) {
    openQuery(place.query, place.at, place.open);
    return;
  }
  if (place.open === null) hideViewer();
  else if (viewer?.asset?.id !== place.open) openByID(place.open);
  if (place.at !== before.at && place.open === null && before.open === null) grid.reveal(place.at, 'start');
}

/**
 * @param {Query} query
 * @param {number} at
 * @param {number|null} open
 */
async function openQuery(query, at, open) {
  hideViewer();
  grid.picking.clear();
  store.update({ focus: -1 });
  grid.placeNext(at, 12);
  const result = await results.open(query, async () => at);
  if (result && open !== null) openByID(open);
}

/** @param {number} id */
async function openByID(id) {
  const { result } = store.state;
  if (!result) return;
  try {
    const { position } = await api.position(result.token, id);
    if (store.state.place.open === id) showViewer(position, id, false);
  } catch {
    setPlace({ open: null }, 'replace');
    toast('The picture of this address is not in the list.', { tone: 'error' });
  }
}

addEventListener('popstate', () => {
  const before = store.state.place;
  store.update({ place: parseAddress(location.search) });
  arrive(before);
});

let atTimer = 0;
grid.onLayout(() => {
  clearTimeout(atTimer);
  atTimer = setTimeout(() => {
    const { place, result } = store.state;
    if (!result || place.room !== 'grid' || place.open !== null || !sameQuery(result.query, place.query)) return;
    setPlace({ at: grid.map.top < 8 ? 0 : grid.firstVisible }, 'replace');
  }, 350);
});

/** @param {import('./shared/address.js').Room} room */
function go(room) {
  panels.closeSheet();
  if (store.state.place.room !== room) setPlace({ room, open: null }, 'push');
}

/** @param {Query} query */
function openPlace(query) {
  panels.closeSheet();
  const before = store.state.place;
  setPlace({ room: 'grid', query, at: 0, open: null }, 'push');
  if (sameQuery(before.query, query)) grid.scrollTo(0);
  else arrive(before);
}

// The viewer

/**
 * @param {number} position
 * @param {boolean} quick
 */
function openViewer(position, quick) {
  const asset = results.asset(position);
  if (!asset) return;
  setPlace({ open: asset.id }, 'push');
  openedHere = true;
  showViewer(position, asset.id, quick);
}

/** Whether a step back in history leads to the grid this viewer was opened from. */
let openedHere = false;
let popViewerKeys = () => {};

/**
 * @param {number} position
 * @param {number} id
 * @param {boolean} quick
 */
async function showViewer(position, id, quick) {
  let loaded;
  try {
    loaded = await loadViewer();
  } catch {
    setPlace({ open: null }, 'replace');
    toast('The server does not answer.', { tone: 'error' });
    return;
  }
  // Closed again, or another one opened, while it was loading.
  if (store.state.place.open !== id) return;
  if (!loaded.isOpen) {
    app.inert = true;
    viewerElement.append(inspectorElement);
    popViewerKeys = keys.push('viewer', viewerCommands(loaded, store, {
      close: closeViewer, toggleInspector: () => panels.toggle('inspector'), showKeys: listKeys,
    }));
  }
  loaded.open(position, quick);
}

function closeViewer() {
  if (openedHere) {
    openedHere = false;
    history.back();
  } else {
    setPlace({ open: null }, 'replace');
    hideViewer();
  }
}

function hideViewer() {
  if (!viewer?.isOpen) return;
  const { position } = viewer;
  viewer.close();
  popViewerKeys();
  app.inert = false;
  app.append(inspectorElement);
  panels.closeSheet();
  if (position >= 0) {
    grid.picking.select(position);
    grid.picking.focus(position);
  }
  follow();
}

// Preferences

/** @param {Partial<import('./shared/preferences.js').Preferences>} patch */
function setPreferences(patch) {
  const preferences = { ...store.state.preferences, ...patch };
  preferences.tile = Math.round(Math.min(LARGEST_TILE, Math.max(SMALLEST_TILE, preferences.tile)));
  store.update({ preferences });
  savePreferences(preferences);
}

store.watch(['preferences'], () => {
  const { theme } = store.state.preferences;
  if (theme === 'system') document.documentElement.removeAttribute('data-theme');
  else document.documentElement.dataset.theme = theme;
});

// Actions

async function copyPaths() {
  const { result, folders, focus } = store.state;
  if (!result) return;
  const spans = grid.selection.isEmpty && focus >= 0 ? [{ first: focus, last: focus + 1 }] : grid.selection.spans;
  const count = spans.reduce((sum, { first, last }) => sum + last - first, 0);
  if (count > COPIED) {
    toast(`At most ${formatCount(COPIED)} paths can be copied at once.`, { tone: 'error' });
    return;
  }
  const byFolder = new Map(folders.map((folder) => [folder.id, folder.path]));
  const paths = [];
  const signal = new AbortController().signal;
  try {
    for (const { first, last } of spans) {
      for (let from = first; from < last; from += 200) {
        const { assets } = await api.assets(result.token, from, Math.min(200, last - from), signal);
        for (const asset of assets) paths.push(`${byFolder.get(asset.folderId) ?? ''}/${asset.name}`);
      }
    }
  } catch (error) {
    toast(error instanceof Error ? error.message : String(error), { tone: 'error' });
    return;
  }
  await copyText(paths.join('\n'), plural(paths.length, 'path'));
}

/** @param {'start'|'pause'|'resume'|'cancel'} action */
async function scan(action) {
  try {
    store.update({ scan: await api.scan(action) });
  } catch (error) {
    toast(error instanceof Error ? error.message : String(error), { tone: 'error' });
  }
}

async function listKeys() {
  const loaded = await loadViewer().catch(() => null);
  showKeys([...allCommands, ...(loaded ? viewerCommands(loaded, store, {
    close: closeViewer, toggleInspector: () => {}, showKeys: listKeys,
  }) : [])]);
}

const allCommands = gridCommands(store, grid, {
  go,
  goHome: () => openPlace(defaultQuery()),
  goFolders: () => {
    if (byId('rail').hidden) panels.toggle('rail');
    /** @type {HTMLElement|null} */ (document.querySelector('#folders [role=treeitem]'))?.focus();
  },
  openFocused: (quick) => {
    const { focus } = store.state;
    openViewer(focus >= 0 ? focus : grid.firstVisible, quick);
  },
  escape: () => {
    if (panels.closeSheet()) return;
    if (store.state.place.room !== 'grid') go('grid');
    else grid.picking.clear();
  },
  resize: (factor) => setPreferences({ tile: store.state.preferences.tile * factor }),
  switchLayout: () => setPreferences({
    layout: store.state.preferences.layout === 'square' ? 'justified' : 'square',
  }),
  togglePanel: (name) => panels.toggle(name),
  copyPaths,
  showKeys: listKeys,
});
keys.push('grid', allCommands);

buildToolbar(store, byId('toolbar'), {
  changeQuery: (patch) => openPlace({ ...store.state.place.query, ...patch }),
  setPreferences, go, copyPaths,
  toggleRail: () => panels.toggle('rail'),
  toggleInspector: () => panels.toggle('inspector'),
  showKeys: listKeys,
  clearSelection: () => grid.picking.clear(),
});
buildRail(store, byId('rail'), { open: openPlace, go, setPreferences });
buildProgress(store, byId('progress'), scan);
buildStates(store, byId('state'), {
  retry: () => {
    events.retry();
    openQuery(store.state.place.query, 0, null);
  },
  showAll: () => openPlace(defaultQuery()),
  scan: () => scan('start'),
});
const loadProblems = once(async () => {
  const { buildProblems } = await import('./problems/problems.js');
  buildProblems(store, byId('room-problems'), {
    retried: () => {
      thumbs.forgetFailures();
      grid.refresh();
    },
  });
});
const loadMemory = once(async () => {
  const { buildMemory } = await import('./memory/memory.js');
  buildMemory(store, byId('room-memory'), () => ({
    thumbnails: thumbs.byteCount,
    thumbnailLimit: thumbs.byteLimit,
    viewer: viewer?.byteCount ?? 0,
    tiles: grid.tileCount,
  }));
});

store.watch(['place'], () => {
  const { room } = store.state.place;
  for (const name of ['grid', 'problems', 'memory']) byId(`room-${name}`).hidden = name !== room;
  const load = { grid: null, problems: loadProblems, memory: loadMemory }[room];
  load?.().catch(() => toast('The server does not answer.', { tone: 'error' }));
});

/** Not every browser tells when it is idle. */
const whenIdle = globalThis.requestIdleCallback ?? setTimeout;
/** What the first screen did without is here before it is wanted. */
const stopWaiting = store.watch(['resultState'], () => {
  if (store.state.resultState === 'loading') return;
  setTimeout(() => {
    stopWaiting();
    for (const load of [loadViewer, loadInspector, loadProblems, loadMemory]) {
      // The first use tries again and tells.
      whenIdle(() => load().catch(() => {}));
    }
  }, LATER);
});

// The inspector

async function showFacts() {
  if (inspectorElement.hidden) return;
  const inspector = await loadInspector().catch(() => null);
  const { focus, selectionCount } = store.state;
  const isViewing = viewer?.isOpen ?? false;
  const asset = isViewing ? viewer?.asset ?? null : focus >= 0 ? results.asset(focus) ?? null : null;
  inspector?.show(asset, isViewing ? 0 : selectionCount);
}
store.watch(['focus', 'selectionCount', 'preferences', 'result'], showFacts);
results.onAssets((first, last) => {
  const { focus } = store.state;
  if (focus >= first && focus < last) showFacts();
});
new MutationObserver(showFacts).observe(inspectorElement, { attributes: true, attributeFilter: ['hidden'] });

// What the server tells

let folderTimer = 0;
function loadFolders() {
  // One load answers for all changes until it starts; further changes must not put it off.
  if (folderTimer) return;
  folderTimer = setTimeout(async () => {
    folderTimer = 0;
    try {
      store.update({ folders: (await api.folders()).folders });
    } catch {
      // The next event tries again.
    }
  }, store.state.folders.length === 0 ? 0 : 1500);
}

async function loadLibrary() {
  try {
    const library = await api.library();
    store.update({
      library, counts: library.counts,
      // An event that came while this was on its way is newer, and no other may follow it.
      scan: store.state.scan ?? library.scan,
      changeNumber: Math.max(store.state.changeNumber, library.changeNumber),
    });
    loadFolders();
  } catch {
    // The state of the connection is told by the events.
  }
}

let followTimer = 0;
let isFollowing = false;
/** How long the last renewal took: a large library is followed less often. */
let renewTime = 0;

/**
 * Follows the library: by itself where nothing that one holds on to would move, by a button where
 * it would.
 */
function follow() {
  const { result, changeNumber, selectionCount, place } = store.state;
  const pill = byId('pill');
  const stale = result !== null && changeNumber > result.changeNumber;
  const isViewing = viewer?.isOpen ?? false;
  const held = selectionCount > 1 || isViewing;
  pill.hidden = !(stale && held && !isViewing && place.room === 'grid');
  if (!stale || held || isFollowing || followTimer) return;
  followTimer = setTimeout(async () => {
    followTimer = 0;
    if (!viewer?.isOpen && store.state.selectionCount <= 1) await renew();
  }, result.count === 0 ? 0 : Math.max(FOLLOW, 8 * renewTime));
}

/** Opens the same query anew and keeps the place by the picture that holds it. */
async function renew() {
  const { place, focus, selectionCount } = store.state;
  isFollowing = true;
  const began = performance.now();
  const anchor = grid.anchor;
  const anchorID = anchor ? results.asset(anchor.index)?.id : undefined;
  const focusID = focus >= 0 ? results.asset(focus)?.id : undefined;
  const hadElement = scroller.contains(document.activeElement);
  let position = 0;
  const result = await results.open(place.query, async (token) => {
    if (anchor && anchor.delta !== Infinity && anchorID !== undefined) {
      position = await api.position(token, anchorID).then((found) => found.position, () => anchor.index);
    }
    grid.placeNext(position, anchor?.delta ?? Infinity);
    return position;
  });
  if (result) {
    grid.selection.clear();
    let moved = -1;
    if (focusID !== undefined) {
      moved = await api.position(result.token, focusID).then((found) => found.position, () => -1);
    }
    if (store.state.result === result) {
      store.update({ focus: moved });
      if (moved >= 0 && selectionCount === 1) grid.picking.select(moved);
      else grid.picking.changed();
      if (moved >= 0 && hadElement) grid.picking.focus(moved);
    }
  }
  isFollowing = false;
  renewTime = performance.now() - began;
  follow();
}

byId('pill').append(create('button', {
  type: 'button', text: 'The library has changed: show',
  onclick: () => {
    grid.picking.clear();
    renew();
  },
}));
store.watch(['changeNumber', 'result', 'selectionCount', 'place'], follow);

results.handle({
  gone: () => renew(),
  retry: () => grid.refresh(),
});

let wasOffline = false;
const events = listen({
  scan: (state) => {
    const finished = store.state.scan && store.state.scan.state !== 'idle' && state.state === 'idle';
    store.update({ scan: state });
    if (finished) {
      loadLibrary();
      const added = plural(state.added, 'new file');
      if (state.added + state.failed > 0) {
        toast(`Scan done: ${added}${state.failed > 0 ? `, ${plural(state.failed, 'problem')}` : ''}.`, {
          action: state.failed > 0 ? { title: 'Show problems', run: () => go('problems') } : undefined,
        });
      }
    }
  },
  library: ({ changeNumber, counts }) => {
    store.update({ changeNumber, counts });
    loadFolders();
  },
  memory: (memory) => store.update({ memory }),
  thumbnails: (thumbnails) => store.update({ thumbnails }),
}, (connection) => {
  store.update({ connection });
  if (connection === 'online' && wasOffline) {
    wasOffline = false;
    loadLibrary();
    if (!store.state.result) openQuery(store.state.place.query, 0, store.state.place.open);
    else grid.refresh();
  }
  if (connection === 'offline') wasOffline = true;
}, () => {
  loadLibrary();
  api.memory().then((memory) => store.update({ memory }), () => {});
});

const offline = byId('offline');
offline.append(icon('offline'), create('p', {
  text: 'The server does not answer. What is loaded stays here; the page connects again by itself.',
}), create('button', { type: 'button', class: 'button is-quiet', text: 'Try now', onclick: () => events.retry() }));
let offlineTimer = 0;
store.watch(['connection', 'result'], () => {
  clearTimeout(offlineTimer);
  const { connection, result } = store.state;
  if (connection !== 'offline' || !result) offline.hidden = true;
  else offlineTimer = setTimeout(() => { offline.hidden = false; }, 1500);
});

arrive(null);
loadLibrary();

// For the curious, and for tests that look from outside.
Object.assign(globalThis, { albumen: { store, grid, results, thumbs, get viewer() { return viewer; } } });
