// Follows the library: by itself where nothing that one holds on to would move, by a button where it
// would.
import { api } from '../shared/api.js';
import { create } from '../shared/dom.js';

/** While files are found, the grid follows at most this often. */
const FOLLOW = 2000;

export class Following {
  #store;
  #results;
  #grid;
  #pill;
  #isViewing;
  #timer = 0;
  #isRenewing = false;
  /** How long the last renewal took: a large library is followed less often. */
  #renewTime = 0;

  /**
   * @param {import('../shared/state.js').AppStore} store
   * @param {import('./results.js').Results} results
   * @param {import('./grid.js').Grid} grid
   * @param {HTMLElement} pill
   * @param {() => boolean} isViewing Whether a single picture covers the grid.
   */
  constructor(store, results, grid, pill, isViewing) {
    this.#store = store;
    this.#results = results;
    this.#grid = grid;
    this.#pill = pill;
    this.#isViewing = isViewing;
    pill.append(create('button', {
      type: 'button', text: 'The library has changed: show',
      onclick: () => {
        grid.picking.clear();
        this.renew();
      },
    }));
    store.watch(['changeNumber', 'result', 'selectionCount', 'place'], () => this.follow());
  }

  /** Looks whether there is something to follow. */
  follow() {
    const { result, changeNumber, selectionCount, place } = this.#store.state;
    const stale = result !== null && changeNumber > result.changeNumber;
    const isViewing = this.#isViewing();
    const held = selectionCount > 1 || isViewing;
    this.#pill.hidden = !(stale && held && !isViewing && place.room === 'grid');
    if (!stale || held || this.#isRenewing || this.#timer) return;
    this.#timer = setTimeout(async () => {
      this.#timer = 0;
      if (!this.#isViewing() && this.#store.state.selectionCount <= 1) await this.renew();
    }, result.count === 0 ? 0 : Math.max(FOLLOW, 8 * this.#renewTime));
  }

  /** Opens the same query anew and keeps the place by the picture that holds it. */
  async renew() {
    const store = this.#store;
    const grid = this.#grid;
    const { place, focus, selectionCount } = store.state;
    this.#isRenewing = true;
    const began = performance.now();
    const { anchor } = grid;
    const anchorID = anchor ? this.#results.asset(anchor.index)?.id : undefined;
    const focusID = focus >= 0 ? this.#results.asset(focus)?.id : undefined;
    const hadElement = grid.scroller.contains(document.activeElement);
    const holds = anchor !== null && anchor.delta !== Infinity;
    const result = await this.#results.open(
      place.query, { at: holds ? anchor.index : 0, asset: holds ? anchorID : undefined },
      (position) => grid.placeNext(position, anchor?.delta ?? Infinity));
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
    this.#isRenewing = false;
    this.#renewTime = performance.now() - began;
    this.follow();
  }
}
