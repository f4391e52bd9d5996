// The panels at the sides: shown, hidden, resized; sheets over the grid on a narrow screen.
import { create } from '../shared/dom.js';

/**
 * @typedef {object} Panels
 * @property {(name: 'rail'|'facets'|'inspector') => void} toggle
 * @property {() => boolean} closeSheet Whether there was one.
 */

/**
 * @param {import('../shared/state.js').AppStore} store
 * @param {{app: HTMLElement, rail: HTMLElement, facets: HTMLElement, inspector: HTMLElement, scrim: HTMLElement}} elements
 * @param {(preferences: Partial<import('../shared/preferences.js').Preferences>) => void} setPreferences
 * @returns {Panels}
 */
export function buildPanels(store, elements, setPreferences) {
  const { app, rail, facets, inspector, scrim } = elements;
  const narrow = matchMedia('(max-width: 760px)');
  let sheet = '';

  const update = () => {
    const { preferences, place } = store.state;
    if (!narrow.matches) sheet = '';
    // Over a narrow viewer the facts are a sheet too.
    const inViewer = inspector.parentElement !== app;
    rail.hidden = narrow.matches ? sheet !== 'rail' : !preferences.rail;
    facets.hidden = (narrow.matches ? sheet !== 'facets' : !preferences.facets) || place.room !== 'grid';
    inspector.hidden = (narrow.matches ? sheet !== 'inspector' : !preferences.inspector) ||
      (place.room !== 'grid' && !inViewer);
    scrim.hidden = sheet === '' || inViewer;
    document.documentElement.style.setProperty('--rail-width', `${preferences.railWidth}px`);
    app.style.setProperty('--rail-width', `${preferences.railWidth}px`);
    document.documentElement.style.setProperty('--inspector-width', `${preferences.inspectorWidth}px`);
    app.style.setProperty('--inspector-width', `${preferences.inspectorWidth}px`);
  };
  scrim.addEventListener('click', () => {
    sheet = '';
    update();
  });
  narrow.addEventListener('change', update);
  rail.append(resizer('Width of the library panel', (x) => setPreferences({ railWidth: bound(x, 160, 420) }),
    () => store.state.preferences.railWidth, 1));
  inspector.append(resizer('Width of the inspector', (x) => setPreferences({ inspectorWidth: bound(innerWidth - x, 220, 520) }),
    () => innerWidth - store.state.preferences.inspectorWidth, 1));
  store.watch(['preferences', 'place'], update);

  return {
    toggle(name) {
      if (narrow.matches) {
        sheet = sheet === name ? '' : name;
        update();
      } else {
        setPreferences({ [name]: !store.state.preferences[name] });
        update();
      }
    },
    closeSheet() {
      const had = sheet !== '';
      sheet = '';
      update();
      return had;
    },
  };
}

/**
 * @param {string} title
 * @param {(x: number) => void} move
 * @param {() => number} place
 * @param {number} direction
 */
function resizer(title, move, place, direction) {
  const element = create('div', {
    class: 'resizer', role: 'separator', 'aria-orientation': 'vertical', 'aria-label': title, tabindex: '0',
  });
  element.addEventListener('pointerdown', (event) => {
    event.preventDefault();
    element.setPointerCapture(event.pointerId);
    element.classList.add('is-active');
  });
  element.addEventListener('pointermove', (event) => {
    if (element.hasPointerCapture(event.pointerId)) move(event.clientX);
  });
  element.addEventListener('lostpointercapture', () => element.classList.remove('is-active'));
  element.addEventListener('keydown', (event) => {
    const step = event.key === 'ArrowRight' ? 16 : event.key === 'ArrowLeft' ? -16 : 0;
    if (step === 0) return;
    event.preventDefault();
    event.stopPropagation();
    move(place() + step * direction);
  });
  return element;
}

/**
 * @param {number} value
 * @param {number} least
 * @param {number} most
 */
function bound(value, least, most) {
  return Math.round(Math.min(most, Math.max(least, value)));
}
