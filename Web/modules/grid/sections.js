// Months as sections of the grid; sparse years become one section, so that a few pictures a month
// do not turn into a page of headlines.

/** @typedef {import('./layout.js').Section} Section */
/** @typedef {{key: string, label: string, position: number, count: number}} Bucket */

/** A year with fewer pictures a month on average is one section. */
export const DENSE = 12;

/**
 * @param {Bucket[]} buckets By month ("2025-03"), in order of position.
 * @param {{position: number, count: number}|null} undated
 * @returns {Section[]}
 */
export function sectionsOf(buckets, undated) {
  /** @type {Section[]} */
  const sections = [];
  let first = 0;
  while (first < buckets.length) {
    const year = yearOf(buckets[first]);
    let last = first;
    let count = 0;
    while (last < buckets.length && yearOf(buckets[last]) === year) count += buckets[last++].count;
    if (last - first > 1 && count / (last - first) < DENSE) {
      sections.push({ position: buckets[first].position, count, label: year });
    } else {
      for (const bucket of buckets.slice(first, last)) {
        sections.push({ position: bucket.position, count: bucket.count, label: bucket.label });
      }
    }
    first = last;
  }
  if (undated && undated.count > 0) sections.push({ ...undated, label: 'No date' });
  return sections;
}

/** @param {Bucket} bucket */
function yearOf(bucket) {
  return bucket.key.slice(0, bucket.key.indexOf('-', 1));
}
