// The scan as it goes: what is done, how fast, how long it will take.
import { create, iconButton, setText } from '../shared/dom.js';
import { formatCount, formatSpan, plural } from '../shared/format.js';

/**
 * @param {import('../shared/state.js').AppStore} store
 * @param {HTMLElement} element
 * @param {(action: 'start'|'pause'|'resume'|'cancel') => void} act
 */
export function buildProgress(store, element, act) {
  const title = create('span', { class: 'progress-title' });
  const facts = create('span', { class: 'progress-facts' });
  const current = create('span', { class: 'progress-current' });
  const path = create('bdi');
  current.append(path);
  const fill = create('div', { class: 'progress-fill' });
  const bar = create('div', { class: 'progress-bar', role: 'progressbar', 'aria-label': 'Scan' }, [fill]);
  const pause = iconButton('pause', 'Pause the scan', () => act('pause'));
  const resume = iconButton('play', 'Go on with the scan', () => act('resume'));
  const cancel = iconButton('stop', 'Stop the scan', () => act('cancel'));
  element.append(title, facts, current, pause, resume, cancel, bar);

  store.watch(['scan'], () => {
    const { scan } = store.state;
    const busy = scan && scan.state !== 'idle';
    element.hidden = !busy;
    if (!busy) return;
    const paused = scan.state === 'paused';
    const done = scan.probed + scan.unchanged + scan.failed;
    const all = Math.max(scan.total ?? scan.discovered, done);
    element.classList.toggle('is-paused', paused);
    pause.hidden = paused;
    resume.hidden = !paused;
    setText(title, paused ? 'Scan paused' : 'Scanning');
    const rate = scan.filesPerSecond;
    const left = rate > 0 && all > done ? `about ${formatSpan(((all - done) / rate) * 1000)} left` : '';
    setText(facts, [
      `${formatCount(done)} of ${formatCount(all)}${scan.total === null ? ' found so far' : ''}`,
      !paused && rate > 0 ? `${formatCount(Math.round(rate))} files/s` : '',
      !paused && scan.total !== null ? left : '',
      scan.failed > 0 ? plural(scan.failed, 'problem') : '',
    ].filter(Boolean).join(' · '));
    setText(path, paused ? '' : scan.current ?? '');
    const share = all > 0 ? done / all : 0;
    fill.style.setProperty('transform', `scaleX(${share})`);
    bar.setAttribute('aria-valuenow', String(Math.round(share * 100)));
  });
}
