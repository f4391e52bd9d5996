// Where every item of a result lies: pure arithmetic, no document.
//
// Two layouts share one idea: a result is cut into sections (months), a section into rows, a row
// into items. Square rows are computed on demand; justified rows are kept as two flat arrays, so a
// million items cost 12 bytes per row and one pass.

/** @typedef {{x: number, y: number, width: number, height: number}} Rectangle */
/** @typedef {{position: number, count: number, label: string}} Section */
/** @typedef {{first: number, last: number}} Span `last` is exclusive. */
/**
 * @typedef {object} LayoutInput
 * @property {number} count
 * @property {number} width Room for items, without the padding around them.
 * @property {number} target Wanted tile edge (square) or row height (justified).
 * @property {number} gap
 * @property {number} headerHeight Height of a section's header, used only with labels.
 * @property {number} paddingTop
 * @property {number} paddingBottom
 * @property {Section[]} sections In order of position and without holes; empty means one section.
 */

/** Aspect ratios wider or narrower than this are cropped in the grid. */
export const WIDEST = 3.2;
export const NARROWEST = 0.45;

const ASPECTS = new Float32Array(256);
for (let byte = 0; byte < 256; byte++) {
  ASPECTS[byte] = Math.min(WIDEST, Math.max(NARROWEST, 2 ** ((byte - 128) / 32)));
}

/**
 * The aspect ratio of a byte as the server sends it, kept between the narrowest and the widest.
 * @param {number} byte
 */
export function aspectOf(byte) {
  return ASPECTS[byte];
}

/**
 * Fits sections to a result: sorted, inside it, without holes or overlaps.
 * @param {Section[]} sections
 * @param {number} count
 * @returns {Section[]}
 */
export function tidySections(sections, count) {
  const sorted = sections
    .filter((section) => section.position < count && section.position >= 0)
    .sort((left, right) => left.position - right.position)
    .filter((section, at, all) => at === 0 || section.position !== all[at - 1].position);
  if (sorted.length === 0 || sorted[0].position > 0) {
    sorted.unshift({ position: 0, count: 0, label: '' });
  }
  return sorted.map((section, at) => ({
    position: section.position,
    count: (sorted[at + 1]?.position ?? count) - section.position,
    label: section.label,
  }));
}

/** What both layouts share; a subclass says where rows begin and where items stand in a row. */
class Rows {
  /** @param {LayoutInput} input */
  constructor(input) {
    this.count = input.count;
    this.width = Math.max(1, input.width);
    this.gap = input.gap;
    this.input = input;
    this.sections = tidySections(input.sections, input.count);
    const sectionCount = this.sections.length;
    /** Where the header of each section begins; its first row follows it. */
    this.sectionTops = new Float64Array(sectionCount + 1);
    /** The first row of each section, and the number of rows. */
    this.sectionRows = new Uint32Array(sectionCount + 1);
    /** Height of the whole content. */
    this.height = 0;
  }

  get rowCount() {
    return this.sectionRows[this.sections.length];
  }

  /** @param {number} section */
  headerHeight(section) {
    return this.sections[section].label ? this.input.headerHeight : 0;
  }

  /**
   * The last section whose entry in `values` is not greater than `value`.
   * @param {Float64Array|Uint32Array} values
   * @param {number} value
   */
  sectionBy(values, value) {
    return lastNotGreater(values, this.sections.length, value);
  }

  /** @param {number} _index @returns {number} */
  rowOf(_index) {
    return 0;
  }

  /** @param {number} _row @returns {Span} */
  itemsOf(_row) {
    return { first: 0, last: 0 };
  }

  /** @param {number} _row @returns {{top: number, height: number}} */
  extentOf(_row) {
    return { top: 0, height: 0 };
  }

  /**
   * The row at or above a height; rows end where the next begins.
   * @param {number} _y
   * @returns {number}
   */
  rowAt(_y) {
    return 0;
  }

  /** @param {number} _index @returns {Rectangle} */
  rectangle(_index) {
    return { x: 0, y: 0, width: 0, height: 0 };
  }

  /**
   * The items whose rows touch a band, as one span.
   * @param {number} top
   * @param {number} bottom
   * @returns {Span}
   */
  visible(top, bottom) {
    if (this.count === 0 || bottom <= top) return { first: 0, last: 0 };
    let from = this.rowAt(top);
    const extent = this.extentOf(from);
    if (extent.top + extent.height <= top && from < this.rowCount - 1) from += 1;
    const to = this.rowAt(bottom);
    return { first: this.itemsOf(from).first, last: this.itemsOf(Math.max(from, to)).last };
  }

  /**
   * The headers that touch a band.
   * @param {number} top
   * @param {number} bottom
   * @returns {{section: number, y: number, label: string, count: number}[]}
   */
  headers(top, bottom) {
    /** @type {{section: number, y: number, label: string, count: number}[]} */
    const found = [];
    if (this.count === 0) return found;
    for (let at = this.sectionBy(this.sectionTops, top); at < this.sections.length; at++) {
      const y = this.sectionTops[at];
      if (y >= bottom) break;
      const { label, count } = this.sections[at];
      if (label && y + this.input.headerHeight > top) found.push({ section: at, y, label, count });
    }
    return found;
  }

  /**
   * The section at a height.
   * @param {number} y
   */
  sectionAt(y) {
    return this.sectionBy(this.sectionTops, y);
  }

  /**
   * The item under a point, or -1 where there is none.
   * @param {number} x
   * @param {number} y
   */
  indexAt(x, y) {
    if (this.count === 0) return -1;
    const row = this.rowAt(y);
    const { top, height } = this.extentOf(row);
    if (y < top || y >= top + height) return -1;
    const { first, last } = this.itemsOf(row);
    for (let index = first; index < last; index++) {
      const box = this.rectangle(index);
      if (x >= box.x && x < box.x + box.width) return index;
    }
    return -1;
  }

  /**
   * The item of a row whose centre is nearest to `x`.
   * @param {number} row
   * @param {number} x
   */
  nearestInRow(row, x) {
    const { first, last } = this.itemsOf(row);
    let best = first;
    let distance = Infinity;
    for (let index = first; index < last; index++) {
      const box = this.rectangle(index);
      const away = Math.abs(box.x + box.width / 2 - x);
      if (away < distance) {
        distance = away;
        best = index;
      }
    }
    return best;
  }

  /**
   * The items that touch a rectangle, as spans in ascending order.
   * @param {Rectangle} area
   * @returns {Span[]}
   */
  touching(area) {
    /** @type {Span[]} */
    const spans = [];
    if (this.count === 0) return spans;
    const bottom = area.y + area.height;
    for (let row = this.rowAt(area.y); row < this.rowCount; row++) {
      const { top, height } = this.extentOf(row);
      if (top > bottom) break;
      if (top + height < area.y) continue;
      const { first, last } = this.itemsOf(row);
      let from = -1;
      let to = -1;
      for (let index = first; index < last; index++) {
        const box = this.rectangle(index);
        if (box.x + box.width < area.x || box.x > area.x + area.width) continue;
        if (from < 0) from = index;
        to = index + 1;
      }
      if (from < 0) continue;
      const previous = spans[spans.length - 1];
      if (previous && previous.last === from) previous.last = to;
      else spans.push({ first: from, last: to });
    }
    return spans;
  }
}

/** Equal squares that fill the width. */
export class SquareLayout extends Rows {
  /** @param {LayoutInput} input */
  constructor(input) {
    super(input);
    this.columns = Math.max(1, Math.round((this.width + this.gap) / (input.target + this.gap)));
    this.edge = Math.max(1, (this.width - this.gap * (this.columns - 1)) / this.columns);
    this.pitch = this.edge + this.gap;
    let y = input.paddingTop;
    let row = 0;
    this.sections.forEach((section, at) => {
      this.sectionTops[at] = y;
      this.sectionRows[at] = row;
      const rows = Math.ceil(section.count / this.columns);
      row += rows;
      y += this.headerHeight(at) + rows * this.pitch;
    });
    this.sectionTops[this.sections.length] = y;
    this.sectionRows[this.sections.length] = row;
    this.height = (this.count > 0 ? y - this.gap : y) + input.paddingBottom;
  }

  /** @override @param {number} index */
  rowOf(index) {
    const section = this.sectionOf(index);
    const within = index - this.sections[section].position;
    return this.sectionRows[section] + Math.floor(within / this.columns);
  }

  /** @override @param {number} row */
  itemsOf(row) {
    const at = this.sectionBy(this.sectionRows, row);
    const { position, count } = this.sections[at];
    const within = (row - this.sectionRows[at]) * this.columns;
    return {
      first: position + within,
      last: position + Math.min(count, within + this.columns),
    };
  }

  /** @override @param {number} row */
  extentOf(row) {
    const at = this.sectionBy(this.sectionRows, row);
    const top = this.sectionTops[at] + this.headerHeight(at) +
      (row - this.sectionRows[at]) * this.pitch;
    return { top, height: this.edge };
  }

  /** @override @param {number} y */
  rowAt(y) {
    const at = this.sectionBy(this.sectionTops, y);
    const within = Math.floor((y - this.sectionTops[at] - this.headerHeight(at)) / this.pitch);
    const lastRow = Math.max(this.sectionRows[at], this.sectionRows[at + 1] - 1);
    return Math.min(lastRow, Math.max(this.sectionRows[at], this.sectionRows[at] + within));
  }

  /** @override @param {number} index */
  rectangle(index) {
    const section = this.sectionOf(index);
    const within = index - this.sections[section].position;
    const row = Math.floor(within / this.columns);
    return {
      x: (within - row * this.columns) * this.pitch,
      y: this.sectionTops[section] + this.headerHeight(section) + row * this.pitch,
      width: this.edge,
      height: this.edge,
    };
  }

  /** @param {number} index */
  sectionOf(index) {
    return lastSectionOf(this.sections, index);
  }
}

/** Rows of whole pictures, each row stretched to fill the width. */
export class JustifiedLayout extends Rows {
  /**
   * @param {LayoutInput} input
   * @param {Uint8Array} aspects One byte per item; items beyond it count as 3:2.
   */
  constructor(input, aspects) {
    super(input);
    this.aspects = aspects;
    const starts = new Growing(Math.min(input.count, 1024));
    const tops = new Growing(Math.min(input.count, 1024));
    const { target } = input;
    const { width, gap } = this;
    let y = input.paddingTop;
    this.sections.forEach((section, at) => {
      this.sectionTops[at] = y;
      this.sectionRows[at] = starts.count;
      y += this.headerHeight(at);
      const end = section.position + section.count;
      let index = section.position;
      while (index < end) {
        // Take items while that brings the row's height nearer to the wanted one.
        let sum = this.aspect(index);
        let last = index + 1;
        while (last < end) {
          const here = (width - gap * (last - index - 1)) / sum;
          if (here <= target) break;
          const wider = sum + this.aspect(last);
          const next = (width - gap * (last - index)) / wider;
          if (next < target && target - next > here - target) break;
          sum = wider;
          last += 1;
        }
        const full = (width - gap * (last - index - 1)) / sum;
        // A last row that is not full keeps the wanted height; a lone panorama may be lower.
        const height = last === end ? Math.min(full, target) : Math.min(full, target * 1.6);
        starts.push(index);
        tops.push(y);
        y += height + gap;
        index = last;
      }
    });
    const rowCount = starts.count;
    this.sectionTops[this.sections.length] = y;
    this.sectionRows[this.sections.length] = rowCount;
    /** First item of each row, and the number of items. */
    this.rowStarts = new Uint32Array(rowCount + 1);
    /** Top of each row, and where a further row would begin. */
    this.rowTops = new Float64Array(rowCount + 1);
    this.rowStarts.set(starts.values.subarray(0, rowCount));
    this.rowTops.set(tops.values.subarray(0, rowCount));
    this.rowStarts[rowCount] = this.count;
    this.rowTops[rowCount] = y;
    this.height = (this.count > 0 ? y - gap : y) + input.paddingBottom;
  }

  /** @param {number} index */
  aspect(index) {
    return index < this.aspects.length ? ASPECTS[this.aspects[index]] : 1.5;
  }

  /** @override @param {number} index */
  rowOf(index) {
    return lastNotGreater(this.rowStarts, this.rowCount, index);
  }

  /** @override @param {number} row */
  itemsOf(row) {
    if (this.count === 0) return { first: 0, last: 0 };
    return { first: this.rowStarts[row], last: this.rowStarts[row + 1] };
  }

  /** @override @param {number} row */
  extentOf(row) {
    const top = this.rowTops[row];
    const section = this.sectionBy(this.sectionRows, row);
    const isLast = row + 1 === this.sectionRows[section + 1];
    const end = isLast ? this.sectionTops[section + 1] : this.rowTops[row + 1];
    return { top, height: end - this.gap - top };
  }

  /** @override @param {number} y */
  rowAt(y) {
    return lastNotGreater(this.rowTops, this.rowCount, y);
  }

  /** @override @param {number} index */
  rectangle(index) {
    const row = this.rowOf(index);
    const { top, height } = this.extentOf(row);
    let x = 0;
    for (let before = this.rowStarts[row]; before < index; before++) {
      x += this.aspect(before) * height + this.gap;
    }
    const width = Math.min(this.aspect(index) * height, this.width - x);
    return { x, y: top, width, height };
  }
}

/** A number array that grows by doubling. */
class Growing {
  /** @param {number} capacity */
  constructor(capacity) {
    this.values = new Float64Array(Math.max(16, capacity));
    this.count = 0;
  }

  /** @param {number} value */
  push(value) {
    if (this.count === this.values.length) {
      const larger = new Float64Array(this.values.length * 2);
      larger.set(this.values);
      this.values = larger;
    }
    this.values[this.count++] = value;
  }
}

/**
 * The last of the first `length` ascending values that is not greater than `value`; 0 at least.
 * @param {Float64Array|Uint32Array} values
 * @param {number} length
 * @param {number} value
 */
function lastNotGreater(values, length, value) {
  let low = 0;
  let high = length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (values[middle] <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}

/**
 * @param {Section[]} sections
 * @param {number} index
 */
function lastSectionOf(sections, index) {
  let low = 0;
  let high = sections.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (sections[middle].position <= index) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** @typedef {SquareLayout|JustifiedLayout} Layout */
