import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  albumQuery, chipsOf, fieldTerm, stateOfTerm, tagTerm, termsOf, withNearestTag, withoutTerm, withTerm,
} from '../modules/search/text.js';

const kinds = (text) => chipsOf(text).map(({ kind, text: piece }) => `${kind} ${piece}`);

test('a query is cut into its pieces as the server cuts it', () => {
  assert.deepEqual(kinds('cat -dog or (sky night)'), [
    'tag cat', 'not -', 'tag dog', 'operator or', 'operator (', 'tag sky', 'tag night', 'operator )',
  ]);
  assert.deepEqual(kinds('~a ~b "free text" rating:g'), [
    'operator ~', 'tag a', 'operator ~', 'tag b', 'text "free text"', 'field rating:g',
  ]);
  // Parentheses in a name are letters while they are balanced.
  assert.deepEqual(kinds('cat_(animal) -(a b)'), ['tag cat_(animal)', 'not -', 'operator (', 'tag a', 'tag b', 'operator )']);
  assert.deepEqual(kinds('any:2(a b)'), ['operator any:2(', 'tag a', 'tag b', 'operator )']);
  assert.deepEqual(kinds('lens:"50 mm","35 mm" x'), ['field lens:"50 mm","35 mm"', 'tag x']);
  assert.deepEqual(kinds('re\\:zero my\\ tag a | b'), ['tag re\\:zero', 'tag my\\ tag', 'tag a', 'operator |', 'tag b']);
  assert.deepEqual(kinds('"never closed \\" x'), ['text "never closed \\" x']);
  assert.deepEqual(kinds('  '), []);
});

test('the pieces stand where they are in the text, whatever it is', () => {
  const letters = ['a', '-', '~', '(', ')', ' ', '"', ':', '\\', 'or', ',', '夕', '😀', 'any:2('];
  let seed = 7;
  const random = (count) => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return seed % count;
  };
  for (let turn = 0; turn < 3000; turn++) {
    const text = Array.from({ length: random(14) }, () => letters[random(letters.length)]).join('');
    let at = 0;
    for (const chip of chipsOf(text)) {
      assert.ok(chip.from >= at && chip.to > chip.from && chip.to <= text.length, text);
      assert.equal(text.slice(at, chip.from).trim(), '', text);
      assert.equal(text.slice(chip.from, chip.to), chip.text);
      at = chip.to;
    }
    assert.equal(text.slice(at).trim(), '', text);
    termsOf(text);
  }
});

test('terms of the outermost level are found with their signs', () => {
  const { terms, isJoined } = termsOf('cat -dog -(a b) any:2(c d) rating:g');
  assert.deepEqual(terms.map(({ text, isExcluded }) => [text, isExcluded]), [
    ['cat', false], ['dog', true], ['(a b)', true], ['any:2(c d)', false], ['rating:g', false],
  ]);
  assert.equal(isJoined, false);
  assert.equal(termsOf('cat or dog').isJoined, true);
  assert.equal(termsOf('cat (dog or bird)').isJoined, false);
});

test('a term is added, excluded and taken away', () => {
  assert.equal(withTerm('', 'cat'), 'cat');
  assert.equal(withTerm('cat', 'type:jpeg'), 'cat type:jpeg');
  assert.equal(withTerm('cat dog', 'dog', true), 'cat -dog');
  assert.equal(withTerm('cat -dog', 'dog'), 'cat dog');
  // What an "or" joins is put in parentheses, or the new term would belong to one side of it.
  assert.equal(withTerm('cat or dog', 'rating:general'), '(cat or dog) rating:general');
  assert.equal(withTerm('~cat ~dog', 'sky'), '(~cat ~dog) sky');
  assert.equal(withoutTerm('cat -dog  bird', 'dog'), 'cat bird');
  assert.equal(withoutTerm('camera:"Canon R5" cat', 'camera:"canon r5"'), 'cat');
  assert.equal(withoutTerm('cat or dog', 'cat'), 'cat or dog');
  assert.equal(stateOfTerm('Blue_Sky -dog', 'blue_sky'), 'included');
  assert.equal(stateOfTerm('cat -dog', 'dog'), 'excluded');
  assert.equal(stateOfTerm('cat or dog', 'dog'), null);
  assert.equal(stateOfTerm('(cat dog)', 'dog'), null);
});

test('names that mean something in the language are quoted', () => {
  assert.equal(tagTerm('blue sky'), 'blue_sky');
  assert.equal(tagTerm('cat_(animal)'), 'cat_(animal)');
  assert.equal(tagTerm('place/europe/rome'), 'place/europe/rome');
  for (const name of ['-_-', 're:zero', ':)', 'or', 'AND', 'what?*', '~tilde', 'a"b', 'back\\slash', '(x']) {
    const term = tagTerm(name);
    assert.ok(term.startsWith('tag:') && chipsOf(term).length === 1, term);
  }
  assert.equal(fieldTerm('album', 'best of 2024'), 'album:"best of 2024"');
  assert.equal(fieldTerm('album', 'best'), 'album:best');
  assert.equal(albumQuery({ name: 'best', kind: 'album' }), 'album:best');
  assert.equal(albumQuery({ name: 'best', kind: 'album' }, true), 'album:best order:album');
  assert.equal(albumQuery({ name: 'my comic', kind: 'pool' }), 'pool:"my comic" order:album');
  assert.equal(fieldTerm('album', 'say "hi"'), 'album:"say \\"hi\\""');
});

test('what was perhaps meant stands in the place of what looks most like it', () => {
  assert.equal(withNearestTag('sky cta -night', 'cat'), 'sky cat -night');
  assert.equal(withNearestTag('rating:g montain', 'mountain'), 'rating:g mountain');
  assert.equal(withNearestTag('', 'cat'), 'cat');
});
