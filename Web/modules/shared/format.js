// Numbers, sizes and times as people read them.

/**
 * A whole number in groups of three digits. By hand: the browser's own formatter takes longer to set up
 * than the rest of a first screen's scripts.
 * @param {number} value
 */
export function formatCount(value) {
  return String(Math.round(value)).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

/**
 * "1 file", "2 files", "0 files".
 * @param {number} count
 * @param {string} one
 * @param {string} [many]
 */
export function plural(count, one, many = `${one}s`) {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/**
 * A file's size in decimal units, three digits.
 * @param {number} byteCount
 */
export function formatFileSize(byteCount) {
  return scaled(byteCount, 1000, ['bytes', 'kB', 'MB', 'GB', 'TB']);
}

/**
 * Memory in binary units, three digits.
 * @param {number} byteCount
 */
export function formatMemory(byteCount) {
  return scaled(byteCount, 1024, ['B', 'KiB', 'MiB', 'GiB', 'TiB']);
}

/**
 * @param {number} value
 * @param {number} step
 * @param {string[]} units
 */
function scaled(value, step, units) {
  let unit = 0;
  let size = Math.abs(value);
  while (size >= step && unit < units.length - 1) {
    size /= step;
    unit += 1;
  }
  const digits = unit === 0 || size >= 100 ? 0 : size >= 10 ? 1 : 2;
  return `${value < 0 ? '−' : ''}${size.toFixed(digits)} ${units[unit]}`;
}

/**
 * Length of play: "0:07", "2:14", "1:02:03".
 * @param {number} milliseconds
 */
export function formatLength(milliseconds) {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  const two = (/** @type {number} */ value) => String(value).padStart(2, '0');
  const minutes = Math.floor(seconds / 60) % 60;
  const hours = Math.floor(seconds / 3600);
  return hours > 0
    ? `${hours}:${two(minutes)}:${two(seconds % 60)}`
    : `${minutes}:${two(seconds % 60)}`;
}

/**
 * Time that something took or will take: "12 s", "3 min", "2 h 5 min".
 * @param {number} milliseconds
 */
export function formatSpan(milliseconds) {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

const MONTHS = [
  'January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September',
  'October', 'November', 'December',
];

/**
 * The wall time a picture carries, shown as it is written: a picture taken at 18:04 in Lisbon
 * says 18:04 everywhere.
 * @param {string|null} iso
 * @returns {string} "12 March 2025, 18:04", or an empty string.
 */
export function formatWallTime(iso) {
  const match = iso?.match(/^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2}))?/);
  if (!match) return '';
  const month = MONTHS[Number(match[2]) - 1];
  if (!month) return '';
  const date = `${Number(match[3])} ${month} ${match[1]}`;
  return match[4] ? `${date}, ${match[4]}:${match[5]}` : date;
}

/**
 * A moment in the reader's own time zone.
 * @param {string|null|undefined} iso
 */
export function formatMoment(iso) {
  const time = iso ? new Date(iso) : null;
  if (!time || Number.isNaN(time.getTime())) return '';
  const two = (/** @type {number} */ value) => String(value).padStart(2, '0');
  return `${time.getDate()} ${MONTHS[time.getMonth()]} ${time.getFullYear()}, ` +
    `${two(time.getHours())}:${two(time.getMinutes())}`;
}

/**
 * "1/250 s", "2.5 s".
 * @param {number} seconds
 */
export function formatExposure(seconds) {
  if (!(seconds > 0)) return '';
  return seconds < 0.3 ? `1/${Math.round(1 / seconds)} s` : `${Number(seconds.toFixed(1))} s`;
}

/**
 * @param {number} part
 * @param {number} all
 */
export function formatShare(part, all) {
  if (all <= 0) return '–';
  const share = (100 * part) / all;
  return share > 0 && share < 10 ? `${share.toFixed(1)} %` : `${Math.round(share)} %`;
}

/**
 * What a format is called in a badge; empty for everyday formats.
 * @param {string|null} format
 */
export function formatBadge(format) {
  switch (format) {
    case 'raw': return 'RAW';
    case 'exr': return 'EXR';
    case 'hdr': return 'HDR';
    case 'psd': return 'PSD';
    case 'svg': return 'SVG';
    default: return '';
  }
}

/**
 * A label for people who hear the page.
 * @param {import('./types.js').Asset} asset
 */
export function describeAsset(asset) {
  const parts = [asset.name];
  if (asset.kind === 'video') parts.push('video');
  const date = formatWallTime(asset.capturedAt);
  if (date) parts.push(date);
  if (asset.state === 'broken') parts.push('broken');
  if (asset.state === 'missing') parts.push('missing');
  return parts.join(', ');
}
