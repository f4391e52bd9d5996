// Every broken and missing file, with its reason and what can be done.
import { api } from '../shared/api.js';
import { create, icon, iconButton, setText } from '../shared/dom.js';
import { formatCount, plural } from '../shared/format.js';
import { copyText, toast } from '../shared/toasts.js';

/** @typedef {import('../shared/types.js').Problem} Problem */

/** More rows than this are not drawn: the filter narrows them down. */
const DRAWN = 400;

/**
 * @param {import('../shared/state.js').AppStore} store
 * @param {HTMLElement} element
 * @param {{retried: () => void}} actions
 */
export function buildProblems(store, element, actions) {
  /** @type {Problem[]} */
  let problems = [];
  /** @type {number|string|null} */
  let next = null;
  let kind = '';
  let loadedFor = '';
  let loading = false;
  let failure = '';

  const summary = create('p', { class: 'page-summary' });
  const retryAll = create('button', {
    type: 'button', class: 'button', onclick: () => retry({ all: true }),
  }, [icon('retry'), 'Try all again']);
  const input = create('input', {
    type: 'search', placeholder: 'Filter by path or reason', 'aria-label': 'Filter problems', oninput: () => draw(),
  });
  const kinds = create('div', { class: 'chips', role: 'group', 'aria-label': 'Kinds' });
  const list = create('ul', { class: 'problem-list' });
  const more = create('button', {
    type: 'button', class: 'button', text: 'Load more', onclick: () => load(false),
  });
  const empty = create('div', { class: 'page-empty' });
  element.append(create('div', { class: 'page' }, [
    create('header', { class: 'page-header' }, [
      create('div', {}, [create('h2', { text: 'Problems' }), summary]), retryAll,
    ]),
    create('div', { class: 'page-tools' }, [
      create('div', { class: 'field' }, [icon('filter'), input]), kinds,
    ]),
    list, empty, create('div', { class: 'page-more' }, [more]),
  ]));

  /** @param {boolean} anew */
  const load = async (anew) => {
    if (loading) return;
    loading = true;
    try {
      const page = await api.problems(anew ? null : next);
      problems = anew ? page.problems : [...problems, ...page.problems];
      next = page.next ?? null;
      failure = '';
    } catch (error) {
      failure = error instanceof Error ? error.message : String(error);
    }
    loading = false;
    draw();
  };

  /** @param {{ids: number[]}|{all: true}} what */
  const retry = async (what) => {
    try {
      await api.retryProblems(what);
      toast('ids' in what ? 'The file is tried again.' : 'All broken files are tried again.');
      actions.retried();
      setTimeout(() => load(true), 1200);
    } catch (error) {
      toast(error instanceof Error ? error.message : String(error), { tone: 'error' });
    }
  };

  const draw = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    /** @type {Map<string, number>} */
    const byKind = new Map();
    for (const problem of problems) {
      const name = kindOf(problem);
      byKind.set(name, (byKind.get(name) ?? 0) + 1);
    }
    if (kind && !byKind.has(kind)) kind = '';
    const chip = (/** @type {string} */ name, /** @type {string} */ title, /** @type {number} */ count) => create('button', {
      type: 'button', class: 'chip', 'aria-pressed': String(kind === name),
      onclick: () => {
        kind = kind === name ? '' : name;
        draw();
      },
    }, [title, create('span', { text: formatCount(count) })]);
    kinds.replaceChildren(
      ...[...byKind].sort((left, right) => right[1] - left[1]).map(([name, count]) => chip(name, name, count)));
    kinds.hidden = byKind.size < 2;

    const shown = problems.filter((problem) => {
      if (kind && kindOf(problem) !== kind) return false;
      const text = `${problem.path} ${problem.reason ?? ''} ${problem.kind}`.toLowerCase();
      return words.every((word) => text.includes(word));
    });
    list.replaceChildren(...shown.slice(0, DRAWN).map((problem) => row(problem, retry)));
    more.hidden = next === null;
    retryAll.hidden = problems.length === 0;
    const { counts } = store.state;
    setText(summary, counts && problems.length > 0
      ? `${plural(counts.broken, 'broken file')}, ${formatCount(counts.missing)} missing. Originals are never changed; a broken file is tried again when it changes, or when you ask.`
      : '');
    empty.hidden = shown.length > 0;
    empty.replaceChildren(...(failure
      ? [icon('offline'), create('h3', { text: 'The problems could not be listed' }), create('p', { text: failure })]
      : problems.length === 0
        ? [icon('check'), create('h3', { text: 'No problems' }), create('p', { text: 'Every file that was found can be read.' })]
        : [icon('filter'), create('h3', { text: 'Nothing matches' }), create('p', { text: 'Clear the filter to see all problems.' })]));
    input.closest('.page-tools')?.toggleAttribute('hidden', problems.length === 0);
  };

  store.watch(['place', 'counts'], () => {
    if (store.state.place.room !== 'problems') {
      loadedFor = '';
      return;
    }
    const { counts } = store.state;
    const version = `${counts?.broken} ${counts?.missing}`;
    if (version === loadedFor) return;
    loadedFor = version;
    load(true);
  });
}

/** @param {Problem} problem */
function kindOf(problem) {
  return problem.state === 'missing' ? 'missing' : problem.kind;
}

/**
 * @param {Problem} problem
 * @param {(what: {ids: number[]}) => void} retry
 */
function row(problem, retry) {
  const slash = problem.path.lastIndexOf('/');
  return create('li', { class: 'problem' }, [
    icon(problem.state === 'missing' ? 'offline' : 'broken'),
    create('div', { class: 'problem-text' }, [
      create('div', { class: 'problem-name' }, [
        create('strong', { text: problem.path.slice(slash + 1) }),
        create('span', { text: problem.path.slice(0, Math.max(0, slash)) }),
      ]),
      create('p', {
        text: problem.reason ?? (problem.state === 'missing'
          ? 'The file is gone. It comes back with everything it had when it is found again.' : 'It cannot be read.'),
      }),
    ]),
    create('span', { class: 'problem-kind', text: kindOf(problem) }),
    problem.state === 'missing' ? null : iconButton('retry', 'Try again', () => retry({ ids: [problem.id] })),
    iconButton('copy', 'Copy the path', () => copyText(problem.path, 'the path')),
  ]);
}
