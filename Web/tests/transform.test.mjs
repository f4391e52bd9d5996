import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  constrain, fitScale, glide, LARGEST_SCALE, pictureAt, wheelScale, zoomAt,
} from '../modules/viewer/transform.js';

const picture = { width: 6000, height: 4000 };
const view = { width: 1440, height: 900 };

test('fit shows the whole picture and does not enlarge', () => {
  assert.equal(fitScale(picture, view), 0.225);
  assert.equal(fitScale({ width: 100, height: 80 }, view), 1);
  assert.equal(fitScale({ width: 100, height: 80 }, view, 2), 0.5);
  assert.equal(fitScale({ width: 0, height: 80 }, view), 1);
});

test('the point under the pointer stays under the pointer', () => {
  let place = { scale: 0.225, x: 0, y: 0 };
  for (const [x, y] of [[200, -150], [-600, 300], [13, 7]]) {
    const before = pictureAt(place, picture, x, y);
    for (let turn = 0; turn < 20; turn++) {
      place = zoomAt(place, wheelScale(place.scale, -40, 0.05), x, y);
    }
    const after = pictureAt(place, picture, x, y);
    assert.ok(Math.abs(before.x - after.x) < 1e-6 && Math.abs(before.y - after.y) < 1e-6);
  }
});

test('a turn and its opposite cancel out, and scales stay in bounds', () => {
  const scale = wheelScale(wheelScale(1, -100, 0.1), 100, 0.1);
  assert.ok(Math.abs(scale - 1) < 1e-12);
  assert.equal(wheelScale(0.11, 5000, 0.1), 0.1);
  assert.equal(wheelScale(LARGEST_SCALE, -100, 0.1), LARGEST_SCALE);
});

test('a picture that fits is centred and one that does not covers the view', () => {
  assert.deepEqual(constrain({ scale: 0.2, x: 55, y: 9 }, picture, view), { scale: 0.2, x: 0, y: 0 });
  const held = constrain({ scale: 1, x: 1e9, y: -1e9 }, picture, view);
  assert.deepEqual(held, { scale: 1, x: (6000 - 1440) / 2, y: -(4000 - 900) / 2 });
});

test('a glide comes to rest, at the same place whatever the frame rate', () => {
  const travel = (step) => {
    let velocity = { x: 2, y: -1 };
    let x = 0;
    for (let time = 0; time < 3000; time += step) {
      const next = glide(velocity, step);
      x += next.x;
      velocity = next.velocity;
      if (next.done) break;
    }
    return x;
  };
  assert.ok(Math.abs(travel(16) - travel(4)) < 5);
  assert.ok(travel(16) > 250);
});
