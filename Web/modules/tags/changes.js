// Changes that people make: told in a toast that can take them back.
import { plural } from '../shared/format.js';
import { toast } from '../shared/toasts.js';
import { asking } from './asking.js';

/** @typedef {import('./asking.js').Change} Change */

export class Changes {
  #changed;
  /** @type {Set<() => void>} */
  #listeners = new Set();
  /** The last one that was made here and not taken back. */
  #last = 0;

  /** @param {() => void} changed Shows anew what may be another now. */
  constructor(changed) {
    this.#changed = changed;
  }

  /**
   * Calls `changed` after each change that is made or taken back, until what it returns is called.
   * @param {() => void} changed
   */
  listen(changed) {
    this.#listeners.add(changed);
    return () => this.#listeners.delete(changed);
  }

  #tell() {
    this.#changed();
    for (const changed of this.#listeners) changed();
  }

  /**
   * Sends a change and tells of it.
   * @param {() => Promise<Change>} send
   * @param {(changed: number) => string} tell
   * @returns {Promise<boolean>} Whether it was made; why not has been told.
   */
  async run(send, tell) {
    let change;
    try {
      change = await send();
    } catch (error) {
      toast(error instanceof Error ? error.message : String(error), { tone: 'error' });
      return false;
    }
    const { undo } = change;
    if (undo) this.#last = undo;
    toast(tell(change.changed), {
      action: undo ? { title: 'Undo', run: () => this.undo(undo) } : undefined, milliseconds: 9000,
    });
    this.#tell();
    return true;
  }

  /**
   * Takes a change back; this can be taken back too.
   * @param {number} [id] The last one, also one that was made before this page was opened.
   */
  async undo(id) {
    try {
      const { undo } = id ? { undo: [] } : this.#last ? { undo: [] } : await asking.undoable();
      const wanted = id ?? (this.#last || undo[0]?.id);
      if (!wanted) {
        toast('There is nothing to undo.');
        return;
      }
      const change = await asking.undo(wanted);
      this.#last = 0;
      toast(`Undone: ${plural(change.changed, 'change')} taken back.`, {
        action: change.undo ? { title: 'Redo', run: () => this.undo(change.undo) } : undefined,
      });
      this.#tell();
    } catch (error) {
      toast(error instanceof Error ? error.message : String(error), { tone: 'error' });
    }
  }
}
