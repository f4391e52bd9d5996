import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultQuery, formatAddress, parseAddress, sameQuery } from '../modules/shared/address.js';
import { ByteCache } from '../modules/shared/bytes.js';
import {
  describeAsset, formatExposure, formatFileSize, formatLength, formatMemory, formatWallTime, plural,
} from '../modules/shared/format.js';
import { drawPlaceholder, parsePlaceholder } from '../modules/shared/placeholder.js';
import { chordOf } from '../modules/shared/keys.js';

function encoded(...bytes) {
  return Buffer.from(bytes).toString('base64');
}

test('a placeholder is read and drawn around its average colour', () => {
  const text = encoded(1, 100, 50, 200, (3 << 4) | 2, 128, 128, 128, 128, 128, 128);
  const placeholder = parsePlaceholder(text);
  assert.deepEqual(placeholder.color, [100, 50, 200]);
  assert.equal(placeholder.columns, 3);
  assert.equal(placeholder.rows, 2);
  const { width, height, pixels } = drawPlaceholder(placeholder);
  assert.equal(width, 12);
  assert.equal(height, 8);
  assert.deepEqual([...pixels.subarray(0, 4)], [100, 50, 200, 255]);
});

test('a placeholder is brighter where its luma is', () => {
  const { width, pixels } = drawPlaceholder(parsePlaceholder(encoded(1, 99, 99, 99, (2 << 4) | 1, 20, 180)));
  assert.ok(pixels[0] < 60);
  assert.ok(pixels[(width - 1) * 4] > 150);
});

test('what is not a placeholder is refused', () => {
  for (const text of [
    null, '', '!!', encoded(1), encoded(2, 1, 1, 1, 0x11, 1), encoded(1, 1, 1, 1, 0x66, 1),
    encoded(1, 1, 1, 1, 0x22, 1, 1), encoded(1, 1, 1, 1, 0x01, 1),
  ]) {
    assert.equal(parsePlaceholder(text), null, String(text));
  }
});

test('an address survives the way there and back', () => {
  const places = [
    { room: 'grid', query: defaultQuery(), at: 0, open: null },
    { room: 'grid', query: { ...defaultQuery(), folder: 12, sort: 'name', order: 'asc' }, at: 999_000, open: 77 },
    { room: 'problems', query: { ...defaultQuery(), kind: 'video' }, at: 0, open: null },
    { room: 'memory', query: { text: '', folder: null, kind: 'image', sort: 'random', order: 'asc', seed: 42 }, at: 5, open: null },
    { room: 'grid', query: { ...defaultQuery(), order: 'asc' }, at: 0, open: 1 },
    { room: 'grid', query: { ...defaultQuery(), text: 'cat -dog "a & b" 夕焼け' }, at: 3, open: null },
    { room: 'tags', query: { ...defaultQuery(), text: 'cat or dog' }, at: 0, open: null },
  ];
  for (const place of places) {
    const text = formatAddress(place);
    assert.deepEqual(parseAddress(text), place, text);
  }
  assert.equal(formatAddress(places[0]), '');
});

test('a broken address falls back to the first page', () => {
  const place = parseAddress('?folder=abc&sort=nonsense&order=up&view=x&open=-4&at=1e9&kind=audio');
  assert.deepEqual(place, { room: 'grid', query: defaultQuery(), at: 0, open: null });
  assert.equal(sameQuery(place.query, defaultQuery()), true);
  assert.equal(sameQuery(place.query, { ...defaultQuery(), seed: 1 }), false);
});

test('the byte cache stays under its limit and releases everything once', () => {
  const released = [];
  const cache = new ByteCache(100, (value) => released.push(value));
  cache.set('a', 'A', 40);
  cache.set('b', 'B', 40);
  assert.equal(cache.get('a'), 'A');
  cache.set('c', 'C', 40);
  assert.deepEqual(released, ['B']);
  assert.equal(cache.byteCount, 80);
  assert.equal(cache.set('d', 'D', 101), false);
  assert.deepEqual(released, ['B', 'D']);
  cache.set('a', 'A2', 10);
  cache.clear();
  assert.deepEqual(released.sort(), ['A', 'A2', 'B', 'C', 'D']);
  assert.equal(cache.byteCount, 0);
});

test('the byte cache never passes its limit under random use', () => {
  let state = 5;
  const random = (limit) => {
    state = (state * 48271) % 2147483647;
    return state % limit;
  };
  let alive = 0;
  const cache = new ByteCache(1000, () => { alive -= 1; });
  for (let round = 0; round < 20_000; round++) {
    const key = random(80);
    if (random(3) === 0) cache.get(key);
    else if (random(5) === 0) cache.delete(key);
    else {
      alive += 1;
      cache.set(key, {}, random(300));
    }
    assert.ok(cache.byteCount <= 1000);
    assert.equal(alive, cache.count);
  }
});

test('numbers and times are written for people', () => {
  assert.equal(formatFileSize(999), '999 bytes');
  assert.equal(formatFileSize(1_234_567), '1.23 MB');
  assert.equal(formatMemory(512 * 1024 * 1024), '512 MiB');
  assert.equal(formatMemory(-2048), '−2.00 KiB');
  assert.equal(formatLength(134_000), '2:14');
  assert.equal(formatLength(3_723_000), '1:02:03');
  assert.equal(formatExposure(0.004), '1/250 s');
  assert.equal(formatExposure(2.5), '2.5 s');
  assert.equal(formatWallTime('2025-03-12T18:04:11+00:00'), '12 March 2025, 18:04');
  assert.equal(formatWallTime('2025-03-12'), '12 March 2025');
  assert.equal(formatWallTime('2025-13-12T00:00'), '');
  assert.equal(formatWallTime(null), '');
  assert.equal(plural(1, 'picture'), '1 picture');
  assert.equal(plural(12_000, 'picture'), '12,000 pictures');
  assert.equal(
    describeAsset({ name: 'a.mp4', kind: 'video', capturedAt: '2025-03-12T18:04:11', state: 'broken' }),
    'a.mp4, video, 12 March 2025, 18:04, broken');
});

test('keys are named alike whatever produced them', () => {
  const key = (key, more = {}) => ({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...more });
  assert.equal(chordOf(key('a', { ctrlKey: true })), 'Ctrl+a');
  assert.equal(chordOf(key('a', { metaKey: true })), 'Ctrl+a');
  assert.equal(chordOf(key('A', { shiftKey: true })), 'A');
  assert.equal(chordOf(key('?', { shiftKey: true })), '?');
  assert.equal(chordOf(key(' ')), 'Space');
  assert.equal(chordOf(key('ArrowLeft', { shiftKey: true })), 'Shift+ArrowLeft');
});
