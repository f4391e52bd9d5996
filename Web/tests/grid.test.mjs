import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JustifiedLayout, SquareLayout } from '../modules/grid/layout.js';
import { move } from '../modules/grid/movement.js';
import { ScrollMap } from '../modules/grid/scroll.js';
import { Selection } from '../modules/grid/selection.js';

test('short content scrolls as it is', () => {
  const map = new ScrollMap(10_000);
  map.resize(5000, 500);
  assert.equal(map.boxHeight, 5000);
  assert.equal(map.scrolled(1234), null);
  assert.equal(map.top, 1234);
  assert.equal(map.offset, 0);
  assert.equal(map.jump(99_999), 4500);
});

test('content taller than any element: wheel moves are exact, jumps are proportional', () => {
  const map = new ScrollMap(4_000_000);
  map.resize(90_000_000, 900);
  assert.equal(map.boxHeight, 4_000_000);
  map.jump(45_000_000);
  const before = map.top;
  map.scrolled(map.boxTop + 120);
  assert.equal(map.top, before + 120);
  map.scrolled(map.boxTop - 40);
  assert.equal(map.top, before + 80);
  map.scrolled(1_000_000);
  assert.ok(Math.abs(map.top / 90_000_000 - 0.25) < 0.001);
});

test('settling moves the box and not the content', () => {
  const map = new ScrollMap(4_000_000);
  map.resize(90_000_000, 900);
  map.jump(30_000_000);
  for (let turn = 0; turn < 100; turn++) map.scrolled(map.boxTop + 700);
  const top = map.top;
  const screen = 30_070_500 - map.offset - map.boxTop;
  const corrected = map.settle();
  assert.notEqual(corrected, null);
  assert.equal(map.top, top);
  assert.equal(30_070_500 - map.offset - map.boxTop, screen);
  assert.equal(map.settle(), null);
});

test('both ends can be reached and left by short moves alone', () => {
  const map = new ScrollMap(100_000);
  map.resize(1_000_000, 1000);
  let scrollTop = map.jump(30_000);
  const drive = (step) => {
    scrollTop = Math.min(99_000, Math.max(0, scrollTop + step));
    const corrected = map.scrolled(scrollTop);
    if (corrected !== null) scrollTop = corrected;
  };
  for (let turn = 0; turn < 400; turn++) drive(-100);
  assert.equal(map.top, 0);
  assert.equal(scrollTop, 0);
  for (let turn = 0; turn < 10_500; turn++) drive(100);
  assert.equal(map.top, 999_000);
  assert.equal(scrollTop, 99_000);
});

test('a smaller result keeps the place inside', () => {
  const map = new ScrollMap();
  map.resize(10_000, 500);
  map.jump(9000);
  assert.equal(map.resize(2000, 500), 1500);
  assert.equal(map.resize(0, 500), 0);
});

test('selection adds, merges, removes and toggles', () => {
  const selection = new Selection();
  selection.add(5, 8);
  selection.add(8, 10);
  selection.add(1, 2);
  assert.deepEqual(selection.spans, [{ first: 1, last: 2 }, { first: 5, last: 10 }]);
  selection.toggle(6);
  assert.equal(selection.has(6), false);
  assert.equal(selection.has(5), true);
  assert.equal(selection.count, 5);
  selection.toggle(6);
  selection.remove(0, 6);
  assert.deepEqual(selection.spans, [{ first: 6, last: 10 }]);
  selection.replace([{ first: 0, last: 1_000_000 }]);
  assert.equal(selection.count, 1_000_000);
  selection.remove(500_000, 500_001);
  assert.equal(selection.spans.length, 2);
  assert.equal(selection.has(999_999), true);
  selection.clear();
  assert.equal(selection.isEmpty, true);
});

test('selection agrees with a plain set under random changes', () => {
  let state = 11;
  const random = (limit) => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return state % limit;
  };
  const selection = new Selection();
  const plain = new Set();
  for (let round = 0; round < 3000; round++) {
    const first = random(60);
    const last = first + random(12);
    const action = random(3);
    if (action === 0) selection.add(first, last);
    else if (action === 1) selection.remove(first, last);
    else selection.toggle(first);
    if (action === 2) {
      if (!plain.delete(first)) plain.add(first);
    } else {
      for (let at = first; at < last; at++) {
        if (action === 0) plain.add(at);
        else plain.delete(at);
      }
    }
    assert.equal(selection.count, plain.size);
    for (let at = 0; at < 75; at++) assert.equal(selection.has(at), plain.has(at));
  }
});

const input = {
  count: 103, width: 1000, target: 180, gap: 4, headerHeight: 40, paddingTop: 0, paddingBottom: 0,
  sections: [{ position: 0, count: 0, label: 'a' }, { position: 50, count: 0, label: 'b' }],
};

for (const layout of [new SquareLayout(input), new JustifiedLayout(input, new Uint8Array(103).fill(140))]) {
  const name = layout.constructor.name;

  test(`${name}: arrows walk in order and stop at the ends`, () => {
    assert.equal(move(layout, -1, 'ArrowDown', 600, null).index, 0);
    assert.equal(move(layout, 0, 'ArrowLeft', 600, null).index, 0);
    assert.equal(move(layout, 4, 'ArrowRight', 600, null).index, 5);
    assert.equal(move(layout, 102, 'ArrowRight', 600, null).index, 102);
    assert.equal(move(layout, 102, 'ArrowDown', 600, null).index, 102);
    assert.equal(move(layout, 40, 'Home', 600, null).index, 0);
    assert.equal(move(layout, 40, 'End', 600, null).index, 102);
    assert.equal(move(layout, 40, 'q', 600, null), null);
  });

  test(`${name}: down and up through every row keeps the column`, () => {
    let at = { index: 3, column: null };
    const path = [];
    for (let row = layout.rowOf(3); row < layout.rowCount - 1; row++) {
      path.push(at.index);
      at = move(layout, at.index, 'ArrowDown', 600, at.column);
      assert.equal(layout.rowOf(at.index), row + 1);
    }
    for (const index of path.reverse()) {
      at = move(layout, at.index, 'ArrowUp', 600, at.column);
      assert.equal(at.index, index);
    }
  });

  test(`${name}: pages move by about a screen and always move`, () => {
    const next = move(layout, 0, 'PageDown', 400, null).index;
    assert.ok(next > 0);
    assert.ok(layout.rectangle(next).y - layout.rectangle(0).y <= 600);
    assert.ok(move(layout, 102, 'PageUp', 10, null).index < 102);
    assert.equal(move(layout, 0, 'PageUp', 400, null).index, 0);
  });
}

test('nothing moves in an empty result', () => {
  assert.equal(move(new SquareLayout({ ...input, count: 0, sections: [] }), -1, 'Home', 500, null), null);
});
