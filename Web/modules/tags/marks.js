// Stars, favourites, content ratings and notes: shown at once, told by the server.
import { plural } from '../shared/format.js';
import { toast } from '../shared/toasts.js';
import { asking } from './asking.js';

/** @typedef {import('./asking.js').Marks} Marks */

/** @type {[string, string][]} */
export const RATINGS = [['general', 'General'], ['sensitive', 'Sensitive'], ['questionable', 'Questionable'], ['explicit', 'Explicit']];

export class Marking {
  #results;
  #changes;
  #scope;

  /**
   * @param {import('../grid/results.js').Results} results
   * @param {import('./changes.js').Changes} changes
   * @param {() => import('./scope.js').Scope|null} scope What is meant now.
   */
  constructor(results, changes, scope) {
    this.#results = results;
    this.#changes = changes;
    this.#scope = scope;
  }

  /**
   * @param {Marks} marks
   * @param {(count: number) => string} tell
   */
  async mark(marks, tell) {
    const scope = this.#scope();
    if (!scope) {
      toast('Select a picture first.');
      return false;
    }
    const { stars } = marks;
    if (stars !== undefined) this.#results.patch(scope.has, { rating: stars });
    const isMade = await this.#changes.run(async () => asking.mark(await scope.target(), marks), () => tell(scope.count));
    if (!isMade && stars !== undefined) this.#results.again();
    return isMade;
  }

  /** @param {number} stars */
  star(stars) {
    return this.mark({ stars }, (count) => (stars === 0
      ? `Took the stars off ${plural(count, 'picture')}.` : `Gave ${plural(stars, 'star')} to ${plural(count, 'picture')}.`));
  }

  /** @param {boolean} favourite */
  favour(favourite) {
    return this.mark({ favourite }, (count) => (favourite
      ? `Added ${plural(count, 'picture')} to the favourites.` : `Took ${plural(count, 'picture')} out of the favourites.`));
  }

  /** Makes favourites, or, when all of them are favourites, none. */
  async toggleFavourite() {
    const scope = this.#scope();
    if (!scope?.asset) return this.favour(true);
    const { api } = await import('../shared/api.js');
    const detail = await api.asset(scope.asset.id).catch(() => null);
    return this.favour(!detail?.favourite);
  }

  /** @param {string} rating Empty for none. */
  rate(rating) {
    return this.mark({ rating: rating || 'none' }, (count) => (rating
      ? `Rated ${plural(count, 'picture')} ${rating}.` : `Took the rating off ${plural(count, 'picture')}.`));
  }

  /** @param {string} note */
  note(note) {
    return this.mark({ note }, () => (note ? 'Kept the note.' : 'Took the note away.'));
  }
}
