// Scrolling past the height a browser can hold.
//
// Browsers clamp an element to some 16 to 33 million pixels, and large coordinates lose precision
// long before. Up to `limit` the scroll box is as tall as its content. Beyond, the box is `limit`
// tall and stands for the whole: short moves (wheel, keys, touch) go pixel by pixel, long ones
// (the thumb of the scroll bar) in proportion. Short moves make the box and the content drift
// apart; `settle` brings them together while nothing moves, which cannot be seen, because the
// tiles are placed relative to `offset`. Near both ends the box and the content agree pixel by pixel,
// so that the ends can be reached by short moves.

export const SCROLL_LIMIT = 4_000_000;

export class ScrollMap {
  #limit;
  #content = 0;
  #viewport = 1;
  #box = 0;
  #top = 0;

  /** @param {number} [limit] */
  constructor(limit = SCROLL_LIMIT) {
    this.#limit = limit;
  }

  /** Where the viewport is in the content. */
  get top() {
    return this.#top;
  }

  /** Where the viewport is in the scroll box. */
  get boxTop() {
    return this.#box;
  }

  /** The height the scroll box has to have. */
  get boxHeight() {
    return Math.min(this.#content, this.#limit);
  }

  /** An item at `y` of the content stands at `y - offset` of the scroll box. */
  get offset() {
    return this.#top - this.#box;
  }

  get #contentRange() {
    return Math.max(0, this.#content - this.#viewport);
  }

  get #boxRange() {
    return Math.max(0, this.boxHeight - this.#viewport);
  }

  /**
   * Tells the sizes; the place in the content is kept as far as it exists.
   * @param {number} contentHeight
   * @param {number} viewportHeight
   * @returns {number} What to set `scrollTop` to.
   */
  resize(contentHeight, viewportHeight) {
    this.#content = contentHeight;
    this.#viewport = viewportHeight;
    return this.jump(this.#top);
  }

  /**
   * Goes to a place in the content.
   * @param {number} top
   * @returns {number} What to set `scrollTop` to.
   */
  jump(top) {
    this.#top = Math.min(Math.max(0, top), this.#contentRange);
    this.#box = this.#proportional(this.#top);
    return this.#box;
  }

  /**
   * Follows the scroll box.
   * @param {number} boxTop
   * @returns {number|null} What to set `scrollTop` to at once, or null when it is fine as it is.
   */
  scrolled(boxTop) {
    const moved = boxTop - this.#box;
    this.#box = boxTop;
    if (this.#content <= this.#limit) {
      this.#top = Math.min(Math.max(0, boxTop), this.#contentRange);
      return null;
    }
    if (Math.abs(moved) > 2 * this.#viewport) {
      this.#top = this.#contentTop(Math.min(Math.max(0, boxTop), this.#boxRange));
      return null;
    }
    this.#top = Math.min(Math.max(0, this.#top + moved), this.#contentRange);
    // The box came to an end before the content did: make room for more.
    const atEnd = boxTop <= 0 || boxTop >= this.#boxRange;
    return atEnd ? this.settle() : null;
  }

  /**
   * Brings the box back to where it belongs; the content does not move.
   * @returns {number|null} What to set `scrollTop` to, or null when it is there already.
   */
  settle() {
    const wanted = this.#proportional(this.#top);
    if (Math.abs(wanted - this.#box) < 1) return null;
    this.#box = wanted;
    return wanted;
  }

  /** How far from an end the box and the content agree. */
  get #margin() {
    return Math.min(8 * this.#viewport, this.#boxRange / 4);
  }

  /**
   * Where in the box a place of the content belongs, in whole pixels: browsers round `scrollTop`,
   * and a rounded value would read as a move.
   * @param {number} top
   */
  #proportional(top) {
    if (this.#content <= this.#limit) return top;
    const margin = this.#margin;
    const below = this.#contentRange - top;
    if (top <= margin) return Math.round(top);
    if (below <= margin) return Math.round(this.#boxRange - below);
    const share = (top - margin) / (this.#contentRange - 2 * margin);
    return Math.round(margin + share * (this.#boxRange - 2 * margin));
  }

  /**
   * The opposite of `#proportional`.
   * @param {number} boxTop
   */
  #contentTop(boxTop) {
    const margin = this.#margin;
    const below = this.#boxRange - boxTop;
    if (boxTop <= margin) return boxTop;
    if (below <= margin) return this.#contentRange - below;
    const share = (boxTop - margin) / (this.#boxRange - 2 * margin);
    return margin + share * (this.#contentRange - 2 * margin);
  }
}
