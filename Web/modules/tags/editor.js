// The tag editor: the tags of one picture, of a selection or of a whole result, to be put on, taken off
// and replaced. What is shown is what the server says; a change is marked until it does.
import { create, iconButton, setText } from '../shared/dom.js';
import { formatCount, plural } from '../shared/format.js';
import { Latest } from '../shared/latest.js';
import { asking } from './asking.js';
import { byCategory, editableChip } from './chips.js';
import { TagField } from './field.js';
import { targetWithTag } from './scope.js';

/** @typedef {import('./asking.js').TagOfSome} TagOfSome */
/** @typedef {import('./scope.js').Scope} Scope */

/** @param {string} name */
const keyOf = (name) => name.normalize('NFC').toLowerCase().replace(/[\s_]+/g, '_');

export class TagEditor {
  #changes;
  #closed;
  #title = create('h2');
  #scopes = create('div', { class: 'segmented', role: 'group', 'aria-label': 'Which pictures' });
  #groups = create('div', { class: 'tag-groups', role: 'group', 'aria-label': 'Tags' });
  #note = create('p', { class: 'tag-editor-note' });
  #field = new TagField('tag-editor-choices', 'Add a tag', { allowsNew: true, onPick: (name) => this.#picked(name) });
  #latest = new Latest();
  /** @type {Scope[]} */
  #choices = [];
  /** @type {Scope|null} */
  #scope = null;
  #count = 0;
  /**
   * What was there since it was opened, by key.
   * @type {Map<string, TagOfSome>}
   */
  #tags = new Map();
  /** @type {Set<string>} */
  #pending = new Set();
  /** @type {TagOfSome|null} */
  #replaced = null;
  element;

  /**
   * @param {import('./changes.js').Changes} changes
   * @param {() => void} closed
   */
  constructor(changes, closed) {
    this.#changes = changes;
    this.#closed = closed;
    this.element = create('div', { class: 'tag-editor', role: 'dialog', 'aria-label': 'Tags', hidden: true }, [
      create('header', { class: 'panel-header' }, [
        this.#title, this.#scopes, iconButton('close', 'Close', () => this.close(), { key: 'Esc' }),
      ]),
      this.#field.element, this.#groups, this.#note,
      create('p', { class: 'tag-editor-keys' }, [
        create('kbd', { text: 'Enter' }), ' adds  ', create('kbd', { text: '−name' }), ' takes off  ',
        create('kbd', { text: 'F2' }), ' replaces  ', create('kbd', { text: 'Ctrl+Z' }), ' takes back',
      ]),
    ]);
    this.element.addEventListener('keydown', (event) => this.#pressed(event));
    document.body.append(this.element);
  }

  get isOpen() {
    return !this.element.hidden;
  }

  /** @param {Scope[]} scopes Of which one can be chosen; the first is. */
  open(scopes) {
    // In full screen nothing outside of that element is seen.
    (document.fullscreenElement ?? document.body).append(this.element);
    this.#choices = scopes;
    this.element.hidden = false;
    this.#use(scopes[0]);
    this.#field.clear();
    this.#field.input.focus();
  }

  close() {
    if (!this.isOpen) return;
    this.element.hidden = true;
    this.#latest.cancel();
    this.#replaced = null;
    this.#closed();
  }

  /** Asks anew what is true. */
  refresh() {
    const scope = this.#scope;
    if (!this.isOpen || !scope) return;
    this.#latest.ask(async (signal) => asking.tagsOf(await scope.target(), signal), ({ count, tags }) => {
      this.#count = count;
      // What was taken off stays, so that it can be put on again.
      for (const [key, tag] of this.#tags) this.#tags.set(key, { ...tag, count: 0, origins: [] });
      for (const tag of tags) this.#tags.set(keyOf(tag.name), tag);
      this.#pending.clear();
      this.#draw();
    }, (error) => {
      this.#pending.clear();
      this.#draw();
      setText(this.#note, error instanceof Error ? error.message : String(error));
    });
  }

  /** @param {Scope} scope */
  #use(scope) {
    this.#scope = scope;
    this.#count = scope.count;
    this.#tags.clear();
    this.#pending.clear();
    this.#replace(null);
    setText(this.#title, this.#choices.length < 2 || scope.asset ? scope.title : 'Tags');
    this.#scopes.hidden = this.#choices.length < 2;
    this.#scopes.replaceChildren(...this.#choices.map((other) => create('button', {
      type: 'button', class: 'icon-button', 'aria-pressed': String(other === scope), text: other.asset ? 'This one' : other.title,
      onclick: () => this.#use(other),
    })));
    setText(this.#note, '');
    this.#groups.replaceChildren();
    this.refresh();
  }

  #draw() {
    const focused = this.#groups.contains(document.activeElement) && document.activeElement instanceof HTMLElement
      ? document.activeElement.dataset.tag : undefined;
    const tags = [...this.#tags.values()];
    this.#groups.replaceChildren(...byCategory(tags).map(([category, list]) => create('section', { class: 'tag-group' }, [
      create('h3', { text: category }),
      create('div', { class: 'tag-chips' }, list.map((tag) => {
        const share = tag.count >= this.#count ? 'all' : tag.count > 0 ? 'some' : 'none';
        return editableChip(tag, {
          share, of: this.#count, isPending: this.#pending.has(keyOf(tag.name)),
          toggle: () => (share === 'all' ? this.#apply([], [tag.name]) : this.#apply([tag.name], [])),
          remove: () => this.#apply([], [tag.name]),
          replace: () => this.#replace(tag),
        });
      })),
    ])));
    setText(this.#note, tags.length === 0 ? 'No tags yet. Type the first one.' : '');
    const chips = this.#buttons;
    const kept = chips.find((chip) => chip.dataset.tag === focused) ?? chips[0];
    if (kept) kept.tabIndex = 0;
    if (focused) (kept ?? this.#field.input).focus();
  }

  get #buttons() {
    return /** @type {HTMLElement[]} */ ([...this.#groups.querySelectorAll('.tag-chip-name')]);
  }

  /**
   * What was typed; a minus takes off, commas separate.
   * @param {string} text
   */
  #picked(text) {
    const names = text.split(',').map((name) => name.trim()).filter(Boolean);
    const add = names.filter((name) => !name.startsWith('-'));
    const remove = names.filter((name) => name.startsWith('-')).map((name) => name.slice(1));
    const replaced = this.#replaced;
    this.#replace(null);
    if (replaced && add.length > 0) this.#send({ add, remove: [replaced.name] }, replaced);
    else if (names.length > 0) this.#apply(add, remove);
  }

  /**
   * @param {string[]} add
   * @param {string[]} remove
   */
  #apply(add, remove) {
    this.#send({ ...(add.length > 0 ? { add } : {}), ...(remove.length > 0 ? { remove } : {}) });
  }

  /**
   * @param {{add?: string[], remove?: string[]}} edit
   * @param {TagOfSome|null} [replaced] Only those that have this tag are meant.
   */
  async #send(edit, replaced = null) {
    const scope = this.#scope;
    if (!scope) return;
    const added = edit.add ?? [];
    for (const name of added) {
      const key = keyOf(name);
      const known = this.#tags.get(key);
      this.#tags.set(key, {
        id: 0, category: 'general', name, ...known, origins: ['user'], count: replaced ? Math.max(replaced.count, known?.count ?? 0) : this.#count,
      });
      this.#pending.add(key);
    }
    for (const name of edit.remove ?? []) {
      const known = this.#tags.get(keyOf(name));
      if (known) this.#tags.set(keyOf(name), { ...known, count: 0 });
      this.#pending.add(keyOf(name));
    }
    this.#draw();
    const words = [
      added.length > 0 ? `${replaced ? 'put' : 'added'} ${added.join(', ')}` : '',
      edit.remove?.length ? `${replaced ? 'in place of' : 'took off'} ${edit.remove.join(', ')}` : '',
    ].filter(Boolean).join(replaced ? ' ' : ' and ');
    const target = async () => (replaced && replaced.count < this.#count
      ? targetWithTag(await scope.target(), replaced.name) : scope.target());
    await this.#changes.run(async () => asking.edit(await target(), edit), (changed) =>
      `${words[0].toUpperCase()}${words.slice(1)}: ${plural(changed, 'picture')} changed.`);
    this.refresh();
  }

  /** @param {TagOfSome|null} tag What the next name stands in for. */
  #replace(tag) {
    this.#replaced = tag;
    const title = tag ? `Replace ${tag.name} with` : this.#scope && this.#scope.count > 1 ? `Add a tag to ${formatCount(this.#scope.count)} pictures` : 'Add a tag';
    this.#field.input.placeholder = title;
    this.#field.input.setAttribute('aria-label', title);
    this.#field.element.classList.toggle('is-replacing', tag !== null);
    if (tag) this.#field.input.focus();
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    const { input } = this.#field;
    const chips = this.#buttons;
    const at = chips.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const inEmptyField = document.activeElement === input && input.value === '';
    const tag = at >= 0 ? this.#tags.get(keyOf(chips[at].dataset.tag ?? '')) : undefined;
    /** @param {number} next */
    const go = (next) => {
      if (next < 0) input.focus();
      else chips[Math.min(next, chips.length - 1)]?.focus();
    };
    const isForward = event.key === 'ArrowDown' || event.key === 'ArrowRight';
    if (event.key === 'Escape') {
      if (this.#replaced) this.#replace(null);
      else this.close();
    } else if (event.key.toLowerCase() === 'z' && (event.ctrlKey || event.metaKey) && (inEmptyField || at >= 0)) this.#changes.undo();
    else if (inEmptyField && event.key === 'ArrowDown') go(0);
    else if (inEmptyField && event.key === 'Backspace' && !this.#replaced) go(chips.length - 1);
    else if (at >= 0 && isForward) go(at + 1);
    else if (at >= 0 && (event.key === 'ArrowUp' || event.key === 'ArrowLeft')) go(at - 1);
    else if (tag && event.key === 'F2') this.#replace(tag);
    else if (tag && (event.key === 'Delete' || event.key === 'Backspace')) this.#apply([], [tag.name]);
    else if (at >= 0 && event.key.length === 1 && event.key !== ' ' && !event.ctrlKey && !event.metaKey && !event.altKey) {
      // A letter is the beginning of a tag; the browser types it into the field.
      input.focus();
      event.stopPropagation();
      return;
    } else {
      // Nothing of what is typed here is meant for the pictures.
      event.stopPropagation();
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }
}
