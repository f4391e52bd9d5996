// Implications that the tags themselves suggest: who has the first nearly always has the second.
import { showPanel } from '../shared/ask.js';
import { create, icon } from '../shared/dom.js';
import { formatShare, plural } from '../shared/format.js';
import { asking } from './asking.js';
import { tint } from './colors.js';

/**
 * Shows them in a dialog; each can be made a rule.
 * @param {import('./changes.js').Changes} changes
 */
export async function showSuggestions(changes) {
  const list = create('ul', { class: 'suggestion-list' });
  const note = create('p', { class: 'tag-detail-note', text: 'Looking at which tags are together…' });
  showPanel('Suggested implications', [note, list]);
  try {
    const { suggestions } = await asking.suggestions();
    note.textContent = suggestions.length > 0 ? 'Pictures with the first tag nearly always have the second one.'
      : 'No tag goes so often with another one that it looks like a rule.';
    list.replaceChildren(...suggestions.map(({ tag, implies, count, together }) => {
      const names = [tag, implies].map(({ name, category }) => {
        const label = create('span', { class: 'tag-name', text: name });
        tint(label, category);
        return label;
      });
      const button = create('button', {
        type: 'button', class: 'button', text: 'Add',
        onclick: async () => {
          button.disabled = true;
          const isMade = await changes.run(() => asking.implication('POST', tag.id, implies.name),
            (changed) => `${tag.name} implies ${implies.name} now: ${plural(changed, 'picture')} changed.`);
          if (isMade) item.remove();
          else button.disabled = false;
        },
      });
      const item = create('li', { class: 'suggestion' }, [
        create('span', { class: 'suggestion-names' }, [names[0], ' → ', names[1]]),
        create('span', { class: 'facet-count', text: `${formatShare(together, count)} of ${plural(count, 'picture')}` }), button,
      ]);
      return item;
    }));
  } catch (error) {
    note.replaceChildren(icon('problem'), error instanceof Error ? error.message : String(error));
  }
}
