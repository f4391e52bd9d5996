// Which positions of a result are selected: ranges, so that "all" of a million costs one entry.

/** @typedef {import('./layout.js').Span} Span */

export class Selection {
  /** @type {Span[]} Ascending, apart from each other. */
  #spans = [];

  get count() {
    return this.#spans.reduce((sum, span) => sum + span.last - span.first, 0);
  }

  get isEmpty() {
    return this.#spans.length === 0;
  }

  /** @returns {readonly Span[]} */
  get spans() {
    return this.#spans;
  }

  /** @param {number} position */
  has(position) {
    let low = 0;
    let high = this.#spans.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const span = this.#spans[middle];
      if (position < span.first) high = middle - 1;
      else if (position >= span.last) low = middle + 1;
      else return true;
    }
    return false;
  }

  clear() {
    this.#spans = [];
  }

  /**
   * @param {number} first
   * @param {number} last Exclusive.
   */
  add(first, last) {
    if (last <= first) return;
    /** @type {Span[]} */
    const result = [];
    let from = first;
    let to = last;
    for (const span of this.#spans) {
      if (span.last < from || span.first > to) {
        result.push(span);
      } else {
        from = Math.min(from, span.first);
        to = Math.max(to, span.last);
      }
    }
    result.push({ first: from, last: to });
    this.#spans = result.sort((left, right) => left.first - right.first);
  }

  /**
   * @param {number} first
   * @param {number} last Exclusive.
   */
  remove(first, last) {
    /** @type {Span[]} */
    const result = [];
    for (const span of this.#spans) {
      if (span.first < first) result.push({ first: span.first, last: Math.min(span.last, first) });
      if (span.last > last) result.push({ first: Math.max(span.first, last), last: span.last });
    }
    this.#spans = result;
  }

  /** @param {number} position */
  toggle(position) {
    if (this.has(position)) this.remove(position, position + 1);
    else this.add(position, position + 1);
  }

  /**
   * Exactly these.
   * @param {readonly Span[]} spans
   */
  replace(spans) {
    this.#spans = [];
    for (const span of spans) this.add(span.first, span.last);
  }

  /** The lowest selected position, or -1. */
  get first() {
    return this.#spans[0]?.first ?? -1;
  }
}
