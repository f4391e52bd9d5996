// State flows one way: the server's events and the user's actions change the store, views follow.

/**
 * @template {object} State
 */
export class Store {
  #state;
  /** @type {Set<{keys: (keyof State)[], run: () => void}>} */
  #listeners = new Set();
  /** @type {Set<keyof State>} */
  #changed = new Set();
  #scheduled = false;

  /** @param {State} state */
  constructor(state) {
    this.#state = state;
  }

  /** @returns {Readonly<State>} */
  get state() {
    return this.#state;
  }

  /**
   * Changes some keys; views hear of it once, in a microtask.
   * @param {Partial<State>} patch
   */
  update(patch) {
    for (const key of /** @type {(keyof State)[]} */ (Object.keys(patch))) {
      if (this.#state[key] !== patch[key]) this.#changed.add(key);
    }
    if (this.#changed.size === 0) return;
    Object.assign(this.#state, patch);
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      const changed = this.#changed;
      this.#changed = new Set();
      for (const listener of [...this.#listeners]) {
        if (listener.keys.some((key) => changed.has(key))) listener.run();
      }
    });
  }

  /**
   * Runs now and whenever one of the keys has changed.
   * @param {(keyof State)[]} keys
   * @param {() => void} run
   * @returns {() => void} Ends it.
   */
  watch(keys, run) {
    const listener = { keys, run };
    this.#listeners.add(listener);
    run();
    return () => this.#listeners.delete(listener);
  }
}
