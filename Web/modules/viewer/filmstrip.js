// The row of neighbours under the picture: a fixed number of tiles around the shown one.
import { create } from '../shared/dom.js';
import { Tile } from '../grid/tile.js';

const EDGE = 52;
const PITCH = EDGE + 4;

export class Filmstrip {
  element = create('div', { class: 'filmstrip', role: 'group', 'aria-label': 'Neighbours' });
  #results;
  #thumbs;
  /** @type {Tile[]} */
  #tiles = [];
  #position = -1;

  /**
   * @param {import('../grid/results.js').Results} results
   * @param {import('../grid/thumbs.js').Thumbs} thumbs
   * @param {(position: number) => void} onPick
   */
  constructor(results, thumbs, onPick) {
    this.#results = results;
    this.#thumbs = thumbs;
    this.element.addEventListener('click', (event) => {
      const tile = this.#tiles.find(({ element }) => element.contains(/** @type {Node} */ (event.target)));
      if (tile && tile.index >= 0) onPick(tile.index);
    });
    results.onAssets(() => {
      if (this.#position >= 0 && this.element.isConnected) this.#bind();
    });
    new ResizeObserver(() => {
      if (this.#position >= 0) this.#bind();
    }).observe(this.element);
  }

  /**
   * @param {number} position
   * @param {number} count
   */
  show(position, count) {
    this.#position = position;
    this.count = count;
    this.#bind();
  }

  count = 0;

  /** Lets go of the tiles' pictures. */
  release() {
    this.#position = -1;
    for (const tile of this.#tiles) tile.release();
  }

  #bind() {
    const width = this.element.clientWidth;
    if (width === 0) return;
    const side = Math.ceil(width / 2 / PITCH);
    const wanted = 2 * side + 1;
    while (this.#tiles.length < wanted) {
      const tile = new Tile(this.#thumbs, (tile) => Math.abs(tile.index - this.#position));
      tile.element.setAttribute('role', 'button');
      this.#tiles.push(tile);
      this.element.append(tile.element);
    }
    const first = Math.max(0, this.#position - side);
    const last = Math.min(this.count, this.#position + side + 1);
    this.#results.need(first, last);
    // A tile keeps its asset while it is in reach, so that moving by one binds one tile.
    this.#tiles.forEach((tile, at) => {
      const index = first + ((at - first) % wanted + wanted) % wanted;
      const shown = at < wanted && index < last;
      tile.element.hidden = !shown;
      if (!shown) {
        tile.release();
        return;
      }
      tile.place(width / 2 - EDGE / 2 + (index - this.#position) * PITCH, EDGE, EDGE);
      tile.bind(index, this.#results.asset(index), 256);
      tile.mark(index === this.#position, false);
      tile.element.removeAttribute('aria-selected');
      tile.element.classList.toggle('is-current', index === this.#position);
      if (index === this.#position) tile.element.setAttribute('aria-current', 'true');
      else tile.element.removeAttribute('aria-current');
    });
  }
}
