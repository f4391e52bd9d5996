// The few bytes that draw a blurred picture before its thumbnail is there.
//
// Byte 0 is the version (1), bytes 1–3 the average colour, byte 4 columns << 4 | rows, then one
// byte of luma per cell of the upright picture, row by row.

/** @typedef {{columns: number, rows: number, color: [number, number, number], luma: Uint8Array}} Placeholder */

const SCALE = 4;

/**
 * @param {string|null|undefined} text Base64.
 * @returns {Placeholder|null} Null when it is absent or not a placeholder of a known version.
 */
export function parsePlaceholder(text) {
  if (!text) return null;
  let binary;
  try {
    binary = atob(text);
  } catch {
    return null;
  }
  if (binary.length < 6 || binary.charCodeAt(0) !== 1) return null;
  const columns = binary.charCodeAt(4) >> 4;
  const rows = binary.charCodeAt(4) & 15;
  const cellCount = columns * rows;
  if (cellCount === 0 || cellCount > 24 || binary.length < 5 + cellCount) return null;
  const luma = new Uint8Array(cellCount);
  for (let cell = 0; cell < cellCount; cell++) luma[cell] = binary.charCodeAt(5 + cell);
  return {
    columns,
    rows,
    color: [binary.charCodeAt(1), binary.charCodeAt(2), binary.charCodeAt(3)],
    luma,
  };
}

/**
 * Pixels four times as fine as the cells, blended smoothly so that the browser's own bilinear
 * enlargement shows no diamonds.
 * @param {Placeholder} placeholder
 * @returns {{width: number, height: number, pixels: Uint8ClampedArray}} RGBA, opaque.
 */
export function drawPlaceholder(placeholder) {
  const { columns, rows, color, luma } = placeholder;
  const width = columns * SCALE;
  const height = rows * SCALE;
  const pixels = new Uint8ClampedArray(width * height * 4);
  let sum = 0;
  for (const value of luma) sum += value;
  const average = Math.max(1, sum / luma.length);
  for (let y = 0; y < height; y++) {
    const [top, bottom, down] = between((y + 0.5) / SCALE - 0.5, rows);
    for (let x = 0; x < width; x++) {
      const [left, right, across] = between((x + 0.5) / SCALE - 0.5, columns);
      const upper = mix(luma[top * columns + left], luma[top * columns + right], across);
      const lower = mix(luma[bottom * columns + left], luma[bottom * columns + right], across);
      const light = mix(upper, lower, down) / average;
      const offset = (y * width + x) * 4;
      pixels[offset] = color[0] * light;
      pixels[offset + 1] = color[1] * light;
      pixels[offset + 2] = color[2] * light;
      pixels[offset + 3] = 255;
    }
  }
  return { width, height, pixels };
}

/**
 * The two neighbours of a place between cells and how far it is towards the second one.
 * @param {number} place
 * @param {number} count
 * @returns {[number, number, number]}
 */
function between(place, count) {
  const clamped = Math.min(Math.max(place, 0), count - 1);
  const first = Math.floor(clamped);
  const fraction = clamped - first;
  const smooth = fraction * fraction * (3 - 2 * fraction);
  return [first, Math.min(first + 1, count - 1), smooth];
}

/**
 * @param {number} from
 * @param {number} to
 * @param {number} fraction
 */
function mix(from, to, fraction) {
  return from + (to - from) * fraction;
}
