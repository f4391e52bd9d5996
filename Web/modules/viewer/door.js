// Opens and closes the viewer, and keeps the address and the rest of the page in step with it.
import { create, once, style } from '../shared/dom.js';
import { toast } from '../shared/toasts.js';
import { viewerCommands } from '../shell/commands.js';

const loadStyle = style('viewer');

/**
 * @typedef {object} DoorParts
 * @property {import('../shared/state.js').AppStore} store
 * @property {import('../grid/results.js').Results} results
 * @property {import('../grid/thumbs.js').Thumbs} thumbs
 * @property {import('../grid/grid.js').Grid} grid
 * @property {import('../shared/keys.js').Keys} keys
 * @property {import('../shell/panels.js').Panels} panels
 * @property {import('../shell/places.js').Places} places
 * @property {HTMLElement} app
 * @property {HTMLElement} element The viewer's.
 * @property {HTMLElement} inspector Moves into the viewer and back.
 */

/**
 * @typedef {object} DoorActions
 * @property {() => void} listKeys
 * @property {() => import('../shell/tagging.js').Tagging} tagging
 * @property {(patch: Partial<import('../shared/preferences.js').Preferences>) => void} setPreferences
 * @property {() => void} moved Another picture is shown.
 * @property {() => void} closed
 */

export class ViewerDoor {
  #parts;
  #actions;
  /** @type {import('./viewer.js').Viewer|null} */
  #viewer = null;
  /** Whether a step back in history leads to the grid this viewer was opened from. */
  #openedHere = false;
  #popKeys = () => {};

  /** Made when it is first used, or when there is time: the first screen does not wait for it. */
  load = once(async () => {
    const [{ Viewer }] = await Promise.all([import('./viewer.js'), loadStyle()]);
    const { store, results, thumbs, places, element } = this.#parts;
    this.#viewer = new Viewer(store, results, thumbs, element, create('span', { hidden: true }), {
      close: () => this.close(),
      moved: (position, asset) => {
        store.update({ focus: position });
        places.set({ open: asset.id }, 'replace');
        this.#actions.moved();
      },
      setPreferences: this.#actions.setPreferences,
    });
    return this.#viewer;
  });

  /**
   * @param {DoorParts} parts
   * @param {DoorActions} actions
   */
  constructor(parts, actions) {
    this.#parts = parts;
    this.#actions = actions;
  }

  /** Null until it was loaded. */
  get viewer() {
    return this.#viewer;
  }

  get isOpen() {
    return this.#viewer?.isOpen ?? false;
  }

  /** What it shows. */
  get asset() {
    return this.#viewer?.asset ?? null;
  }

  /**
   * Opens a picture of the grid.
   * @param {number} position
   * @param {boolean} quick
   */
  open(position, quick) {
    const asset = this.#parts.results.asset(position);
    if (!asset) return;
    this.#parts.places.set({ open: asset.id }, 'push');
    this.#openedHere = true;
    this.show(position, asset.id, quick);
  }

  /**
   * Shows the picture the address names already.
   * @param {number} position
   * @param {number} id
   * @param {boolean} quick
   */
  async show(position, id, quick) {
    const { store, app, element, inspector, keys, places } = this.#parts;
    let viewer;
    try {
      viewer = await this.load();
    } catch {
      places.set({ open: null }, 'replace');
      toast('The server does not answer.', { tone: 'error' });
      return;
    }
    // Closed again, or another one opened, while it was loading.
    if (store.state.place.open !== id) return;
    if (!viewer.isOpen) {
      app.inert = true;
      element.append(inspector);
      this.#popKeys = keys.push('viewer', this.commands(viewer));
    }
    viewer.open(position, quick);
  }

  close() {
    if (this.#openedHere) {
      this.#openedHere = false;
      history.back();
    } else {
      this.#parts.places.set({ open: null }, 'replace');
      this.hide();
    }
  }

  /** Closes it without a word to the address. */
  hide() {
    if (!this.#viewer?.isOpen) return;
    const { app, inspector, panels, grid } = this.#parts;
    const { position } = this.#viewer;
    this.#viewer.close();
    this.#popKeys();
    app.inert = false;
    app.append(inspector);
    panels.closeSheet();
    if (position >= 0) {
      grid.picking.select(position);
      grid.picking.focus(position);
    }
    this.#actions.closed();
  }

  /** @param {import('./viewer.js').Viewer} viewer */
  commands(viewer) {
    return viewerCommands(viewer, this.#parts.store, {
      close: () => this.close(),
      toggleInspector: () => this.#parts.panels.toggle('inspector'),
      showKeys: this.#actions.listKeys,
      tagging: this.#actions.tagging(),
    });
  }
}
