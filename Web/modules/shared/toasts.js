// Short words at the bottom that go away by themselves.
import { byId, create, iconButton } from './dom.js';

/**
 * @param {string} text
 * @param {{tone?: 'plain'|'error', action?: {title: string, run: () => void}, milliseconds?: number}} [more]
 */
export function toast(text, more = {}) {
  const place = byId('toasts');
  hold(place);
  const leave = () => {
    const hadFocus = element.contains(document.activeElement);
    element.remove();
    // What had the focus is gone; the dialog's keys and readers must not lose their place.
    if (hadFocus) /** @type {HTMLElement|null} */ (place.closest('dialog')?.querySelector('input, button') ?? null)?.focus();
  };
  const element = create('div', { class: `toast ${more.tone === 'error' ? 'is-error' : ''}` }, [
    create('span', { text }),
    more.action && create('button', {
      type: 'button',
      class: 'button is-quiet',
      text: more.action.title,
      onclick: () => {
        more.action?.run();
        leave();
      },
    }),
    iconButton('close', 'Dismiss', leave),
  ]);
  while (place.childElementCount >= 3) place.firstElementChild?.remove();
  place.append(element);
  let timer = setTimeout(leave, more.milliseconds ?? 6000);
  element.addEventListener('pointerenter', () => clearTimeout(timer));
  element.addEventListener('pointerleave', () => {
    timer = setTimeout(leave, 2500);
  });
}

/**
 * Puts what lies over everything into the dialog that is open: what is outside of it cannot be clicked.
 * @param {HTMLElement} place
 */
function hold(place) {
  const dialog = [...document.querySelectorAll('dialog:modal')].pop();
  if (!dialog || dialog.contains(place)) return;
  dialog.append(place);
  dialog.addEventListener('close', () => document.body.append(place), { once: true });
}

/**
 * Copies text and says so.
 * @param {string} text
 * @param {string} what
 */
export async function copyText(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    toast(`Copied ${what}.`);
  } catch {
    // Clipboards need a secure origin or a permission; an old way works without.
    const area = create('textarea', { class: 'offscreen', 'aria-hidden': 'true' });
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    toast(done ? `Copied ${what}.` : 'The browser does not let this page copy.', {
      tone: done ? 'plain' : 'error',
    });
  }
}
