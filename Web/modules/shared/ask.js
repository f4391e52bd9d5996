// Dialogs: a short question with one line for the answer, and panels.
import { create, iconButton } from './dom.js';

/**
 * @param {{title: string, action: string, value?: string, text?: string, field?: {input: HTMLInputElement, element: HTMLElement}}} question
 *   `field`: another field than a plain one.
 * @returns {Promise<string|null>} Null when it was left without an answer.
 */
export function askText({ title, action, value = '', text = '', field }) {
  return new Promise((resolve) => {
    const input = field?.input ?? create('input', { type: 'text', 'aria-label': title, autocomplete: 'off', maxlength: 256 });
    input.value = value;
    /** @type {string|null} */
    let answer = null;
    const done = () => {
      answer = input.value.trim() || null;
      dialog.close();
    };
    /** @type {HTMLDialogElement} */
    const dialog = create('dialog', { class: 'question', 'aria-label': title }, [
      create('h2', { text: title }),
      text && create('p', { text }),
      field?.element ?? create('div', { class: 'field' }, [input]),
      create('div', { class: 'question-buttons' }, [
        create('button', { type: 'button', class: 'button', text: 'Cancel', onclick: () => dialog.close() }),
        create('button', { type: 'button', class: 'button is-primary', text: action, onclick: done }),
      ]),
    ]);
    dialog.addEventListener('keydown', (event) => {
      event.stopPropagation();
      if (event.key !== 'Enter' || event.target !== input || event.isComposing) return;
      event.preventDefault();
      done();
    });
    dialog.addEventListener('click', (event) => {
      if (event.target === dialog) dialog.close();
    });
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(answer);
    });
    document.body.append(dialog);
    dialog.showModal();
    input.focus();
    input.select();
  });
}

/**
 * A dialog with contents of their own.
 * @param {string} title
 * @param {Node[]} children
 */
export function showPanel(title, children) {
  /** @type {HTMLDialogElement} */
  const dialog = create('dialog', { class: 'question', 'aria-label': title }, [
    create('header', { class: 'panel-header' }, [
      create('h2', { text: title }), iconButton('close', 'Close', () => dialog.close(), { key: 'Esc' }),
    ]), ...children,
  ]);
  dialog.addEventListener('keydown', (event) => event.stopPropagation());
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close();
  });
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}
