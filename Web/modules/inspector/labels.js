// What people say about a picture, in the inspector: stars, favourite, content rating, tags, note, albums.
import { create, icon, iconButton } from '../shared/dom.js';
import { byCategory, describeOrigins, signOfOrigins } from '../tags/chips.js';
import { tint } from '../tags/colors.js';
import { RATINGS } from '../tags/marks.js';

/** @typedef {import('../shared/types.js').AssetDetail} AssetDetail */

/**
 * @typedef {object} LabelActions
 * @property {import('../tags/marks.js').Marking} marking
 * @property {() => void} editTags
 * @property {(name: string, isExcluded: boolean) => void} searchTag
 * @property {(album: {name: string, kind: string}) => void} openAlbum
 */

/**
 * @param {AssetDetail} detail
 * @param {LabelActions} actions
 * @returns {HTMLElement}
 */
export function labelsOf(detail, actions) {
  const { marking } = actions;
  const albums = detail.albums ?? [];
  return create('section', { class: 'labels' }, [
    create('div', { class: 'labels-marks' }, [
      starsOf(detail.rating, (stars) => marking.star(stars)),
      favouriteOf(detail.favourite ?? false, (favourite) => marking.favour(favourite)),
    ]),
    ratingsOf(detail.contentRating ?? null, (rating) => marking.rate(rating)),
    tagsOf(detail, actions),
    noteOf(detail.note ?? '', (note) => marking.note(note)),
    albums.length > 0 && create('p', { class: 'labels-albums' }, [icon('album'), ...albums.map((album) => create('button', {
      type: 'button', class: 'button is-quiet', text: album.name, onclick: () => actions.openAlbum(album),
    }))]),
  ]);
}

/**
 * @param {number} stars
 * @param {(stars: number) => void} give
 */
function starsOf(stars, give) {
  return create('div', { class: 'labels-stars', role: 'group', 'aria-label': `Stars: ${stars}` }, [1, 2, 3, 4, 5].map((value) => create('button', {
    type: 'button', 'aria-label': `${value} of 5 stars`, 'aria-pressed': String(value === stars), title: `${value} of 5  (${value}; 0 takes them off)`,
    class: `labels-star ${value <= stars ? 'is-given' : ''}`,
    onclick: () => give(value === stars ? 0 : value),
  }, [icon(value <= stars ? 'star-full' : 'star')])));
}

/**
 * @param {boolean} isFavourite
 * @param {(isFavourite: boolean) => void} favour
 */
function favouriteOf(isFavourite, favour) {
  const button = iconButton(isFavourite ? 'heart-full' : 'heart', 'Favourite', () => favour(!isFavourite), { key: '.', class: 'labels-favourite' });
  button.setAttribute('aria-pressed', String(isFavourite));
  return button;
}

/**
 * @param {string|null} rating
 * @param {(rating: string) => void} rate
 */
function ratingsOf(rating, rate) {
  return create('div', { class: 'segmented labels-ratings', role: 'group', 'aria-label': 'Content rating' }, RATINGS.map(([value, title]) => create('button', {
    type: 'button', class: 'icon-button', 'aria-pressed': String(rating === value), text: title,
    title: rating === value ? 'Takes the rating off' : `Content: ${value}`, onclick: () => rate(rating === value ? '' : value),
  })));
}

/**
 * @param {AssetDetail} detail
 * @param {LabelActions} actions
 */
function tagsOf(detail, actions) {
  const groups = byCategory(detail.tags ?? []);
  return create('div', { class: 'labels-tags' }, [
    create('header', { class: 'panel-header' }, [
      create('h3', { text: 'Tags' }), iconButton('pencil', 'Edit the tags', actions.editTags, { key: 't' }),
    ]),
    ...groups.map(([category, tags]) => create('div', { class: 'labels-group', role: 'group', 'aria-label': category }, tags.map((tag) => {
      const sign = signOfOrigins([tag.origin]);
      const button = create('button', {
        type: 'button', class: `label-tag is-${tag.origin}`,
        title: `${category}, ${describeOrigins([tag.origin], tag.confidence)}\nClick searches for it, Alt+click excludes it`,
        onclick: (/** @type {MouseEvent} */ event) => actions.searchTag(tag.name, event.altKey || event.ctrlKey),
      }, [
        create('span', { class: 'tag-name', text: tag.name }),
        sign && create('span', { class: 'tag-chip-sign', text: tag.origin === 'model' && tag.confidence ? `${Math.round(tag.confidence * 100)} %` : sign }),
      ]);
      tint(button, tag.category);
      return button;
    }))),
    groups.length === 0 && create('button', { type: 'button', class: 'button is-quiet', onclick: actions.editTags }, ['Add the first tag']),
  ]);
}

/**
 * @param {string} note
 * @param {(note: string) => void} keep
 */
function noteOf(note, keep) {
  const area = create('textarea', { class: 'labels-note', rows: '1', placeholder: 'Note', 'aria-label': 'Note', maxlength: 4000 });
  area.value = note;
  area.addEventListener('change', () => keep(area.value.trim()));
  area.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    area.blur();
  });
  return area;
}
