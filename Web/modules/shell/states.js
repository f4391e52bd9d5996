// What the grid says when it has no pictures to show, with the next step.
import { withNearestTag } from '../search/text.js';
import { sameQuery } from '../shared/address.js';
import { create, icon } from '../shared/dom.js';

/** @typedef {{retry: () => void, showAll: () => void, scan: () => void, search: (text: string) => void}} StateActions */

/**
 * @param {import('../shared/state.js').AppStore} store
 * @param {HTMLElement} element
 * @param {StateActions} actions
 */
export function buildStates(store, element, actions) {
  let shown = '';
  store.watch(['result', 'resultState', 'library', 'scan', 'connection', 'place', 'folders', 'resultError'], () => {
    const name = stateName(store.state);
    element.hidden = name === '';
    const key = `${name} ${store.state.resultError} ${store.state.result?.token ?? ''}`;
    if (key === shown) return;
    shown = key;
    element.replaceChildren(...contents(name, store.state, actions));
  });
}

/** @param {Readonly<import('../shared/state.js').State>} state */
function stateName(state) {
  const { result, resultState, connection, scan, place, folders, library } = state;
  if (!result && connection === 'offline') return 'gone';
  // What is shown is not what was asked for.
  const isOther = !result || !sameQuery(result.query, place.query);
  if (isOther && state.queryError) return 'bad-query';
  if (isOther && resultState === 'failed') return 'failed';
  if (!result) return 'loading';
  if (result.count > 0) return '';
  if (resultState === 'failed') return 'failed';
  const folder = folders.find(({ id }) => id === place.query.folder);
  if (folder?.state === 'offline') return 'offline-folder';
  if (scan && scan.state === 'running') return 'scanning';
  if (place.query.text) return 'nothing-found';
  if (place.query.folder !== null || place.query.kind) return 'nothing-here';
  if (library && library.roots.length === 0) return 'no-roots';
  return 'empty';
}

/**
 * @param {string} name
 * @param {Readonly<import('../shared/state.js').State>} state
 * @param {StateActions} actions
 * @returns {Node[]}
 */
function contents(name, state, actions) {
  /**
   * @param {string} picture
   * @param {string} title
   * @param {string|Node} text
   * @param {{title: string, run: () => void}} [action]
   */
  const page = (picture, title, text, action) => [
    icon(picture),
    create('h2', { text: title }),
    create('p', {}, [text]),
    ...(action ? [create('button', { type: 'button', class: 'button', text: action.title, onclick: action.run })] : []),
  ];
  switch (name) {
    case 'gone':
      return page('offline', 'The server does not answer',
        'Albumen has stopped or cannot be reached. Start it again with “albumen serve”; this page connects by itself.',
        { title: 'Try now', run: actions.retry });
    case 'failed':
      return page('problem', 'The pictures could not be listed', state.resultError,
        { title: 'Try again', run: actions.retry });
    case 'offline-folder':
      return page('offline', 'This folder is not reachable',
        'Its drive or network share is not there now. When it comes back, everything it had comes back with it.',
        { title: 'Show all pictures', run: actions.showAll });
    case 'scanning':
      return page('photos', 'Looking for pictures', 'The first ones appear here as they are found.');
    case 'bad-query':
      return page('problem', 'This search cannot be read', state.resultError,
        { title: 'Clear the search', run: () => actions.search('') });
    case 'nothing-found': {
      const guesses = state.result?.didYouMean ?? [];
      const text = create('span', { text: guesses.length > 0 ? 'Did you mean ' : 'Fewer words find more.' });
      guesses.slice(0, 5).forEach((guess, at) => text.append(at > 0 ? ', ' : '', create('button', {
        type: 'button', class: 'button is-quiet', text: guess, onclick: () => actions.search(withNearestTag(state.place.query.text, guess)),
      })));
      return page('filter', 'Nothing matches', text, { title: 'Clear the search', run: () => actions.search('') });
    }
    case 'nothing-here':
      return page('photos', 'Nothing here', 'There are no pictures or videos of this kind.',
        { title: 'Show all', run: actions.showAll });
    case 'no-roots': {
      const text = create('span', { text: 'This library has no folder yet. Start it with one: ' });
      text.append(create('code', { text: 'albumen serve ~/Pictures' }));
      return page('folder', 'No folder', text);
    }
    case 'empty':
      return page('photos', 'No pictures yet',
        'The library’s folders hold no pictures or videos that Albumen knows. Add some, then scan.',
        { title: 'Scan now', run: actions.scan });
    default:
      return [];
  }
}
