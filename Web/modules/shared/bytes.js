// A cache that is bounded in bytes, least recently used out first.

/**
 * Keeps values up to a number of bytes. Every value that leaves (evicted, replaced, removed,
 * cleared) is handed to `release` exactly once.
 * @template K, V
 */
export class ByteCache {
  /** @type {Map<K, {value: V, byteCount: number}>} In order of use, the oldest first. */
  #entries = new Map();
  #byteCount = 0;
  #limit;
  #release;

  /**
   * @param {number} byteLimit
   * @param {(value: V, key: K) => void} [release]
   */
  constructor(byteLimit, release = () => {}) {
    this.#limit = byteLimit;
    this.#release = release;
  }

  get byteCount() {
    return this.#byteCount;
  }

  get byteLimit() {
    return this.#limit;
  }

  get count() {
    return this.#entries.size;
  }

  /**
   * The value, which becomes the most recently used.
   * @param {K} key
   * @returns {V|undefined}
   */
  get(key) {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }

  /** @param {K} key */
  has(key) {
    return this.#entries.has(key);
  }

  /**
   * Keeps the value; a value larger than the whole limit is released at once.
   * @param {K} key
   * @param {V} value
   * @param {number} byteCount
   * @returns {boolean} Whether it is kept.
   */
  set(key, value, byteCount) {
    this.delete(key);
    if (byteCount > this.#limit) {
      this.#release(value, key);
      return false;
    }
    this.#shrink(this.#limit - byteCount);
    this.#entries.set(key, { value, byteCount });
    this.#byteCount += byteCount;
    return true;
  }

  /** @param {K} key */
  delete(key) {
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#entries.delete(key);
    this.#byteCount -= entry.byteCount;
    this.#release(entry.value, key);
  }

  clear() {
    this.#shrink(-1);
  }

  /** @param {number} byteCount */
  #shrink(byteCount) {
    for (const key of this.#entries.keys()) {
      if (this.#byteCount <= byteCount) return;
      this.delete(key);
    }
  }
}
