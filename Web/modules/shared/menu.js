// Menus with keys shown, and the list of all keys.
import { create, icon, iconButton } from './dom.js';
import { showChord } from './keys.js';

/**
 * @typedef {object} MenuItem
 * @property {string} title
 * @property {() => void} run
 * @property {boolean} [checked] A choice among others.
 * @property {string} [key]
 * @property {boolean} [divided] A line above.
 */

/** @type {(() => void)|null} */
let closeOpen = null;

/**
 * Opens a menu under an element, or closes it when it is open there.
 * @param {HTMLElement} anchor
 * @param {MenuItem[]} items
 */
export function openMenu(anchor, items) {
  const wasOpen = anchor.getAttribute('aria-expanded') === 'true';
  closeOpen?.();
  if (wasOpen) return;
  const choices = items.some((item) => item.checked !== undefined);
  const menu = create('div', { class: 'menu', role: 'menu' }, items.map((item) => create('button', {
    type: 'button',
    class: `menu-item ${item.divided ? 'is-divided' : ''}`,
    role: item.checked === undefined ? 'menuitem' : 'menuitemradio',
    'aria-checked': item.checked === undefined ? null : String(item.checked),
    tabindex: '-1',
    onclick: () => {
      close(true);
      item.run();
    },
  }, [
    choices && create('span', { class: 'menu-mark' }, [item.checked && icon('check')]),
    create('span', { class: 'menu-title', text: item.title }),
    item.key ? create('kbd', { text: showChord(item.key) }) : null,
  ])));
  const buttons = /** @type {HTMLElement[]} */ ([...menu.children]);

  const close = (/** @type {boolean} */ refocus) => {
    menu.remove();
    anchor.setAttribute('aria-expanded', 'false');
    removeEventListener('pointerdown', outside, true);
    closeOpen = null;
    if (refocus) anchor.focus();
  };
  const outside = (/** @type {Event} */ event) => {
    const target = /** @type {Node} */ (event.target);
    if (!menu.contains(target) && !anchor.contains(target)) close(false);
  };
  menu.addEventListener('keydown', (event) => {
    const at = buttons.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const steps = /** @type {Record<string, number>} */ ({
      ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1,
    });
    event.stopPropagation();
    if (event.key === 'Escape' || event.key === 'Tab') {
      event.preventDefault();
      close(true);
    } else if (event.key in steps) {
      event.preventDefault();
      buttons.at(steps[event.key] % buttons.length)?.focus();
    }
  });
  anchor.setAttribute('aria-expanded', 'true');
  document.body.append(menu);
  const box = anchor.getBoundingClientRect();
  const left = Math.max(8, Math.min(box.left, innerWidth - menu.offsetWidth - 8));
  menu.style.setProperty('left', `${left}px`);
  menu.style.setProperty('top', `${Math.min(box.bottom + 4, innerHeight - menu.offsetHeight - 8)}px`);
  addEventListener('pointerdown', outside, true);
  closeOpen = () => close(false);
  (buttons.find((button) => button.getAttribute('aria-checked') === 'true') ?? buttons[0])?.focus();
}

/**
 * Shows all keys by group.
 * @param {import('./keys.js').Command[]} commands
 */
export function showKeys(commands) {
  /** @type {Map<string, import('./keys.js').Command[]>} */
  const groups = new Map();
  for (const command of commands) {
    if (command.hidden) continue;
    groups.set(command.group, [...groups.get(command.group) ?? [], command]);
  }
  /** @type {HTMLDialogElement} */
  const dialog = create('dialog', { class: 'keys', 'aria-label': 'Keys' }, [
    create('header', { class: 'panel-header' }, [
      create('h2', { text: 'Keys' }),
      iconButton('close', 'Close', () => dialog.close(), { key: 'Esc' }),
    ]),
    create('div', { class: 'keys-groups' }, [...groups].map(([group, list]) => create('section', {}, [
      create('h3', { text: group }),
      create('dl', {}, list.flatMap((command) => [
        create('dt', {}, command.keys.filter((key) => key !== '=').map((key) => create('kbd', { text: showChord(key) }))),
        create('dd', { text: command.title }),
      ])),
    ]))),
  ]);
  dialog.addEventListener('close', () => dialog.remove());
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close();
  });
  dialog.addEventListener('keydown', (event) => {
    event.stopPropagation();
    if (event.key === '?') dialog.close();
  });
  document.body.append(dialog);
  dialog.showModal();
}
