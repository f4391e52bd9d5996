// One tile of the grid: its elements are made once and bound to one asset after another.
import { thumbPath } from '../shared/api.js';
import { create, icon, reducedMotion, setText } from '../shared/dom.js';
import { describeAsset, formatBadge, formatLength } from '../shared/format.js';
import { drawPlaceholder, parsePlaceholder } from '../shared/placeholder.js';

/** @typedef {import('../shared/types.js').Asset} Asset */

/**
 * Milliseconds in which most thumbnails are here: they appear without a fade, and until then a plain
 * surface of the right colour stands for them instead of the blurred picture.
 */
const AT_ONCE = 150;

export class Tile {
  index = -1;
  /** @type {Asset|undefined} */
  asset;
  /** @type {256|512} */
  #size = 256;
  #blur = create('canvas', { class: 'tile-blur', width: '1', height: '1' });
  #image = create('img', { class: 'tile-image', alt: '', decoding: 'async', draggable: 'false' });
  #marks = create('div', { class: 'tile-marks' });
  #length = create('span', { class: 'tile-mark' });
  #badge = create('span', { class: 'tile-mark' });
  #stars = create('span', { class: 'tile-stars' });
  #reason = create('span', { class: 'tile-reason' });
  /** @type {HTMLElement|null} Made for the few that need it. */
  #broken = null;
  #thumbs;
  #distance;
  /** @type {() => void} */
  #drop = () => {};
  #generation = 0;
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  #blurTimer;

  /**
   * @param {import('./thumbs.js').Thumbs} thumbs
   * @param {(tile: Tile) => number} distance
   */
  constructor(thumbs, distance) {
    this.#thumbs = thumbs;
    this.#distance = distance;
    this.#marks.append(this.#stars, this.#length, this.#badge);
    this.picture = create('div', { class: 'tile-picture' }, [
      this.#blur, this.#image, this.#marks,
    ]);
    this.element = create('div', { class: 'tile', role: 'gridcell', tabindex: '-1' }, [this.picture]);
  }

  /**
   * Places the tile in its row.
   * @param {number} x
   * @param {number} width
   * @param {number} height
   */
  place(x, width, height) {
    const { style } = this.element;
    style.setProperty('transform', `translateX(${x}px)`);
    style.setProperty('width', `${width}px`);
    style.setProperty('height', `${height}px`);
  }

  /**
   * Shows an asset, or an empty place while it is on its way.
   * @param {number} index
   * @param {Asset|undefined} asset
   * @param {256|512} size
   */
  bind(index, asset, size) {
    this.index = index;
    if (this.asset && asset && this.asset.id === asset.id && this.asset.version === asset.version &&
      this.asset.state === asset.state && this.asset.rating === asset.rating && this.#size === size) {
      this.asset = asset;
      return;
    }
    this.#clear();
    this.asset = asset;
    this.#size = size;
    if (!asset) {
      this.element.setAttribute('aria-label', 'Loading');
      return;
    }
    this.element.setAttribute('aria-label', describeAsset(asset));
    const hasBlur = this.#drawBlur(asset);
    this.#showMarks(asset);
    if (asset.state !== 'ok') {
      this.#showBroken(asset.reason ?? (asset.state === 'missing' ? 'The file is gone.' : 'It cannot be read.'));
      return;
    }
    const failure = this.#thumbs.failure(asset);
    if (failure) {
      this.#showBroken(failure.reason);
      return;
    }
    // A size that is here serves until the right one comes.
    const other = this.#thumbs.anySize(asset);
    if (other) {
      const isRight = other === thumbPath(asset, size);
      // The browser may have let go of it.
      this.#show({ url: other }, true, () => { if (isRight) this.#ask(asset, size, true); });
      if (isRight) return;
    }
    // Without a blurred picture there is nothing to fade from.
    this.#ask(asset, size, !hasBlur || Boolean(other));
  }

  /**
   * @param {Asset} asset
   * @param {256|512} size
   * @param {boolean} atOnce Without a fade, however late.
   */
  #ask(asset, size, atOnce) {
    const asked = performance.now();
    this.#drop = this.#thumbs.load(asset, size, () => this.#distance(this), (thumbnail) => {
      this.#show(thumbnail, atOnce || performance.now() - asked < AT_ONCE);
    });
  }

  /** Lets go of everything but the elements. */
  release() {
    this.#clear();
    this.asset = undefined;
    this.index = -1;
  }

  /**
   * @param {boolean} selected
   * @param {boolean} focused
   */
  mark(selected, focused) {
    this.element.setAttribute('aria-selected', String(selected));
    this.element.tabIndex = focused ? 0 : -1;
    this.element.classList.toggle('is-focused', focused);
  }

  #clear() {
    this.#generation += 1;
    this.#drop();
    this.#drop = () => {};
    this.#image.classList.remove('is-shown', 'is-instant');
    this.#image.removeAttribute('src');
    clearTimeout(this.#blurTimer);
    this.picture.style.removeProperty('background-color');
    if (this.#broken) this.#broken.hidden = true;
    this.#blur.hidden = true;
    this.#marks.hidden = true;
    this.element.classList.remove('is-broken');
    this.element.removeAttribute('title');
  }

  /**
   * Shows the colour of the picture, and the blurred picture when it takes longer.
   * @param {Asset} asset
   * @returns {boolean} Whether the asset has such a placeholder.
   */
  #drawBlur(asset) {
    const placeholder = parsePlaceholder(asset.placeholder);
    if (!placeholder) return false;
    this.picture.style.setProperty('background-color', `rgb(${placeholder.color.join(' ')})`);
    this.#blurTimer = setTimeout(() => {
      const context = this.#blur.getContext('2d');
      if (!context) return;
      const { width, height, pixels } = drawPlaceholder(placeholder);
      this.#blur.width = width;
      this.#blur.height = height;
      context.putImageData(new ImageData(pixels, width, height), 0, 0);
      this.#blur.hidden = false;
    }, AT_ONCE);
    return true;
  }

  /** @param {Asset} asset */
  #showMarks(asset) {
    const format = asset.format ?? '';
    const animated = asset.kind === 'image' && asset.frameCount > 1 &&
      ['gif', 'webp', 'png', 'avif', 'jxl'].includes(format);
    const badge = formatBadge(format) || (animated ? format.toUpperCase() : '');
    const length = asset.kind === 'video'
      ? (asset.durationMs === null ? 'Video' : formatLength(asset.durationMs)) : '';
    const stars = asset.rating > 0 ? '★'.repeat(Math.min(5, asset.rating)) : '';
    setText(this.#badge, badge);
    setText(this.#length, length);
    setText(this.#stars, stars);
    this.#badge.hidden = !badge;
    this.#length.hidden = !length;
    this.#stars.hidden = !stars;
    this.#marks.hidden = !badge && !length && !stars;
  }

  /** @param {string} reason */
  #showBroken(reason) {
    setText(this.#reason, reason);
    this.element.title = reason;
    this.element.classList.add('is-broken');
    clearTimeout(this.#blurTimer);
    this.#blur.hidden = true;
    if (!this.#broken) {
      this.#broken = create('div', { class: 'tile-broken' }, [icon('broken'), this.#reason]);
      this.#marks.before(this.#broken);
    }
    this.#broken.hidden = false;
  }

  /**
   * @param {import('./thumbs.js').Thumbnail} thumbnail
   * @param {boolean} atOnce
   * @param {() => void} [failed]
   */
  #show(thumbnail, atOnce, failed) {
    if ('reason' in thumbnail) {
      this.#showBroken(thumbnail.reason);
      return;
    }
    const generation = this.#generation;
    const image = this.#image;
    const show = () => {
      if (generation !== this.#generation) return;
      clearTimeout(this.#blurTimer);
      image.classList.toggle('is-instant', atOnce || reducedMotion());
      image.classList.add('is-shown');
    };
    image.src = thumbnail.url;
    // What was loaded just now is here in the same step.
    if (image.complete) show();
    else image.decode().then(show, () => { if (generation === this.#generation) failed?.(); });
  }
}
