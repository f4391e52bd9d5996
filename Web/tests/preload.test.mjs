import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const web = normalize(join(dirname(fileURLToPath(import.meta.url)), '..'));

/** What a module and the modules it imports need, as paths below `Web`. */
function reachable(path, found = new Set()) {
  if (found.has(path)) return found;
  found.add(path);
  const text = readFileSync(join(web, path), 'utf8');
  for (const [, target] of text.matchAll(/^(?:import|export)\b[^;]*?\bfrom '(\.[^']+)';/gm)) {
    reachable(normalize(join(dirname(path), target)), found);
  }
  return found;
}

test('the page asks at once for all modules its first screen needs, and for nothing else', () => {
  const page = readFileSync(join(web, 'index.html'), 'utf8');
  const listed = [...page.matchAll(/<link rel="modulepreload" href="\/static\/([^"]+)">/g)].map(([, path]) => path);
  const scripts = [...page.matchAll(/<script type="module"[^>]* src="\/static\/([^"]+)">/g)].map(([, path]) => path);
  assert.deepEqual(scripts, ['modules/first.js']);
  const first = [...reachable('modules/first.js')].filter((path) => !scripts.includes(path)).sort();
  assert.deepEqual(listed, first);
  // The rest of the page comes after it.
  assert.ok(first.length < 30 && !first.includes('modules/main.js'));
});
