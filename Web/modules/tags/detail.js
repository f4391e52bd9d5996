// One tag of the tag browser: its names, what it implies, what goes with it, and all that can be done to it.
import { askText } from '../shared/ask.js';
import { create, icon, iconButton } from '../shared/dom.js';
import { formatCount, formatShare, plural } from '../shared/format.js';
import { Latest } from '../shared/latest.js';
import { toast } from '../shared/toasts.js';
import { asking } from './asking.js';
import { allCategories, tint } from './colors.js';
import { TagField } from './field.js';

/** @typedef {import('./asking.js').Tag} Tag */

/** Moving on quickly does not ask for everything on the way. */
const REST = 90;

export class TagDetail {
  #changes;
  #actions;
  #body = create('div', { class: 'tag-detail-body' });
  #latest = new Latest(REST);
  /** @type {Tag|null} */
  #tag = null;
  element = create('aside', { class: 'tag-detail', 'aria-label': 'The chosen tag', hidden: true }, [this.#body]);

  /**
   * @param {import('./changes.js').Changes} changes
   * @param {{open: (tag: {name: string}) => void, close: () => void}} actions
   */
  constructor(changes, actions) {
    this.#changes = changes;
    this.#actions = actions;
  }

  /** @param {Tag|null} tag */
  show(tag) {
    const isOther = tag?.id !== this.#tag?.id;
    this.#tag = tag;
    this.element.hidden = tag === null;
    if (!tag) this.#latest.cancel();
    else if (isOther) {
      this.#draw(tag);
      this.refresh();
    }
  }

  /** Asks anew for what is shown. */
  refresh() {
    const tag = this.#tag;
    if (!tag) return;
    this.#latest.ask((signal) => asking.tag(tag.id, signal), (whole) => this.#draw(whole), () => {
      // It is gone: merged or deleted.
      if (this.#tag?.id === tag.id) this.#actions.close();
    });
  }

  /**
   * @param {KeyboardEvent} event
   * @param {Tag} tag
   * @returns {boolean} Whether it was one of its keys.
   */
  key(event, tag) {
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    if (event.key === 'F2') this.#rename(tag);
    else if (event.key === 'm') this.#merge(tag);
    else if (event.key === 'Delete') this.#remove(tag);
    else return false;
    return true;
  }

  /** @param {Tag} tag */
  #draw(tag) {
    this.#tag = tag;
    /** @type {HTMLSelectElement} */
    const select = create('select', {
      class: 'select', 'aria-label': 'Category',
      onchange: () => this.#changes.run(() => asking.change(tag.id, { category: select.value }), () => `${tag.name} is ${select.value} now.`),
    }, allCategories().map(({ name }) => create('option', { value: name, text: name, selected: name === tag.category })));
    const name = create('h3', { class: 'tag-name', text: tag.name });
    tint(name, tag.category);
    const button = (/** @type {string} */ picture, /** @type {string} */ text, /** @type {string} */ key, /** @type {() => void} */ run) => create('button', {
      type: 'button', class: 'button', title: key ? `${text}  (${key})` : text, onclick: run,
    }, [icon(picture), text]);
    this.#body.replaceChildren(
      create('header', { class: 'panel-header' }, [name, iconButton('close', 'Close', () => this.#actions.close(), { key: 'Esc' })]),
      create('div', { class: 'tag-detail-line' }, [
        create('button', { type: 'button', class: 'button is-quiet', text: plural(tag.count, 'picture'), onclick: () => this.#actions.open(tag) }), select,
      ]),
      create('div', { class: 'tag-detail-buttons' }, [
        button('pencil', 'Rename', 'F2', () => this.#rename(tag)),
        button('merge', 'Merge into…', 'm', () => this.#merge(tag)),
        button('trash', 'Delete', 'Del', () => this.#remove(tag)),
      ]),
      this.#names('Other names', 'These lead to this tag.', tag.aliases, 'Add a name', () => this.#addAlias(tag), (alias) =>
        this.#changes.run(() => asking.alias('DELETE', tag.id, alias), () => `${alias} no longer leads to ${tag.name}.`)),
      this.#names('Implies', 'Whoever has this tag has these too.', tag.implies.map((other) => other.name), 'Add an implication',
        () => this.#addImplication(tag), (other) => this.#changes.run(() => asking.implication('DELETE', tag.id, other),
          (changed) => `${tag.name} no longer implies ${other}: ${plural(changed, 'picture')} changed.`)),
      this.#related(tag),
    );
  }

  /**
   * @param {string} title
   * @param {string} text
   * @param {string[]} names
   * @param {string} adding
   * @param {() => void} add
   * @param {(name: string) => void} remove
   */
  #names(title, text, names, adding, add, remove) {
    return create('section', {}, [
      create('header', { class: 'panel-header' }, [create('h4', { text: title }), iconButton('plus', adding, add)]),
      names.length === 0 ? create('p', { class: 'tag-detail-note', text }) : create('ul', { class: 'tag-chips' }, names.map((name) => create('li', { class: 'tag-chip' }, [
        create('span', { class: 'tag-chip-name', text: name }), iconButton('close', `Take away ${name}`, () => remove(name), { class: 'tag-chip-remove' }),
      ]))),
    ]);
  }

  /** @param {Tag} tag */
  #related(tag) {
    const related = (tag.related ?? []).slice(0, 12);
    return create('section', { hidden: related.length === 0 }, [
      create('header', { class: 'panel-header' }, [create('h4', { text: 'Often together' })]),
      create('ul', {}, related.map((other) => {
        const label = create('span', { class: 'tag-name facet-name', text: other.name });
        tint(label, other.category);
        return create('li', {}, [create('button', {
          type: 'button', class: 'facet-row', title: `${formatCount(other.count)} pictures have ${other.name}`, onclick: () => this.#actions.open(other),
        }, [label, create('span', { class: 'facet-count', text: formatShare(other.score, 1) })])]);
      })),
    ]);
  }

  /** @param {Tag} tag */
  async #rename(tag) {
    const name = await askText({ title: `Rename ${tag.name}`, action: 'Rename', value: tag.name, text: 'All pictures keep it under its new name.' });
    if (!name || name === tag.name) return;
    await this.#changes.run(() => asking.change(tag.id, { name }), () => `${tag.name} is ${name} now.`);
  }

  /** @param {string} title */
  #field(title) {
    return new TagField('tag-question-choices', title, { allowsNew: false });
  }

  /** @param {Tag} tag */
  async #merge(tag) {
    const field = this.#field('Name of the other tag');
    const name = await askText({
      title: `Merge ${tag.name} into`, action: 'Merge', field,
      text: `${plural(tag.count, 'picture')} will have the other tag instead; ${tag.name} becomes another name of it.`,
    });
    if (!name) return;
    const into = await this.#find(name);
    if (!into || into.id === tag.id) return;
    await this.#changes.run(() => this.#leaving(asking.merge(tag.id, into.id)), (changed) => `Merged ${tag.name} into ${into.name}: ${plural(changed, 'picture')} changed.`);
  }

  /**
   * The tag of exactly this name.
   * @param {string} name
   */
  async #find(name) {
    const key = (/** @type {string} */ text) => text.normalize('NFC').toLowerCase().replace(/[\s_]+/g, '_');
    const { tags } = await asking.list({ search: name, category: '', sort: 'count' }, 0, 100).catch(() => ({ tags: [] }));
    const found = tags.find((tag) => key(tag.name) === key(name) || tag.aliases.some((alias) => key(alias) === key(name)));
    if (!found) toast(`There is no tag ${name}.`, { tone: 'error' });
    return found ?? null;
  }

  /**
   * What is shown is gone after a change.
   * @param {Promise<import('./asking.js').Change>} change
   */
  async #leaving(change) {
    await change;
    this.#actions.close();
    return change;
  }

  /** @param {Tag} tag */
  async #remove(tag) {
    await this.#changes.run(() => this.#leaving(asking.remove(tag.id)), (changed) => `Deleted ${tag.name}: ${plural(changed, 'picture')} changed.`);
  }

  /** @param {Tag} tag */
  async #addAlias(tag) {
    const name = await askText({ title: `Another name of ${tag.name}`, action: 'Add', text: 'Whoever types it finds this tag.' });
    if (name) await this.#changes.run(() => asking.alias('POST', tag.id, name), () => `${name} leads to ${tag.name} now.`);
  }

  /** @param {Tag} tag */
  async #addImplication(tag) {
    const name = await askText({
      title: `${tag.name} implies`, action: 'Go on', text: 'Every picture with the first tag gets the second one.',
      field: this.#field('Name of the implied tag'),
    });
    if (!name) return;
    try {
      const { wouldChange } = await asking.previewImplication('POST', tag.id, name);
      toast(`${tag.name} → ${name}: this would change ${plural(wouldChange, 'picture')}.`, {
        milliseconds: 20_000,
        action: {
          title: 'Do it', run: () => this.#changes.run(() => asking.implication('POST', tag.id, name),
            (changed) => `${tag.name} implies ${name} now: ${plural(changed, 'picture')} changed.`),
        },
      });
    } catch (error) {
      toast(error instanceof Error ? error.message : String(error), { tone: 'error' });
    }
  }
}
