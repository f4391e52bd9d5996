// The rest of the page around the first screen: wires the rooms together. Events and actions change
// the store, views follow it.
import { grid, opened, panels, results, store, thumbs } from './first.js';
import { Following } from './grid/following.js';
import { defaultQuery } from './shared/address.js';
import { api } from './shared/api.js';
import { byId, once, style } from './shared/dom.js';
import { Keys } from './shared/keys.js';
import { showKeys } from './shared/menu.js';
import { changePreferences } from './shared/state.js';
import { toast } from './shared/toasts.js';
import { gridCommands } from './shell/commands.js';
import { followServer } from './shell/live.js';
import { copyPaths as copyPathsOf } from './shell/paths.js';
import { Places } from './shell/places.js';
import { buildProgress } from './shell/progress.js';
import { buildRail } from './shell/rail.js';
import { buildStates } from './shell/states.js';
import { Tagging } from './shell/tagging.js';
import { buildToolbar } from './shell/toolbar.js';
import { ViewerDoor } from './viewer/door.js';

/** Milliseconds until what the first screen did without is loaded. */
const LATER = 1500;

const inspectorElement = byId('inspector');
const keys = new Keys(document);
const places = new Places(store, results, grid, () => { panels.closeSheet(); });

/** @param {Partial<import('./shared/preferences.js').Preferences>} patch */
const setPreferences = (patch) => changePreferences(store, patch);
const copyPaths = () => copyPathsOf(store, grid.selection);

/** @type {ViewerDoor} */
const door = new ViewerDoor({
  store, results, thumbs, grid, keys, panels, places, app: byId('app'), element: byId('viewer'), inspector: inspectorElement,
}, { listKeys, tagging: () => tagging, setPreferences, moved: showFacts, closed: () => following.follow() });
places.use(door);
grid.onOpen((position) => door.open(position, false));
/** @type {Following} */
const following = new Following(store, results, grid, byId('pill'), () => door.isOpen);

results.handle({
  gone: () => following.renew(),
  retry: () => grid.refresh(),
});

/** @type {Tagging} */
const tagging = new Tagging({
  store, results, grid, places, panels, door: () => door,
  refreshFacts: async () => {
    (await loadInspector().catch(() => null))?.refresh();
    showFacts();
  },
});

// Actions

/** @param {'start'|'pause'|'resume'|'cancel'} action */
async function scan(action) {
  try {
    store.update({ scan: await api.scan(action) });
  } catch (error) {
    toast(error instanceof Error ? error.message : String(error), { tone: 'error' });
  }
}

async function listKeys() {
  const viewer = await door.load().catch(() => null);
  showKeys([...allCommands, ...(viewer ? door.commands(viewer) : [])]);
}

const allCommands = gridCommands(store, grid, {
  go: (room) => places.go(room),
  goHome: () => places.show(defaultQuery()),
  goFolders: () => {
    if (byId('rail').hidden) panels.toggle('rail');
    /** @type {HTMLElement|null} */ (document.querySelector('#folders [role=treeitem]'))?.focus();
  },
  openFocused: (quick) => {
    const { focus } = store.state;
    door.open(focus >= 0 ? focus : grid.firstVisible, quick);
  },
  escape: () => {
    if (panels.closeSheet()) return;
    if (store.state.place.room !== 'grid') places.go('grid');
    else grid.picking.clear();
  },
  resize: (factor) => setPreferences({ tile: store.state.preferences.tile * factor }),
  switchLayout: () => setPreferences({
    layout: store.state.preferences.layout === 'square' ? 'justified' : 'square',
  }),
  togglePanel: (name) => panels.toggle(name),
  copyPaths,
  showKeys: listKeys,
  tagging,
});
keys.push('grid', allCommands);

// The frame around the rooms

const server = followServer(store, byId('offline'), {
  back: () => {
    if (!store.state.result) places.openQuery(store.state.place.query, 0, store.state.place.open);
    else grid.refresh();
  },
  showProblems: () => places.go('problems'),
  tagsChanged: (changeNumber) => tagging.followServer(changeNumber),
});
buildToolbar(store, byId('toolbar'), tagging.bar.element, {
  changeQuery: (patch) => places.show({ ...store.state.place.query, ...patch }),
  go: (room) => places.go(room),
  setPreferences, copyPaths,
  toggleRail: () => panels.toggle('rail'),
  toggleInspector: () => panels.toggle('inspector'),
  showKeys: listKeys,
  clearSelection: () => grid.picking.clear(),
  editTags: () => tagging.editTags(),
  focusSearch: () => tagging.bar.focus(),
});
buildRail(store, byId('rail'), {
  open: (query) => places.show(query), go: (room) => places.go(room), setPreferences,
});
buildProgress(store, byId('progress'), scan);
buildStates(store, byId('state'), {
  retry: () => {
    server.retry();
    places.openQuery(store.state.place.query, 0, null);
  },
  showAll: () => places.show(defaultQuery()),
  search: (text) => tagging.search(text),
  scan: () => scan('start'),
});

// The rooms

const loadStyle = style('panels');
const loadInspector = once(async () => {
  const [{ Inspector }] = await Promise.all([import('./inspector/inspector.js'), loadStyle()]);
  return new Inspector(inspectorElement, thumbs, () => panels.toggle('inspector'), tagging.labels);
});
const loadProblems = once(async () => {
  const [{ buildProblems }] = await Promise.all([import('./problems/problems.js'), loadStyle()]);
  buildProblems(store, byId('room-problems'), {
    retried: () => {
      thumbs.forgetFailures();
      grid.refresh();
    },
  });
});
const loadMemory = once(async () => {
  const [{ buildMemory }] = await Promise.all([import('./memory/memory.js'), loadStyle()]);
  buildMemory(store, byId('room-memory'), () => ({
    viewer: door.viewer?.byteCount ?? 0,
    tiles: grid.tileCount,
  }));
});

store.watch(['place'], () => {
  const { room } = store.state.place;
  for (const name of ['grid', 'tags', 'problems', 'memory']) byId(`room-${name}`).hidden = name !== room;
  const load = { grid: null, tags: null, problems: loadProblems, memory: loadMemory }[room];
  load?.().catch(() => toast('The server does not answer.', { tone: 'error' }));
});

/** Not every browser tells when it is idle. */
const whenIdle = globalThis.requestIdleCallback ?? setTimeout;
setTimeout(() => {
  for (const load of [door.load, loadInspector, loadProblems, loadMemory, ...tagging.loads]) {
    // The first use tries again and tells.
    whenIdle(() => load().catch(() => {}));
  }
}, LATER);

// The inspector

async function showFacts() {
  if (inspectorElement.hidden) return;
  const inspector = await loadInspector().catch(() => null);
  const { focus, selectionCount } = store.state;
  const asset = door.isOpen ? door.asset : focus >= 0 ? results.asset(focus) ?? null : null;
  inspector?.show(asset, door.isOpen ? 0 : selectionCount);
}
store.watch(['focus', 'selectionCount', 'preferences', 'result'], showFacts);
results.onAssets((first, last) => {
  const { focus } = store.state;
  if (focus >= first && focus < last) showFacts();
});
new MutationObserver(showFacts).observe(inspectorElement, { attributes: true, attributeFilter: ['hidden'] });

opened.then(() => {
  const { open } = store.state.place;
  if (open !== null && !door.isOpen) places.openByID(open);
});

// For the curious, and for tests that look from outside.
Object.assign(globalThis, { albumen: { store, grid, results, thumbs, get viewer() { return door.viewer; } } });
