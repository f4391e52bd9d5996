import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PAGE, Pages } from '../modules/tags/pages.js';

/** A list of numbers behind a server that answers when it is told to. */
function listOf(total) {
  const asked = [];
  const load = (position, count, signal) => new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(new DOMException('', 'AbortError')));
    asked.push({
      position, signal,
      answer: () => resolve({ total, items: Array.from({ length: Math.min(count, total - position) }, (_, at) => position + at) }),
      fail: () => reject(new Error('no answer')),
    });
  });
  return { asked, load };
}

const settled = () => new Promise((resolve) => { setImmediate(resolve); });

test('a window of a long list is here after it was looked at, and few pages are kept', async () => {
  const { asked, load } = listOf(120_000);
  let changes = 0;
  const pages = new Pages(load, () => { changes += 1; });
  pages.restart(0, 40);
  asked[0].answer();
  await settled();
  assert.equal(pages.total, 120_000);
  assert.equal(pages.item(39), 39);
  assert.ok(changes > 0);
  for (let first = 0; first < 120_000; first += 3700) {
    pages.need(first, first + 40);
    for (const question of asked) question.answer();
    await settled();
    assert.equal(pages.item(first), first);
    assert.ok(pages.keptCount <= 12);
  }
});

test('what is far away is no longer waited for', async () => {
  const { asked, load } = listOf(50_000);
  const pages = new Pages(load, () => {});
  pages.restart(0, 40);
  asked[0].answer();
  await settled();
  pages.need(10 * PAGE, 10 * PAGE + 40);
  pages.need(300 * PAGE, 300 * PAGE + 40);
  assert.equal(asked[1].signal.aborted, true);
  assert.equal(asked[2].signal.aborted, false);
});

test('another list is shown when its first page is here, not before', async () => {
  const { asked, load } = listOf(300);
  const pages = new Pages(load, () => {});
  pages.restart(0, 40);
  asked[0].answer();
  await settled();
  pages.restart(0, 40);
  assert.equal(pages.item(0), 0);
  asked[1].answer();
  await settled();
  assert.equal(pages.item(0), 0);
  // An answer to an older question changes nothing.
  pages.restart(0, 40);
  pages.restart(0, 40);
  asked[2].answer();
  await settled();
  assert.equal(asked[2].signal.aborted, true);
});

test('a failure is told and the next look asks again', async () => {
  const { asked, load } = listOf(300);
  const pages = new Pages(load, () => {});
  pages.restart(0, 40);
  asked[0].fail();
  await settled();
  assert.equal(pages.error, 'no answer');
  asked.length = 0;
  pages.restart(0, 40);
  asked[0].answer();
  await settled();
  assert.equal(pages.error, '');
});
