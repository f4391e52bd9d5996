// The first screen: what has to be here before pictures can be asked for and shown, and nothing else.
// The rest of the page comes when they are there.
import { Grid } from './grid/grid.js';
import { Results } from './grid/results.js';
import { Thumbs } from './grid/thumbs.js';
import { Timeline } from './grid/timeline.js';
import { byId } from './shared/dom.js';
import { changePreferences, createStore } from './shared/state.js';
import { buildPanels } from './shell/panels.js';

/** Milliseconds after which the rest is loaded although pictures are still on their way. */
const PATIENCE = 500;

export const store = createStore();
export const results = new Results(store);
export const thumbs = new Thumbs();
export const panels = buildPanels(store, {
  app: byId('app'), rail: byId('rail'), facets: byId('facets'), inspector: byId('inspector'), scrim: byId('scrim'),
}, (patch) => changePreferences(store, patch));
export const grid = new Grid(store, results, thumbs, byId('grid'));
new Timeline(store, grid, byId('timeline'));

store.watch(['preferences'], () => {
  const { theme } = store.state.preferences;
  if (theme === 'system') document.documentElement.removeAttribute('data-theme');
  else document.documentElement.dataset.theme = theme;
});

const { query, at, open, room } = store.state.place;
grid.placeNext(at, 12);
/** What the address asks for. */
export const opened = results.open(query, { at });

async function firstScreen() {
  if (room !== 'grid' || open !== null) return;
  const result = await opened;
  if (result && result.count > 0) await thumbs.seenAreHere();
}

Promise.race([firstScreen(), new Promise((resolve) => { setTimeout(resolve, PATIENCE); })])
  .then(() => import('./main.js'));
