// The panel at the right: what is known about the focused picture.
import { api, isAbort, thumbPath } from '../shared/api.js';
import { create, icon, iconButton, setText } from '../shared/dom.js';
import {
  formatCount, formatExposure, formatFileSize, formatLength, formatMoment, formatWallTime, plural,
} from '../shared/format.js';
import { copyText } from '../shared/toasts.js';
import { labelsOf } from './labels.js';

/** @typedef {import('../shared/types.js').Asset} Asset */
/** @typedef {import('../shared/types.js').AssetDetail} AssetDetail */

/** Moving on quickly does not ask for everything on the way. */
const PATIENCE = 140;

export class Inspector {
  #element;
  #body = create('div', { class: 'inspector-body' });
  #loading = new AbortController();
  #timer = 0;
  #shown = '';
  #filter = '';
  #thumbs;
  #labels;
  /** @type {AssetDetail|null} What was drawn last. */
  #detail = null;

  /**
   * @param {HTMLElement} element
   * @param {import('../grid/thumbs.js').Thumbs} thumbs
   * @param {() => void} close
   * @param {import('./labels.js').LabelActions} labels
   */
  constructor(element, thumbs, close, labels) {
    this.#element = element;
    this.#thumbs = thumbs;
    this.#labels = labels;
    element.append(
      create('header', { class: 'panel-header inspector-header' }, [
        create('h2', { text: 'Information' }), iconButton('close', 'Close', close, { key: 'i' }),
      ]),
      this.#body);
  }

  /**
   * @param {Asset|null} asset
   * @param {number} selectionCount
   */
  show(asset, selectionCount) {
    const key = `${asset?.id} ${asset?.version} ${asset?.state} ${asset?.rating} ${selectionCount > 1 ? selectionCount : ''}`;
    if (key === this.#shown) return;
    this.#shown = key;
    this.#loading.abort();
    clearTimeout(this.#timer);
    if (selectionCount > 1) {
      this.#say('photos', `${formatCount(selectionCount)} selected`,
        't edits their tags, 1 to 5 give stars, Ctrl+C copies their paths. Esc selects nothing.');
      return;
    }
    if (!asset) {
      this.#say('info', 'Nothing selected', 'Select a picture to see what is known about it.');
      return;
    }
    // What is known of the same picture stays until it is known anew.
    this.#draw(asset, this.#detail?.id === asset.id ? this.#detail : null);
    const loading = new AbortController();
    this.#loading = loading;
    this.#timer = setTimeout(async () => {
      try {
        const detail = await api.asset(asset.id, loading.signal);
        if (!loading.signal.aborted) this.#draw({ ...asset, rating: detail.rating }, detail);
      } catch (error) {
        if (isAbort(error) || loading.signal.aborted) return;
        this.#body.append(create('p', {
          class: 'inspector-note', text: error instanceof Error ? error.message : String(error),
        }));
      }
    }, PATIENCE);
  }

  /** Asks again for what is shown. */
  refresh() {
    this.#shown = '';
  }

  /**
   * @param {string} picture
   * @param {string} title
   * @param {string} text
   */
  #say(picture, title, text) {
    this.#body.replaceChildren(create('div', { class: 'inspector-empty' }, [
      icon(picture), create('h3', { text: title }), create('p', { text }),
    ]));
  }

  /**
   * @param {Asset} asset
   * @param {AssetDetail|null} detail
   */
  #draw(asset, detail) {
    const isSame = this.#detail?.id === asset.id;
    this.#detail = detail;
    const { scrollTop } = this.#body;
    const focused = this.#body.contains(document.activeElement) ? document.activeElement : null;
    // What is being written is not taken away; leaving the field draws anew.
    if (isSame && focused instanceof HTMLTextAreaElement) return;
    const metadata = detail?.metadata;
    const megapixels = ((asset.width ?? 0) * (asset.height ?? 0)) / 1e6;
    const exposure = [
      metadata?.exposureSeconds ? formatExposure(metadata.exposureSeconds) : metadata?.exposure,
      metadata?.fNumber ? `f/${Number(metadata.fNumber.toFixed(1))}` : '',
      metadata?.iso ? `ISO ${metadata.iso}` : '',
      metadata?.focalLengthMillimetres ? `${Number(metadata.focalLengthMillimetres.toFixed(1))} mm` : '',
    ].filter(Boolean).join('  ');
    const latitude = detail?.latitude ?? asset.latitude;
    const longitude = detail?.longitude ?? asset.longitude;
    const place = latitude !== null && latitude !== undefined && longitude !== null && longitude !== undefined
      ? `${latitude.toFixed(5)}, ${longitude.toFixed(5)}` : '';
    /** @type {[string, string|null|undefined][]} */
    const facts = [
      ['Taken', formatWallTime(asset.capturedAt)],
      ['Size', asset.width && asset.height
        ? `${formatCount(asset.width)} × ${formatCount(asset.height)}${megapixels >= 0.1 ? `  (${megapixels.toFixed(megapixels < 10 ? 1 : 0)} MP)` : ''}` : ''],
      ['Length', asset.durationMs ? formatLength(asset.durationMs) : ''],
      ['Frames', asset.frameCount > 1 && asset.kind === 'image' ? formatCount(asset.frameCount) : ''],
      ['File', `${asset.format?.toUpperCase() ?? 'Unknown'}  ${formatFileSize(asset.byteCount)}`],
      ['Camera', metadata?.camera ?? detail?.camera],
      ['Lens', metadata?.lens],
      ['Exposure', exposure],
      ['Place', place],
      ['Title', metadata?.title],
      ['Caption', metadata?.caption],
      ['Creator', metadata?.creator],
      ['Rights', metadata?.copyright],
      ['Keywords', metadata?.keywords?.join(', ')],
      ['Modified', formatMoment(detail?.fileModified)],
      ['Added', formatMoment(asset.addedAt)],
    ];
    const fields = metadata?.fields ?? [];
    this.#body.replaceChildren(
      this.#preview(asset),
      create('h3', { class: 'inspector-name', text: asset.name }),
      ...(asset.state === 'ok' ? [] : [create('p', { class: 'inspector-problem' }, [
        icon('problem'), asset.reason ?? (asset.state === 'missing' ? 'The file is gone.' : 'It cannot be read.'),
      ])]),
      ...(detail ? [labelsOf(detail, this.#labels)] : []),
      create('dl', { class: 'facts' }, facts.filter(([, value]) => value).flatMap(([name, value]) => [
        create('dt', { text: name }), create('dd', { text: value ?? '' }),
      ])),
      ...(detail ? [this.#path(detail.path)] : []),
      ...(fields.length > 0 ? [this.#fields(fields)] : []),
    );
    if (!isSame) return;
    this.#body.scrollTop = scrollTop;
    const name = focused?.getAttribute('aria-label');
    const again = name && [...this.#body.querySelectorAll('button')].find((button) => button.getAttribute('aria-label') === name);
    if (again) again.focus();
  }

  /** @param {Asset} asset */
  #preview(asset) {
    const image = create('img', { class: 'inspector-image', alt: '', decoding: 'async' });
    const box = create('div', { class: 'inspector-preview' }, [image]);
    if (asset.width && asset.height) {
      box.style.setProperty('aspect-ratio', String(Math.min(3, Math.max(0.75, asset.width / asset.height))));
    }
    if (asset.state === 'ok') image.src = this.#thumbs.anySize(asset) ?? thumbPath(asset, 512);
    else box.hidden = true;
    return box;
  }

  /** @param {string} path */
  #path(path) {
    return create('div', { class: 'inspector-path' }, [
      create('span', { text: path }),
      iconButton('copy', 'Copy the path', () => copyText(path, 'the path')),
    ]);
  }

  /** @param {{group?: string, key: string, value: string}[]} fields */
  #fields(fields) {
    const rows = fields.map(({ group, key: name, value }) => {
      const key = group ? `${group}.${name}` : name;
      const row = create('div', { class: 'field-row' }, [
        create('dt', { text: key }), create('dd', { text: value }),
      ]);
      return { row, text: `${key} ${value}`.toLowerCase() };
    });
    const found = create('span', { class: 'fields-count' });
    const input = create('input', { type: 'search', placeholder: 'Filter', 'aria-label': 'Filter fields' });
    const apply = () => {
      this.#filter = input.value;
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      let count = 0;
      for (const { row, text } of rows) {
        row.hidden = !words.every((word) => text.includes(word));
        if (!row.hidden) count += 1;
      }
      setText(found, words.length > 0 ? `${count} of ${fields.length}` : plural(fields.length, 'field'));
    };
    input.value = this.#filter;
    input.addEventListener('input', apply);
    apply();
    return create('section', { class: 'fields' }, [
      create('header', { class: 'panel-header' }, [create('h3', { text: 'All fields' }), found]),
      create('div', { class: 'field' }, [icon('filter'), input]),
      create('dl', {}, rows.map(({ row }) => row)),
    ]);
  }

  get element() {
    return this.#element;
  }
}
