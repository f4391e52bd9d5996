// The paths of what is selected, for other programs.
import { api } from '../shared/api.js';
import { formatCount, plural } from '../shared/format.js';
import { copyText, toast } from '../shared/toasts.js';

/** More paths than this are not copied at once. */
const COPIED = 10_000;

/**
 * Copies the paths of the selection, or of what is focused.
 * @param {import('../shared/state.js').AppStore} store
 * @param {import('../grid/selection.js').Selection} selection
 */
export async function copyPaths(store, selection) {
  const { result, folders, focus } = store.state;
  if (!result) return;
  const spans = selection.isEmpty && focus >= 0 ? [{ first: focus, last: focus + 1 }] : selection.spans;
  const count = spans.reduce((sum, { first, last }) => sum + last - first, 0);
  if (count > COPIED) {
    toast(`At most ${formatCount(COPIED)} paths can be copied at once.`, { tone: 'error' });
    return;
  }
  const byFolder = new Map(folders.map((folder) => [folder.id, folder.path]));
  const paths = [];
  const signal = new AbortController().signal;
  try {
    for (const { first, last } of spans) {
      for (let from = first; from < last; from += 200) {
        const { assets } = await api.assets(result.token, from, Math.min(200, last - from), signal);
        for (const asset of assets) paths.push(`${byFolder.get(asset.folderId) ?? ''}/${asset.name}`);
      }
    }
  } catch (error) {
    toast(error instanceof Error ? error.message : String(error), { tone: 'error' });
    return;
  }
  await copyText(paths.join('\n'), plural(paths.length, 'path'));
}
