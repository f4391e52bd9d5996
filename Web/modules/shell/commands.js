// Every action by key, in one place; `?` lists them.

/** @typedef {import('../shared/keys.js').Command} Command */

/**
 * @typedef {object} AppActions
 * @property {(room: import('../shared/address.js').Room) => void} go
 * @property {() => void} goHome
 * @property {() => void} goFolders
 * @property {(quick: boolean) => void} openFocused
 * @property {() => void} escape
 * @property {(factor: number) => void} resize
 * @property {() => void} switchLayout
 * @property {(name: 'rail'|'inspector') => void} togglePanel
 * @property {() => void} copyPaths
 * @property {() => void} showKeys
 * @property {import('./tagging.js').Tagging} tagging
 */

/**
 * @param {import('../shared/state.js').AppStore} store
 * @param {import('../grid/grid.js').Grid} grid
 * @param {AppActions} actions
 * @returns {Command[]}
 */
export function gridCommands(store, grid, actions) {
  const inGrid = () => store.state.place.room === 'grid' && (store.state.result?.count ?? 0) > 0;
  const { tagging } = actions;
  const moves = ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End', 'PageUp', 'PageDown'];
  /** @type {Command[]} */
  const list = [
    { title: 'Move', keys: ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown'], group: 'Grid', run: () => {}, enabled: () => false },
    { title: 'First, last', keys: ['Home', 'End'], group: 'Grid', run: () => {}, enabled: () => false },
    { title: 'A screen up, down', keys: ['PageUp', 'PageDown'], group: 'Grid', run: () => {}, enabled: () => false },
    { title: 'Extend the selection', keys: ['Shift+ArrowRight'], group: 'Grid', run: () => {}, enabled: () => false },
    { title: 'Open', keys: ['Enter'], group: 'Grid', run: () => actions.openFocused(false), enabled: inGrid },
    { title: 'Quick look', keys: ['Space'], group: 'Grid', run: () => actions.openFocused(true), enabled: inGrid },
    { title: 'Select all', keys: ['Ctrl+a'], group: 'Grid', run: () => grid.picking.selectAll(), enabled: inGrid },
    { title: 'Copy paths of the selection', keys: ['Ctrl+c'], group: 'Grid', run: actions.copyPaths, enabled: () => inGrid() && store.state.selectionCount > 0 },
    { title: 'Search', keys: ['/', 'Ctrl+f'], group: 'Search and tags', run: () => { tagging.focusSearch(); } },
    { title: 'Refine', keys: ['f'], group: 'Search and tags', run: () => { tagging.toggleFacets(); }, enabled: () => store.state.place.room === 'grid' },
    { title: 'Tags of the selection', keys: ['t'], group: 'Search and tags', run: () => { tagging.editTags(); }, enabled: inGrid },
    { title: 'Favourite', keys: ['.'], group: 'Search and tags', run: () => { tagging.marking.toggleFavourite(); }, enabled: inGrid },
    { title: 'Stars; none', keys: ['1', '2', '3', '4', '5', '0'], group: 'Search and tags', run: () => {}, enabled: () => false },
    { title: 'Take back the last change', keys: ['z', 'Ctrl+z'], group: 'Search and tags', run: () => { tagging.undo(); } },
    { title: 'Select nothing, go back', keys: ['Escape'], group: 'Grid', run: actions.escape },
    { title: 'Larger', keys: ['+', '='], group: 'View', run: () => actions.resize(1.2), enabled: inGrid },
    { title: 'Smaller', keys: ['-'], group: 'View', run: () => actions.resize(1 / 1.2), enabled: inGrid },
    { title: 'Squares or whole pictures', keys: ['v'], group: 'View', run: actions.switchLayout, enabled: inGrid },
    { title: 'Library panel', keys: ['['], group: 'View', run: () => actions.togglePanel('rail') },
    { title: 'Inspector', keys: ['i', ']'], group: 'View', run: () => actions.togglePanel('inspector') },
    { title: 'All pictures', keys: ['g g'], group: 'Go to', run: actions.goHome },
    { title: 'Folders', keys: ['g f'], group: 'Go to', run: actions.goFolders },
    { title: 'Tags', keys: ['g t'], group: 'Go to', run: () => actions.go('tags') },
    { title: 'Albums', keys: ['g a'], group: 'Go to', run: () => { tagging.goAlbums(); } },
    { title: 'Problems', keys: ['g p'], group: 'Go to', run: () => actions.go('problems') },
    { title: 'Memory', keys: ['g m'], group: 'Go to', run: () => actions.go('memory') },
    { title: 'All keys', keys: ['?'], group: 'Go to', run: actions.showKeys },
  ];
  for (let stars = 0; stars <= 5; stars++) {
    list.push({ title: `${stars} stars`, keys: [String(stars)], group: '', hidden: true, run: () => { tagging.marking.star(stars); }, enabled: inGrid });
  }
  for (const key of moves) {
    list.push(
      { title: key, keys: [key], group: '', hidden: true, run: () => grid.picking.moveBy(key, false), enabled: inGrid },
      { title: key, keys: [`Shift+${key}`], group: '', hidden: true, run: () => grid.picking.moveBy(key, true), enabled: inGrid },
    );
  }
  return list;
}

/**
 * @param {import('../viewer/viewer.js').Viewer} viewer
 * @param {import('../shared/state.js').AppStore} store
 * @param {{close: () => void, toggleInspector: () => void, showKeys: () => void, tagging: import('./tagging.js').Tagging}} actions
 * @returns {Command[]}
 */
export function viewerCommands(viewer, store, actions) {
  const group = 'Viewer';
  return [
    { title: 'Previous, next', keys: ['ArrowLeft', 'ArrowRight'], group, run: () => {}, enabled: () => false },
    { title: 'Previous', keys: ['ArrowLeft', 'PageUp'], group, hidden: true, run: () => viewer.step(-1) },
    { title: 'Next', keys: ['ArrowRight', 'PageDown'], group, hidden: true, run: () => viewer.step(1) },
    { title: 'First, last', keys: ['Home', 'End'], group, run: () => {}, enabled: () => false },
    { title: 'First', keys: ['Home'], group, hidden: true, run: () => viewer.show(0) },
    { title: 'Last', keys: ['End'], group, hidden: true, run: () => viewer.show((store.state.result?.count ?? 1) - 1, -1) },
    { title: 'Fit or actual pixels', keys: ['z'], group, run: () => viewer.toggleZoom() },
    { title: '100 %', keys: ['1'], group, run: () => viewer.zoomTo(1) },
    { title: '200 %', keys: ['2'], group, run: () => viewer.zoomTo(2) },
    { title: 'Nearer', keys: ['+', '='], group, run: () => viewer.zoomBy(1.4) },
    { title: 'Farther', keys: ['-'], group, run: () => viewer.zoomBy(1 / 1.4) },
    { title: 'Filmstrip', keys: ['f'], group, run: () => viewer.toggleFilmstrip() },
    { title: 'Information', keys: ['i', ']'], group, run: actions.toggleInspector },
    { title: 'Tags', keys: ['t'], group, run: () => { actions.tagging.editTags(); } },
    { title: 'Favourite', keys: ['.'], group, run: () => { actions.tagging.marking.toggleFavourite(); } },
    { title: 'Take back the last change', keys: ['Ctrl+z'], group, run: () => { actions.tagging.undo(); } },
    { title: 'Full screen', keys: ['F', 'F11'], group, run: () => viewer.toggleFullScreen() },
    {
      title: 'Play or pause; leave quick look', keys: ['Space'], group,
      run: () => {
        if (viewer.isQuick) actions.close();
        else viewer.togglePlay();
      },
    },
    { title: 'Back to the grid', keys: ['Escape', 'Enter'], group, run: actions.close },
    { title: 'All keys', keys: ['?'], group, hidden: true, run: actions.showKeys },
  ];
}
