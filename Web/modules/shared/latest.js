// Questions of which only the latest one counts.
import { isAbort } from './api.js';

export class Latest {
  #milliseconds;
  #timer = 0;
  #running = new AbortController();

  /** @param {number} [milliseconds] Rest before a question is sent. */
  constructor(milliseconds = 0) {
    this.#milliseconds = milliseconds;
  }

  /** Gives up what is waited for. */
  cancel() {
    clearTimeout(this.#timer);
    this.#running.abort();
  }

  /**
   * Asks after a rest; the question before it is given up.
   * @template Value
   * @param {(signal: AbortSignal) => Promise<Value>} load
   * @param {(value: Value) => void} done
   * @param {(error: unknown) => void} [failed]
   */
  ask(load, done, failed = () => {}) {
    this.cancel();
    const running = new AbortController();
    this.#running = running;
    this.#timer = setTimeout(async () => {
      let value;
      try {
        value = await load(running.signal);
      } catch (error) {
        if (!isAbort(error) && !running.signal.aborted) failed(error);
        return;
      }
      if (!running.signal.aborted) done(value);
    }, this.#milliseconds);
  }
}
