// Loads what the viewer draws, from coarse to fine, inside a budget of decoded bytes.
import { ApiError, isAbort, originalPath, previewPath, request } from '../shared/api.js';
import { ByteCache } from '../shared/bytes.js';
import { drawPlaceholder, parsePlaceholder } from '../shared/placeholder.js';
import { DETAIL_PIXELS } from './surface.js';

/** @typedef {import('../shared/types.js').Asset} Asset */

/** Decoded previews kept: the shown one, its neighbours and some that were just seen. */
const PREVIEW_BYTES = 128 * 1024 * 1024;
const SHOWN_BY_BROWSERS = new Set(['jpeg', 'png', 'gif', 'webp', 'avif']);
/** An original this small is as quick as a preview of it. */
const SMALL_PIXELS = 4_000_000;
const SMALL_BYTES = 1_500_000;
const SMALL_EDGE = 4096;
const TRIES = 8;

export class Pictures {
  /** @type {ByteCache<string, ImageBitmap>} */
  #previews = new ByteCache(PREVIEW_BYTES, (bitmap) => bitmap.close());

  /** @type {Map<string, {controller: AbortController, promise: Promise<ImageBitmap>}>} */
  #loading = new Map();

  get byteCount() {
    return this.#previews.byteCount;
  }

  /**
   * A decoded preview that is here.
   * @param {Asset} asset
   */
  cached(asset) {
    return this.#previews.get(this.basePath(asset));
  }

  /** @param {Asset} asset */
  canShowOriginal(asset) {
    return SHOWN_BY_BROWSERS.has(asset.format ?? '') &&
      (asset.width ?? 0) * (asset.height ?? 0) <= DETAIL_PIXELS;
  }

  /**
   * Whether the browser plays it as it is.
   * @param {Asset} asset
   */
  isAnimated(asset) {
    return asset.kind === 'image' && asset.frameCount > 1 && this.canShowOriginal(asset) &&
      asset.format !== 'jpeg';
  }

  /**
   * What is shown first at the size of a screen.
   * @param {Asset} asset
   */
  basePath(asset) {
    const width = asset.width ?? Infinity;
    const height = asset.height ?? Infinity;
    const small = width * height <= SMALL_PIXELS && Math.max(width, height) <= SMALL_EDGE &&
      asset.byteCount <= SMALL_BYTES;
    return small && this.canShowOriginal(asset) ? originalPath(asset) : previewPath(asset, 2048);
  }

  /**
   * Loads what is shown first, once however many ask for it.
   * @param {Asset} asset
   * @returns {Promise<ImageBitmap>} Owned by the cache; do not close it.
   */
  loadBase(asset) {
    const path = this.basePath(asset);
    const here = this.#previews.get(path);
    if (here) return Promise.resolve(here);
    const running = this.#loading.get(path);
    if (running) return running.promise;
    const controller = new AbortController();
    const promise = this.#loadPreview(asset, path, controller.signal).finally(() => this.#loading.delete(path));
    this.#loading.set(path, { controller, promise });
    return promise;
  }

  /**
   * Drops all loads of previews but those of these assets.
   * @param {(Asset|undefined)[]} assets
   */
  keepOnly(assets) {
    const kept = new Set(assets.map((asset) => asset && this.basePath(asset)));
    for (const [path, { controller }] of this.#loading) if (!kept.has(path)) controller.abort();
  }

  /**
   * @param {Asset} asset
   * @param {string} path
   * @param {AbortSignal} signal
   */
  async #loadPreview(asset, path, signal) {
    const isOriginal = path === originalPath(asset);
    const canShow = this.canShowOriginal(asset);
    let bitmap;
    try {
      // A busy server need not be waited for when the browser can do the work itself.
      bitmap = await this.#decode(path, signal, canShow && !isOriginal ? 1 : TRIES);
    } catch (error) {
      if (isAbort(error) || !(isOriginal || canShow)) throw error;
      bitmap = isOriginal
        ? await this.#decode(previewPath(asset, 2048), signal)
        : await this.#decode(originalPath(asset), signal, TRIES, asset);
    }
    this.#previews.set(path, bitmap, bitmap.width * bitmap.height * 4);
    return bitmap;
  }

  /**
   * The finest there is: the original where the browser can show it, a large preview elsewhere.
   * @param {Asset} asset
   * @param {AbortSignal} signal
   * @returns {Promise<ImageBitmap>} The caller closes it.
   */
  async loadDetail(asset, signal) {
    if (this.canShowOriginal(asset)) {
      try {
        return await this.#decode(originalPath(asset), signal);
      } catch (error) {
        if (isAbort(error)) throw error;
      }
    }
    return this.#decode(previewPath(asset, 4096), signal);
  }

  /**
   * What can be drawn at once: a thumbnail that is here, or the placeholder.
   * @param {Asset} asset
   * @param {string|undefined} thumbURL
   * @returns {Promise<ImageBitmap|null>} The caller closes it.
   */
  async first(asset, thumbURL) {
    if (thumbURL) {
      try {
        const image = new Image();
        image.src = thumbURL;
        await image.decode();
        return await createImageBitmap(image);
      } catch {
        // The cache has let it go meanwhile: the placeholder has to do.
      }
    }
    const placeholder = parsePlaceholder(asset.placeholder);
    if (!placeholder) return null;
    const { width, height, pixels } = drawPlaceholder(placeholder);
    return createImageBitmap(new ImageData(pixels, width, height));
  }

  /** Lets go of everything. */
  clear() {
    this.keepOnly([]);
    this.#previews.clear();
  }

  /**
   * @param {string} path
   * @param {AbortSignal} signal
   * @param {number} [tries]
   * @param {Asset} [reduced] Its size, when it is to be reduced to a preview's.
   */
  async #decode(path, signal, tries = TRIES, reduced) {
    for (let attempt = 1; ; attempt++) {
      try {
        const response = await request(path, { signal });
        const blob = await response.blob();
        const bitmap = await createImageBitmap(blob, reduced ? previewSize(reduced) : {});
        if (signal.aborted) {
          bitmap.close();
          throw new DOMException('Dropped.', 'AbortError');
        }
        return bitmap;
      } catch (error) {
        const busy = error instanceof ApiError && (error.status === 503 || error.status === 429);
        if (!busy || attempt >= tries) throw error;
        await pause(Math.max(0.5, error.retryAfter) * 1000, signal);
      }
    }
  }
}

/**
 * @param {Asset} asset
 * @returns {ImageBitmapOptions}
 */
function previewSize(asset) {
  const wide = (asset.width ?? 0) >= (asset.height ?? 0);
  return Math.max(asset.width ?? 0, asset.height ?? 0) <= 2048 ? {}
    : { [wide ? 'resizeWidth' : 'resizeHeight']: 2048, resizeQuality: 'high' };
}

/**
 * @param {number} milliseconds
 * @param {AbortSignal} signal
 */
function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(new DOMException('Dropped.', 'AbortError'));
    }, { once: true });
  });
}
