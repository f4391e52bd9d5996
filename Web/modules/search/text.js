// The query language's outer shape, as far as the page needs it by itself: to colour what is typed before
// the server has looked at it, and to add and take away terms. What a term means, only the server knows.

/**
 * @typedef {object} Chip A piece of a query's text; positions in UTF-16.
 * @property {number} from
 * @property {number} to
 * @property {string} text
 * @property {'tag'|'not'|'field'|'text'|'operator'} kind
 * @property {string|null} [category] Of a tag.
 */

/**
 * @typedef {object} Term What a query asks for at its outermost level.
 * @property {number} from With its sign.
 * @property {number} to
 * @property {string} text Without the minus.
 * @property {boolean} isExcluded
 */

const BLANK = /[\s\u200B\u200E\u200F\u061C\u202A-\u202E\u2066-\u2069]/u;

/**
 * The end of a quoted text that begins at `from`.
 * @param {string} text
 * @param {number} from
 */
function endOfQuote(text, from) {
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '"') return at + 1;
  }
  return text.length;
}

/**
 * The end of a word that begins at `from`: parentheses inside of it are letters while they are balanced.
 * @param {string} text
 * @param {number} from
 */
function endOfWord(text, from) {
  let depth = 0;
  let colon = -1;
  let at = from;
  for (; at < text.length && !BLANK.test(text[at]); at++) {
    const letter = text[at];
    if (letter === '\\') at += 1;
    else if (letter === '"' && colon >= 0 && (text[at - 1] === ':' || text[at - 1] === ',')) at = endOfQuote(text, at) - 1;
    else if (letter === ':' && colon < 0 && at > from) colon = at;
    else if (letter === '(') {
      if (/^any:\d*$/i.test(text.slice(from, at))) return at + 1;
      depth += 1;
    } else if (letter === ')' && --depth < 0) break;
  }
  return Math.min(at, text.length);
}

/**
 * Cuts a query's text into its pieces.
 * @param {string} text
 * @returns {Chip[]}
 */
export function chipsOf(text) {
  /** @type {Chip[]} */
  const chips = [];
  let at = 0;
  /** @param {number} to @param {Chip['kind']} kind */
  const add = (to, kind) => {
    chips.push({ from: at, to, text: text.slice(at, to), kind });
    at = to;
  };
  while (at < text.length) {
    const letter = text[at];
    if (BLANK.test(letter)) at += 1;
    else if (letter === '(' || letter === ')') add(at + 1, 'operator');
    else if (letter === '-') add(at + 1, 'not');
    else if (letter === '~') add(at + 1, 'operator');
    else if (letter === '"') add(endOfQuote(text, at), 'text');
    else {
      const to = endOfWord(text, at);
      const word = text.slice(at, to);
      if (/^(or|and|\||&)$/i.test(word) || /^any:\d*\($/i.test(word)) add(to, 'operator');
      else add(to, /^[^\\:]+:/.test(word) ? 'field' : 'tag');
    }
  }
  return chips;
}

/** @param {Chip} chip */
const opens = (chip) => chip.kind === 'operator' && chip.text.endsWith('(');

/**
 * The terms at the outermost level, and whether an `or` or a `~` joins them there.
 * @param {string} text
 * @returns {{terms: Term[], isJoined: boolean}}
 */
export function termsOf(text) {
  const chips = chipsOf(text);
  /** @type {Term[]} */
  const terms = [];
  let isJoined = false;
  for (let at = 0; at < chips.length; at++) {
    const first = chips[at];
    if (first.kind === 'operator' && /^(or|and|\||&|\)|~)$/i.test(first.text)) {
      isJoined ||= /^(or|\||~)$/i.test(first.text);
      continue;
    }
    let isExcluded = false;
    while (chips[at]?.kind === 'not') {
      isExcluded = !isExcluded;
      at += 1;
    }
    const begin = chips[at];
    if (!begin) break;
    for (let depth = 0; at < chips.length; at++) {
      if (opens(chips[at])) depth += 1;
      else if (chips[at].kind === 'operator' && chips[at].text === ')') depth -= 1;
      if (depth <= 0) break;
    }
    const to = (chips[at] ?? chips[chips.length - 1]).to;
    terms.push({ from: first.from, to, text: text.slice(begin.from, to), isExcluded });
  }
  return { terms, isJoined };
}

/** @param {string} term */
const keyOf = (term) => term.normalize('NFC').toLowerCase().replace(/"/g, '').replace(/[\s_]+/g, '_');

/**
 * Whether a query asks for a term, or for everything without it.
 * @param {string} text
 * @param {string} term
 * @returns {'included'|'excluded'|null}
 */
export function stateOfTerm(text, term) {
  const { terms, isJoined } = termsOf(text);
  if (isJoined) return null;
  const found = terms.find((other) => keyOf(other.text) === keyOf(term));
  return found ? (found.isExcluded ? 'excluded' : 'included') : null;
}

/**
 * The query's text without a term.
 * @param {string} text
 * @param {string} term
 */
export function withoutTerm(text, term) {
  const { terms, isJoined } = termsOf(text);
  if (isJoined) return text;
  let result = text;
  for (const other of terms.reverse()) {
    if (keyOf(other.text) === keyOf(term)) result = result.slice(0, other.from) + result.slice(other.to);
  }
  return result.replace(/\s{2,}/g, ' ').trim();
}

/**
 * The query's text with a term more, or without what has it.
 * @param {string} text
 * @param {string} term
 * @param {boolean} [isExcluded]
 */
export function withTerm(text, term, isExcluded = false) {
  const { isJoined } = termsOf(text);
  const rest = isJoined ? `(${text.trim()})` : withoutTerm(text, term);
  return `${rest} ${isExcluded ? '-' : ''}${term}`.trim();
}

/**
 * How a query asks for a value of a field: `album:"best of 2024"`.
 * @param {string} field
 * @param {string} value
 */
export function fieldTerm(field, value) {
  const isPlain = /^[^\s"\\(),:*-][^\s"\\(),:*]*$/u.test(value);
  return `${field}:${isPlain ? value : `"${value.replace(/[\\"]/g, '\\$&')}"`}`;
}

/**
 * How a query asks for an album's pictures; a pool, whose order tells a story, is shown in its own.
 * @param {{name: string, kind: string}} album
 * @param {boolean} [isOrdered] In the album's own order.
 */
export function albumQuery({ name, kind }, isOrdered = kind === 'pool') {
  return fieldTerm(kind === 'pool' ? 'pool' : 'album', name) + (isOrdered ? ' order:album' : '');
}

/**
 * How a query asks for a tag, whatever its name: `blue_sky`, `tag:"-_-"`.
 * @param {string} name
 */
export function tagTerm(name) {
  const word = name.trim().replace(/\s+/g, '_');
  const chips = chipsOf(word);
  const isPlain = chips.length === 1 && chips[0].kind === 'tag' && !/[\\"*,]/.test(word);
  return isPlain ? word : fieldTerm('tag', name.trim());
}

/**
 * The query's text with a name in the place of the tag that looks most like it.
 * @param {string} text
 * @param {string} name
 */
export function withNearestTag(text, name) {
  const key = keyOf(name);
  const [nearest] = chipsOf(text).filter(({ kind }) => kind === 'tag')
    .sort((left, right) => distance(keyOf(left.text), key) - distance(keyOf(right.text), key));
  return nearest ? text.slice(0, nearest.from) + tagTerm(name) + text.slice(nearest.to) : tagTerm(name);
}

/**
 * How many letters have to be changed, added or taken away.
 * @param {string} left
 * @param {string} right
 */
function distance(left, right) {
  let row = Array.from({ length: right.length + 1 }, (_, at) => at);
  for (let from = 0; from < left.length; from++) {
    const next = [from + 1];
    for (let to = 0; to < right.length; to++) {
      next.push(Math.min(next[to] + 1, row[to + 1] + 1, row[to] + Number(left[from] !== right[to])));
    }
    row = next;
  }
  return row[right.length];
}
