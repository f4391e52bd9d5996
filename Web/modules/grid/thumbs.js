// Thumbnails: a bounded number of requests, nearest first.
//
// The browser loads them as it loads any picture and keeps them in its own cache, under addresses
// that never show anything else. Only the order is decided here, and what is asked for at all: a
// request is dropped when its tile leaves.
import { ApiError, isAbort, request, thumbPath } from '../shared/api.js';

/** @typedef {import('../shared/types.js').Asset} Asset */
/** @typedef {{url: string}|{reason: string}} Thumbnail */

/**
 * @typedef {object} Job
 * @property {string} key
 * @property {string} path
 * @property {() => number} distance Negative for what is seen.
 * @property {(thumbnail: Thumbnail) => void} done
 * @property {AbortController} controller
 * @property {boolean} running
 * @property {number} notBefore
 */

/** Browsers open six connections to a server; one is for events, one for everything else. */
const IN_FLIGHT = 4;
/**
 * While answers come at once, more requests wait inside the browser, so that its connections need
 * not wait for this page's main thread between one thumbnail and the next.
 */
const IN_FLIGHT_WHEN_FAST = 32;
/** Milliseconds within which a whole batch is answered when thumbnails need not be made first. */
const FAST = 150;
/** Thumbnails and failures that are remembered. */
const KEPT = 4000;

export class Thumbs {
  /** @type {Map<string, true>} Paths the browser has loaded, in order of use. */
  #loaded = new Map();
  /** @type {Set<Job>} */
  #jobs = new Set();
  /** @type {HTMLImageElement[]} Pictures outside of the page that load nothing now. */
  #loaders = [];
  #running = 0;
  #limit = IN_FLIGHT_WHEN_FAST;
  /** @type {Map<string, string>} */
  #failures = new Map();
  #timer = 0;
  #scheduled = false;
  /** @type {(() => void)[]} */
  #onSeen = [];

  /**
   * Why a thumbnail that was asked for cannot be had.
   * @param {Asset} asset
   * @returns {{reason: string}|undefined}
   */
  failure(asset) {
    const reason = this.#failures.get(`${asset.id} ${asset.version}`);
    return reason ? { reason } : undefined;
  }

  /**
   * Any size of it that was loaded, the larger one first.
   * @param {Asset} asset
   * @returns {string|undefined}
   */
  anySize(asset) {
    return [thumbPath(asset, 512), thumbPath(asset, 256)].find((path) => this.#loaded.has(path));
  }

  /**
   * @param {Asset} asset
   * @param {256|512} size
   * @param {() => number} distance How far from what is looked at; the nearest job starts first.
   * @param {(thumbnail: Thumbnail) => void} done Not called after the job was dropped.
   * @returns {() => void} Drops it.
   */
  load(asset, size, distance, done) {
    /** @type {Job} */
    const job = {
      key: `${asset.id} ${asset.version}`,
      path: thumbPath(asset, size),
      distance, done, controller: new AbortController(), running: false, notBefore: 0,
    };
    this.#jobs.add(job);
    this.#schedule();
    return () => {
      if (this.#jobs.delete(job)) job.controller.abort();
    };
  }

  /**
   * Resolves when nothing that is seen is waited for.
   * @returns {Promise<void>}
   */
  seenAreHere() {
    return new Promise((resolve) => {
      this.#onSeen.push(resolve);
      this.#tellSeen();
    });
  }

  #tellSeen() {
    if (this.#onSeen.length === 0) return;
    for (const job of this.#jobs) if (job.distance() < 0) return;
    for (const tell of this.#onSeen.splice(0)) tell();
  }

  /** Broken files are asked for again. */
  forgetFailures() {
    this.#failures.clear();
  }

  /** One microtask later, so that all tiles of a frame compete and not the first few win. */
  #schedule() {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#start();
    });
  }

  #start() {
    const now = performance.now();
    while (this.#running < this.#limit) {
      /** @type {Job|null} */
      let nearest = null;
      let shortest = Infinity;
      let soonest = Infinity;
      for (const job of this.#jobs) {
        if (job.running) continue;
        if (job.notBefore > now) {
          soonest = Math.min(soonest, job.notBefore);
          continue;
        }
        const distance = job.distance();
        if (distance < shortest) {
          shortest = distance;
          nearest = job;
        }
      }
      if (!nearest) {
        clearTimeout(this.#timer);
        if (soonest < Infinity) this.#timer = setTimeout(() => this.#start(), soonest - now + 5);
        return;
      }
      this.#run(nearest);
    }
  }

  /** @param {Job} job */
  async #run(job) {
    job.running = true;
    this.#running += 1;
    const asked = performance.now();
    const { signal } = job.controller;
    // Used again: a new one for each would pile up until the browser collects what nobody holds.
    const picture = this.#loaders.pop() ?? new Image();
    try {
      if (!await loads(picture, job.path, signal)) {
        // A picture does not tell why it cannot be loaded; a plain request does.
        await request(job.path, { signal });
        if (!await loads(picture, job.path, signal)) throw new Error('The browser cannot show its thumbnail.');
      }
      this.#limit = performance.now() - asked < FAST ? IN_FLIGHT_WHEN_FAST : IN_FLIGHT;
      remember(this.#loaded, job.path, true);
      this.#finish(job, { url: job.path });
    } catch (error) {
      if (isAbort(error) || !this.#jobs.has(job)) {
        this.#jobs.delete(job);
      } else if (error instanceof ApiError && (error.status === 503 || error.status === 429 || error.isOffline)) {
        job.running = false;
        job.notBefore = performance.now() + 1000 * Math.max(1, error.retryAfter);
      } else {
        const reason = error instanceof Error ? error.message : String(error);
        remember(this.#failures, job.key, reason);
        this.#finish(job, { reason });
      }
    } finally {
      picture.removeAttribute('src');
      this.#loaders.push(picture);
      this.#running -= 1;
      this.#start();
      this.#tellSeen();
    }
  }

  /**
   * @param {Job} job
   * @param {Thumbnail} thumbnail
   */
  #finish(job, thumbnail) {
    if (this.#jobs.delete(job)) job.done(thumbnail);
  }
}

/**
 * @template Value
 * @param {Map<string, Value>} map
 * @param {string} key
 * @param {Value} value
 */
function remember(map, key, value) {
  map.delete(key);
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= KEPT) break;
    map.delete(oldest);
  }
}

/**
 * @param {HTMLImageElement} picture
 * @param {string} path
 * @param {AbortSignal} signal
 * @returns {Promise<boolean>} Whether it has loaded.
 * @throws {DOMException} `AbortError` when it was dropped.
 */
function loads(picture, path, signal) {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const dropped = () => {
      picture.onload = picture.onerror = null;
      reject(signal.reason);
    };
    signal.addEventListener('abort', dropped, { once: true });
    picture.onload = () => {
      signal.removeEventListener('abort', dropped);
      resolve(true);
    };
    picture.onerror = () => {
      signal.removeEventListener('abort', dropped);
      resolve(false);
    };
    picture.src = path;
  });
}
