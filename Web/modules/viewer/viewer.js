// One picture over everything: fit, 1:1, zoom, pan, the neighbours, the facts.
import { isAbort, originalPath, previewPath } from '../shared/api.js';
import { create, icon, iconButton, setText } from '../shared/dom.js';
import { describeAsset, formatCount, formatFileSize, formatWallTime } from '../shared/format.js';
import { Filmstrip } from './filmstrip.js';
import { Pictures } from './pictures.js';
import { Stage } from './stage.js';
import { createSurface } from './surface.js';

/** @typedef {import('../shared/types.js').Asset} Asset */

/** The frame fades after this many still milliseconds. */
const STILL = 2000;

/**
 * @typedef {object} ViewerActions
 * @property {() => void} close
 * @property {(position: number, asset: Asset) => void} moved
 * @property {(preferences: Partial<import('../shared/preferences.js').Preferences>) => void} setPreferences
 */

export class Viewer {
  #store;
  #results;
  #thumbs;
  #element;
  #actions;
  #pictures = new Pictures();
  #stageElement = create('div', { class: 'viewer-stage' });
  #stage;
  #surface;
  #frame = 0;
  /** @type {HTMLVideoElement|HTMLImageElement|null} */
  #media = null;
  #message = create('div', { class: 'viewer-message', hidden: true });
  #name = create('h2');
  #facts = create('span', { class: 'viewer-facts' });
  #zoom = create('span', { class: 'viewer-zoom', 'aria-live': 'off' });
  #filmstrip;
  #previous;
  #next;
  #fitButton;
  #infoButton;
  #stripButton;
  /** @type {HTMLAnchorElement} */
  #original = create('a', {
    class: 'icon-button', target: '_blank', rel: 'noopener', title: 'Open the original file',
    'aria-label': 'Open the original file',
  }, [icon('open')]);
  #loading = new AbortController();
  #stillTimer = 0;
  #wantsDetail = false;
  #hasDetail = false;
  /** @type {ImageBitmap|null} A thumbnail or placeholder drawn until the preview is there. */
  #firstBitmap = null;

  /** @type {Asset|null} */
  asset = null;
  position = -1;
  isQuick = false;

  /**
   * @param {import('../shared/state.js').AppStore} store
   * @param {import('../grid/results.js').Results} results
   * @param {import('../grid/thumbs.js').Thumbs} thumbs
   * @param {HTMLElement} element
   * @param {HTMLElement} info Where the facts are shown.
   * @param {ViewerActions} actions
   */
  constructor(store, results, thumbs, element, info, actions) {
    this.#store = store;
    this.#results = results;
    this.#thumbs = thumbs;
    this.#element = element;
    this.#actions = actions;
    this.#stage = new Stage(this.#stageElement, () => this.#changed(), (step) => this.step(step));
    this.#surface = createSurface(() => this.#lost(), false);
    this.#filmstrip = new Filmstrip(results, thumbs, (position) => this.show(position));
    this.#previous = iconButton('previous', 'Previous', () => this.step(-1), { key: '←', class: 'viewer-side is-previous' });
    this.#next = iconButton('next', 'Next', () => this.step(1), { key: '→', class: 'viewer-side is-next' });
    this.#fitButton = iconButton('actual', 'Actual pixels or fit', () => this.toggleZoom(), { key: 'z' });
    this.#infoButton = iconButton('info', 'Information', () => this.toggleInfo(), { key: 'i' });
    this.#stripButton = iconButton('filmstrip', 'Filmstrip', () => this.toggleFilmstrip(), { key: 'f', class: 'is-wide-only' });
    const bar = create('header', { class: 'viewer-bar' }, [
      iconButton('back', 'Back to the grid', () => actions.close(), { key: 'Esc' }),
      create('div', { class: 'viewer-title' }, [this.#name, this.#facts]),
      this.#zoom, this.#fitButton, this.#stripButton, this.#infoButton, this.#original,
      iconButton('fullscreen', 'Full screen', () => this.toggleFullScreen(), { key: 'Shift+F', class: 'is-wide-only' }),
    ]);
    this.#stageElement.append(this.#surface.canvas, this.#message);
    element.append(
      create('div', { class: 'viewer-main' }, [
        this.#stageElement, this.#previous, this.#next, bar, this.#filmstrip.element,
      ]), info);
    element.addEventListener('pointermove', () => this.#wake());
    element.addEventListener('pointerdown', () => this.#wake());
    element.addEventListener('keydown', () => this.#wake());
    store.watch(['preferences'], () => {
      const { filmstrip } = store.state.preferences;
      this.#filmstrip.element.hidden = !filmstrip;
      this.#stripButton.setAttribute('aria-pressed', String(filmstrip));
      element.classList.toggle('has-filmstrip', filmstrip);
      if (filmstrip && this.position >= 0) this.#showFilmstrip();
    });
  }

  get isOpen() {
    return !this.#element.hidden;
  }

  /** Decoded bytes held for viewing. */
  get byteCount() {
    return this.#pictures.byteCount + this.#surface.byteCount();
  }

  /** What a test or a curious reader wants to know of the view. */
  get view() {
    const { view, picture, size } = this.#stage;
    return { ...view, picture, size, hasDetail: this.#hasDetail };
  }

  /**
   * @param {number} position
   * @param {boolean} quick
   */
  async open(position, quick) {
    this.isQuick = quick;
    this.#element.hidden = false;
    this.#element.classList.toggle('is-quick', quick);
    this.#element.tabIndex = -1;
    this.#element.focus({ preventScroll: true });
    this.#wake();
    await this.show(position);
  }

  close() {
    if (!this.isOpen) return;
    if (document.fullscreenElement) document.exitFullscreen().catch(() => {});
    this.#clear();
    this.#pictures.clear();
    this.#filmstrip.release();
    this.#element.hidden = true;
    this.asset = null;
    this.position = -1;
    clearTimeout(this.#stillTimer);
  }

  /** @param {-1|1} direction */
  step(direction) {
    const count = this.#store.state.result?.count ?? 0;
    const next = this.position + direction;
    if (next >= 0 && next < count) this.show(next, direction);
  }

  /**
   * Shows another position of the result.
   * @param {number} position
   * @param {-1|1} [direction] The way of travel: the neighbour there is loaded first.
   */
  async show(position, direction = 1) {
    const count = this.#store.state.result?.count ?? 0;
    this.position = position;
    this.#previous.hidden = position <= 0;
    this.#next.hidden = position >= count - 1;
    this.#showFilmstrip();
    const asset = this.#results.asset(position) ?? await this.#results.load(position);
    if (this.position !== position || !this.isOpen) return;
    this.#clear();
    this.#pictures.keepOnly([-1, 0, 1].map((step) => this.#results.asset(position + step)));
    if (!asset) {
      this.#say('broken', 'This picture could not be loaded', 'The server does not answer, or the list has changed.');
      return;
    }
    this.asset = asset;
    setText(this.#name, asset.name);
    setText(this.#facts, [
      formatWallTime(asset.capturedAt),
      asset.width && asset.height ? `${formatCount(asset.width)} × ${formatCount(asset.height)}` : '',
      formatFileSize(asset.byteCount),
      `${formatCount(position + 1)} of ${formatCount(count)}`,
    ].filter(Boolean).join('  ·  '));
    this.#original.href = originalPath(asset);
    this.#element.setAttribute('aria-label', describeAsset(asset));
    this.#actions.moved(position, asset);
    if (asset.state !== 'ok') {
      this.#say('broken', asset.state === 'missing' ? 'The file is gone' : 'This file cannot be shown', asset.reason ?? '');
    } else if (asset.kind === 'video') {
      this.#showVideo(asset);
    } else if (this.#pictures.isAnimated(asset)) {
      this.#showAnimated(asset);
    } else {
      await this.#showPicture(asset, direction);
    }
  }

  // What is shown

  /**
   * @param {Asset} asset
   * @param {-1|1} direction
   */
  async #showPicture(asset, direction) {
    const loading = this.#loading;
    const { signal } = loading;
    this.#surface.canvas.hidden = false;
    this.#stage.take({ width: asset.width ?? 1, height: asset.height ?? 1 });
    const here = this.#pictures.cached(asset);
    if (!here) {
      const first = await this.#pictures.first(asset, this.#thumbs.anySize(asset));
      if (signal.aborted) {
        first?.close();
        return;
      }
      this.#firstBitmap = first;
      this.#surface.setBase(first);
      this.#redraw();
    }
    try {
      const base = here ?? await this.#pictures.loadBase(asset);
      if (signal.aborted) return;
      this.#surface.setBase(base);
      this.#firstBitmap?.close();
      this.#firstBitmap = null;
      // A file that did not tell its size tells it by its pixels.
      if (!asset.width || !asset.height) this.#stage.take({ width: base.width, height: base.height });
      this.#basePixels = base.width;
      this.#stageElement.setAttribute('data-shown', String(asset.id));
      this.#redraw();
      this.#changed();
      this.#preload(direction, signal);
    } catch (error) {
      if (isAbort(error) || signal.aborted) return;
      this.#say('broken', 'This picture cannot be shown', error instanceof Error ? error.message : '');
    }
  }

  #basePixels = 0;

  /**
   * The neighbours, the one ahead first.
   * @param {-1|1} direction
   * @param {AbortSignal} signal
   */
  async #preload(direction, signal) {
    for (const position of [this.position + direction, this.position - direction]) {
      const asset = await this.#results.load(position);
      if (signal.aborted) return;
      if (!asset || asset.kind !== 'image' || asset.state !== 'ok' || this.#pictures.isAnimated(asset)) continue;
      await this.#pictures.loadBase(asset).catch(() => {});
    }
  }

  /** Looks for more detail when the base no longer has a pixel for every one of the screen. */
  async #refine() {
    const { asset } = this;
    if (!asset || this.#wantsDetail || this.#basePixels === 0 || this.#media) return;
    const { view, picture } = this.#stage;
    const shownPixels = picture.width * view.scale * devicePixelRatio;
    if (this.#basePixels >= picture.width || shownPixels <= this.#basePixels * 1.05) return;
    this.#wantsDetail = true;
    const { signal } = this.#loading;
    try {
      const detail = await this.#pictures.loadDetail(asset, signal);
      if (signal.aborted) {
        detail.close();
        return;
      }
      this.#surface.setDetail(detail);
      this.#hasDetail = true;
      this.#redraw();
    } catch (error) {
      // The preview stays; looking closer again does not ask again for this picture.
      if (!isAbort(error)) console.warn('No finer picture could be loaded.', error);
    }
  }

  /** @param {Asset} asset */
  #showVideo(asset) {
    const video = create('video', {
      class: 'viewer-video', controls: true, playsinline: true, preload: 'metadata',
      poster: previewPath(asset, 1024), 'aria-label': describeAsset(asset),
    });
    video.addEventListener('error', () => {
      if (this.#media !== video) return;
      this.#removeMedia();
      this.#say('video', 'This browser cannot play the video',
        `Its format (${asset.format?.toUpperCase() ?? 'unknown'}) or codec is not known here. The original opens in another program.`);
    });
    video.src = originalPath(asset);
    this.#media = video;
    this.#surface.canvas.hidden = true;
    this.#stageElement.append(video);
    this.#stageElement.setAttribute('data-shown', String(asset.id));
    setText(this.#zoom, '');
    video.play().catch(() => {});
  }

  /** @param {Asset} asset */
  #showAnimated(asset) {
    const image = create('img', { class: 'viewer-animated', alt: describeAsset(asset), draggable: 'false' });
    image.addEventListener('error', () => {
      if (this.#media !== image) return;
      this.#removeMedia();
      this.#showPicture(asset, 1);
    });
    image.addEventListener('load', () => {
      if (this.#media !== image) return;
      this.#stage.take({ width: image.naturalWidth, height: image.naturalHeight });
      this.#stageElement.setAttribute('data-shown', String(asset.id));
    });
    this.#media = image;
    this.#surface.canvas.hidden = true;
    this.#stage.take({ width: asset.width ?? 1, height: asset.height ?? 1 });
    image.src = originalPath(asset);
    this.#stageElement.append(image);
  }

  /**
   * @param {string} picture
   * @param {string} title
   * @param {string} text
   */
  #say(picture, title, text) {
    this.#surface.canvas.hidden = true;
    this.#message.replaceChildren(icon(picture), create('h2', { text: title }), create('p', { text }));
    this.#message.hidden = false;
    if (this.asset) this.#stageElement.setAttribute('data-shown', String(this.asset.id));
    setText(this.#zoom, '');
  }

  #removeMedia() {
    const media = this.#media;
    this.#media = null;
    if (media instanceof HTMLVideoElement) {
      media.pause();
      media.removeAttribute('src');
      media.load();
    } else if (media) {
      media.removeAttribute('src');
    }
    media?.remove();
  }

  /** Drops what is loading and what is drawn. */
  #clear() {
    this.#loading.abort();
    this.#loading = new AbortController();
    this.#removeMedia();
    this.#message.hidden = true;
    this.#surface.setBase(null);
    this.#surface.setDetail(null);
    this.#firstBitmap?.close();
    this.#firstBitmap = null;
    this.#basePixels = 0;
    this.#wantsDetail = false;
    this.#hasDetail = false;
    this.#stageElement.removeAttribute('data-shown');
  }

  #lost() {
    const { canvas } = this.#surface;
    this.#surface = createSurface(() => {}, true);
    canvas.replaceWith(this.#surface.canvas);
    if (this.isOpen) this.show(this.position);
  }

  // Drawing

  #changed() {
    const { view, isFit, fitScale } = this.#stage;
    if (this.#media instanceof HTMLImageElement) {
      const { picture } = this.#stage;
      const { style } = this.#media;
      style.setProperty('width', `${picture.width}px`);
      style.setProperty('height', `${picture.height}px`);
      style.setProperty('transform',
        `translate(-50%, -50%) translate(${view.x}px, ${view.y}px) scale(${view.scale})`);
    }
    setText(this.#zoom, `${Math.round(view.scale * devicePixelRatio * 100)} %`);
    const canActual = fitScale * devicePixelRatio < 0.99;
    this.#fitButton.querySelector('use')?.setAttribute('href', `/static/icons.svg#${isFit && canActual ? 'actual' : 'fit'}`);
    this.#stageElement.classList.toggle('is-zoomed', !isFit);
    this.#redraw();
    this.#refine();
  }

  #redraw() {
    if (this.#frame) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      if (!this.isOpen) return;
      if (this.#surface.draw(this.#stage.view, this.#stage.picture)) this.#redraw();
    });
  }

  #showFilmstrip() {
    const { preferences, result } = this.#store.state;
    if (!preferences.filmstrip || !result || !this.isOpen) return;
    this.#filmstrip.show(this.position, result.count);
  }

  #wake() {
    this.#element.classList.remove('is-still');
    clearTimeout(this.#stillTimer);
    this.#stillTimer = setTimeout(() => {
      const active = document.activeElement;
      const onControl = active instanceof HTMLElement && active !== this.#element &&
        this.#element.contains(active) && active.matches(':focus-visible');
      if (!onControl) this.#element.classList.add('is-still');
    }, STILL);
  }

  // Actions

  toggleZoom() {
    this.#stage.toggle();
  }

  /** @param {number} pixels Device pixels per picture pixel. */
  zoomTo(pixels) {
    this.#stage.zoomTo(pixels / devicePixelRatio);
  }

  /** @param {number} factor */
  zoomBy(factor) {
    this.#stage.zoomBy(factor);
  }

  toggleInfo() {
    const { inspector } = this.#store.state.preferences;
    this.#actions.setPreferences({ inspector: !inspector });
    this.#infoButton.setAttribute('aria-pressed', String(!inspector));
  }

  toggleFilmstrip() {
    this.#actions.setPreferences({ filmstrip: !this.#store.state.preferences.filmstrip });
  }

  toggleFullScreen() {
    if (document.fullscreenElement) document.exitFullscreen().catch(() => {});
    else this.#element.requestFullscreen?.().catch(() => {});
  }

  /** Plays or pauses a video. @returns {boolean} Whether there is one. */
  togglePlay() {
    if (!(this.#media instanceof HTMLVideoElement)) return false;
    if (this.#media.paused) this.#media.play().catch(() => {});
    else this.#media.pause();
    return true;
  }
}
