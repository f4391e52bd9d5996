// Thumbnails: a bounded number of requests, nearest first, and a cache bounded in bytes.
//
// They are fetched rather than linked, so that a request can be dropped when its tile leaves, a
// broken file can say why, and the bytes kept are known exactly.
import { ApiError, isAbort, request, thumbPath } from '../shared/api.js';
import { ByteCache } from '../shared/bytes.js';

/** @typedef {import('../shared/types.js').Asset} Asset */
/** @typedef {{url: string}|{reason: string}} Thumbnail */

/**
 * @typedef {object} Job
 * @property {string} key
 * @property {string} path
 * @property {() => number} distance
 * @property {(thumbnail: Thumbnail) => void} done
 * @property {AbortController} controller
 * @property {boolean} running
 * @property {number} notBefore
 */

/** Encoded bytes kept in the browser: some 3,000 thumbnails of 256 pixels. */
const CACHE_BYTES = 48 * 1024 * 1024;
/** Browsers open six connections to a server; one is for events, one for everything else. */
const IN_FLIGHT = 4;
/**
 * While answers come at once, more requests wait inside the browser, so that its connections need
 * not wait for this page's main thread between one thumbnail and the next.
 */
const IN_FLIGHT_WHEN_FAST = 12;
/** Milliseconds within which a whole batch is answered when thumbnails need not be made first. */
const FAST = 150;
const KEPT_FAILURES = 4000;

export class Thumbs {
  /** @type {ByteCache<string, string>} */
  #cache = new ByteCache(CACHE_BYTES, (url) => URL.revokeObjectURL(url));
  /** @type {Set<Job>} */
  #jobs = new Set();
  #running = 0;
  #limit = IN_FLIGHT;
  /** @type {Map<string, string>} */
  #failures = new Map();
  #timer = 0;
  #scheduled = false;

  get byteCount() {
    return this.#cache.byteCount;
  }

  get byteLimit() {
    return this.#cache.byteLimit;
  }

  /**
   * What is here already.
   * @param {Asset} asset
   * @param {256|512} size
   * @returns {Thumbnail|undefined}
   */
  cached(asset, size) {
    const key = thumbPath(asset, size);
    const url = this.#cache.get(key);
    if (url) return { url };
    const reason = this.#failures.get(`${asset.id} ${asset.version}`);
    return reason ? { reason } : undefined;
  }

  /**
   * Any size of it that is here, the larger one first.
   * @param {Asset} asset
   * @returns {string|undefined}
   */
  anySize(asset) {
    return this.#cache.get(thumbPath(asset, 512)) ?? this.#cache.get(thumbPath(asset, 256));
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
    try {
      const response = await request(job.path, { signal: job.controller.signal });
      this.#limit = performance.now() - asked < FAST ? IN_FLIGHT_WHEN_FAST : IN_FLIGHT;
      const blob = await response.blob();
      const url = URL.createObjectURL(blob);
      this.#cache.set(job.path, url, blob.size);
      this.#finish(job, { url });
    } catch (error) {
      if (isAbort(error) || !this.#jobs.has(job)) {
        this.#jobs.delete(job);
      } else if (error instanceof ApiError && (error.status === 503 || error.status === 429 || error.isOffline)) {
        job.running = false;
        job.notBefore = performance.now() + 1000 * Math.max(1, error.retryAfter);
      } else {
        const reason = error instanceof Error ? error.message : String(error);
        this.#failures.set(job.key, reason);
        for (const oldest of this.#failures.keys()) {
          if (this.#failures.size <= KEPT_FAILURES) break;
          this.#failures.delete(oldest);
        }
        this.#finish(job, { reason });
      }
    } finally {
      this.#running -= 1;
      this.#start();
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
