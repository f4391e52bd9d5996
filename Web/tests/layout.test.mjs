import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sectionsOf } from '../modules/grid/sections.js';
import { JustifiedLayout, SquareLayout, tidySections } from '../modules/grid/layout.js';

const base = {
  width: 1000, target: 180, gap: 4, headerHeight: 40, paddingTop: 8, paddingBottom: 24, sections: [],
};

/** A small repeatable generator. */
function seeded(seed) {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function aspectsOf(count, seed = 7) {
  const random = seeded(seed);
  return Uint8Array.from({ length: count }, () => 100 + Math.floor(random() * 60));
}

function layouts(count, sections = []) {
  const input = { ...base, count, sections };
  return [new SquareLayout(input), new JustifiedLayout(input, aspectsOf(count))];
}

const months = [
  { position: 0, count: 0, label: 'March' },
  { position: 37, count: 0, label: 'February' },
  { position: 38, count: 0, label: 'January' },
];

test('an empty result has no items and only its padding', () => {
  for (const layout of layouts(0)) {
    assert.equal(layout.height, 32);
    assert.deepEqual(layout.visible(0, 1000), { first: 0, last: 0 });
    assert.equal(layout.indexAt(10, 10), -1);
    assert.deepEqual(layout.touching({ x: 0, y: 0, width: 500, height: 500 }), []);
    assert.equal(layout.rowCount, 0);
  }
});

test('one item is at the top left and inside the width', () => {
  for (const layout of layouts(1)) {
    const box = layout.rectangle(0);
    assert.equal(box.x, 0);
    assert.equal(box.y, 8);
    assert.ok(box.width > 0 && box.width <= base.width);
    assert.equal(layout.rowCount, 1);
    assert.equal(layout.height, 8 + box.height + 24);
    assert.equal(layout.indexAt(box.x + 1, box.y + 1), 0);
  }
});

test('items do not overlap, stay inside, and are found by their centres', () => {
  for (const sections of [[], months]) {
    for (const layout of layouts(500, sections)) {
      let bottom = 0;
      for (let index = 0; index < 500; index++) {
        const box = layout.rectangle(index);
        assert.ok(box.x >= 0 && box.x + box.width <= base.width + 0.01, `item ${index}`);
        assert.ok(box.y + box.height <= layout.height);
        assert.equal(layout.indexAt(box.x + box.width / 2, box.y + box.height / 2), index);
        if (index > 0) {
          const before = layout.rectangle(index - 1);
          const beside = Math.abs(before.y - box.y) < 0.001;
          assert.ok(beside ? box.x >= before.x + before.width : box.y >= bottom);
        }
        bottom = box.y + box.height;
      }
    }
  }
});

test('the visible span is exactly the items whose rows touch the band', () => {
  for (const layout of layouts(700, months)) {
    for (let top = 0; top < layout.height; top += 133) {
      const band = layout.visible(top, top + 300);
      for (let index = 0; index < 700; index++) {
        const { y, height } = layout.rectangle(index);
        const touches = y < top + 300 && y + height > top;
        const inside = index >= band.first && index < band.last;
        if (touches) assert.ok(inside, `item ${index} at ${top}`);
      }
      assert.ok(band.last - band.first < 60);
    }
  }
});

test('rows, items and extents agree', () => {
  for (const layout of layouts(300, months)) {
    let expected = 0;
    for (let row = 0; row < layout.rowCount; row++) {
      const { first, last } = layout.itemsOf(row);
      assert.equal(first, expected);
      assert.ok(last > first);
      for (let index = first; index < last; index++) assert.equal(layout.rowOf(index), row);
      const { top, height } = layout.extentOf(row);
      assert.equal(layout.rowAt(top + height / 2), row);
      expected = last;
    }
    assert.equal(expected, 300);
  }
});

test('a million items: the last is at the end of the height, and answers are quick', () => {
  const sections = Array.from({ length: 120 }, (_, at) => (
    { position: at * 8000, count: 0, label: `Month ${at}` }));
  for (const layout of layouts(1_000_000, sections)) {
    const last = layout.rectangle(999_999);
    assert.ok(Math.abs(last.y + last.height + base.paddingBottom - layout.height) < 0.01);
    assert.deepEqual(layout.visible(layout.height - 10, layout.height).last, 1_000_000);
    const started = performance.now();
    const random = seeded(3);
    for (let round = 0; round < 20_000; round++) {
      const top = random() * layout.height;
      const band = layout.visible(top, top + 900);
      assert.ok(band.last - band.first <= 160);
    }
    assert.ok(performance.now() - started < 2000);
  }
});

test('headers are seen where their sections begin', () => {
  for (const layout of layouts(100, months)) {
    assert.deepEqual(layout.headers(0, 10).map((header) => header.label), ['March']);
    assert.equal(layout.headers(0, layout.height).length, 3);
    const first = layout.rectangle(38);
    const january = layout.headers(0, layout.height)[2];
    assert.ok(Math.abs(first.y - january.y - base.headerHeight) < 0.001);
    assert.equal(layout.sectionAt(first.y + 1), 2);
  }
});

test('justified rows fill the width, except the last of a section', () => {
  const layout = new JustifiedLayout({ ...base, count: 400, sections: [] }, aspectsOf(400));
  for (let row = 0; row < layout.rowCount - 1; row++) {
    const { last } = layout.itemsOf(row);
    const box = layout.rectangle(last - 1);
    assert.ok(Math.abs(box.x + box.width - base.width) < 0.5);
    assert.ok(box.height > base.target * 0.6 && box.height < base.target * 1.6);
  }
});

test('a rubber band touches what lies under it', () => {
  for (const layout of layouts(200)) {
    const area = { x: 150, y: 100, width: 420, height: 333 };
    const touched = new Set();
    for (const { first, last } of layout.touching(area)) {
      for (let index = first; index < last; index++) touched.add(index);
    }
    for (let index = 0; index < 200; index++) {
      const box = layout.rectangle(index);
      const overlaps = box.x <= 570 && box.x + box.width >= 150 && box.y <= 433 &&
        box.y + box.height >= 100;
      assert.equal(touched.has(index), overlaps, `item ${index}`);
    }
  }
});

test('sections are put in order, without holes', () => {
  assert.deepEqual(tidySections([], 5), [{ position: 0, count: 5, label: '' }]);
  const tidy = tidySections([
    { position: 6, count: 9, label: 'b' }, { position: 2, count: 1, label: 'a' },
    { position: 90, count: 3, label: 'outside' },
  ], 10);
  assert.deepEqual(tidy, [
    { position: 0, count: 2, label: '' }, { position: 2, count: 4, label: 'a' },
    { position: 6, count: 4, label: 'b' },
  ]);
});

test('dense years are cut by month, sparse ones are whole', () => {
  const sections = sectionsOf([
    { key: '2025-03', label: 'March 2025', position: 0, count: 40 },
    { key: '2025-01', label: 'January 2025', position: 40, count: 30 },
    { key: '2024-12', label: 'December 2024', position: 70, count: 1 },
    { key: '2024-02', label: 'February 2024', position: 71, count: 3 },
    { key: '2019-07', label: 'July 2019', position: 74, count: 2 },
  ], { position: 76, count: 4 });
  assert.deepEqual(sections, [
    { position: 0, count: 40, label: 'March 2025' }, { position: 40, count: 30, label: 'January 2025' },
    { position: 70, count: 4, label: '2024' }, { position: 74, count: 2, label: 'July 2019' },
    { position: 76, count: 4, label: 'No date' },
  ]);
  assert.deepEqual(sectionsOf([], null), []);
});
