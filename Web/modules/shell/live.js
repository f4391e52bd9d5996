// What the server tells by itself: the library, its folders, the scan, and whether it is there at all.
import { api } from '../shared/api.js';
import { create, icon } from '../shared/dom.js';
import { listen } from '../shared/events.js';
import { plural } from '../shared/format.js';
import { toast } from '../shared/toasts.js';

/** Milliseconds between two looks at the folders while they change. */
const FOLDERS = 1500;
/** A server that is back after so long was never missed. */
const OFFLINE_AFTER = 1500;

/**
 * Listens to the server and writes what it says into the store.
 * @param {import('../shared/state.js').AppStore} store
 * @param {HTMLElement} offline Says that the server does not answer.
 * @param {{back: () => void, showProblems: () => void, tagsChanged: (changeNumber: number) => void}} actions `back` when the server answers again.
 * @returns {{retry: () => void}} Asks the server at once.
 */
export function followServer(store, offline, actions) {
  let folderTimer = 0;
  const loadFolders = () => {
    // One load answers for all changes until it starts; further changes must not put it off.
    if (folderTimer) return;
    folderTimer = setTimeout(async () => {
      folderTimer = 0;
      try {
        store.update({ folders: (await api.folders()).folders });
      } catch {
        // The next event tries again.
      }
    }, store.state.folders.length === 0 ? 0 : FOLDERS);
  };

  const loadLibrary = async () => {
    try {
      const library = await api.library();
      store.update({
        library, counts: library.counts,
        // An event that came while this was on its way is newer, and no other may follow it.
        scan: store.state.scan ?? library.scan,
        changeNumber: Math.max(store.state.changeNumber, library.changeNumber),
      });
      loadFolders();
    } catch {
      // The state of the connection is told by the events.
    }
  };

  let wasOffline = false;
  const events = listen({
    scan: (state) => {
      const finished = store.state.scan && store.state.scan.state !== 'idle' && state.state === 'idle';
      store.update({ scan: state });
      if (!finished) return;
      loadLibrary();
      if (state.added + state.failed === 0) return;
      const added = plural(state.added, 'new file');
      toast(`Scan done: ${added}${state.failed > 0 ? `, ${plural(state.failed, 'problem')}` : ''}.`, {
        action: state.failed > 0 ? { title: 'Show problems', run: actions.showProblems } : undefined,
      });
    },
    library: ({ changeNumber, counts }) => {
      store.update({ changeNumber, counts });
      loadFolders();
    },
    tags: ({ changeNumber }) => actions.tagsChanged(changeNumber),
    memory: (memory) => store.update({ memory }),
    thumbnails: (thumbnails) => store.update({ thumbnails }),
  }, (connection) => {
    store.update({ connection });
    if (connection === 'online' && wasOffline) {
      wasOffline = false;
      loadLibrary();
      actions.back();
    }
    if (connection === 'offline') wasOffline = true;
  }, () => {
    loadLibrary();
    api.memory().then((memory) => store.update({ memory }), () => {});
  });

  offline.append(icon('offline'), create('p', {
    text: 'The server does not answer. What is loaded stays here; the page connects again by itself.',
  }), create('button', { type: 'button', class: 'button is-quiet', text: 'Try now', onclick: () => events.retry() }));
  let offlineTimer = 0;
  store.watch(['connection', 'result'], () => {
    clearTimeout(offlineTimer);
    const { connection, result } = store.state;
    if (connection !== 'offline' || !result) offline.hidden = true;
    else offlineTimer = setTimeout(() => { offline.hidden = false; }, OFFLINE_AFTER);
  });

  loadLibrary();
  return { retry: () => events.retry() };
}
