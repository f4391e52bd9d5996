// The budget, live: one bar, its accounts, a minute of history, the tiers, the processes.
import { create, setText } from '../shared/dom.js';
import { formatCount, formatMemory, formatShare, plural } from '../shared/format.js';
import { drawChart } from './chart.js';

/** @typedef {import('../shared/types.js').MemoryState} MemoryState */
/** @typedef {import('../shared/types.js').Account} Account */

const COLORS = 8;

/**
 * @param {import('../shared/state.js').AppStore} store
 * @param {HTMLElement} element
 * @param {() => {viewer: number, tiles: number}} browserUse
 */
export function buildMemory(store, element, browserUse) {
  const used = create('strong', { class: 'memory-used' });
  const limit = create('span', { class: 'memory-limit' });
  const verdict = create('p', { class: 'page-summary' });
  const bar = create('div', { class: 'memory-bar', role: 'img' });
  const measured = create('div', { class: 'memory-measured' });
  const accounts = create('div', { class: 'accounts' });
  const chart = create('canvas', { class: 'memory-chart', role: 'img', 'aria-label': 'Memory in the last minute' });
  const chartLimit = create('span', { class: 'chart-limit' });
  const tiers = create('div', { class: 'tiers' });
  const processes = create('tbody');
  const here = create('dl', { class: 'facts' });
  element.append(create('div', { class: 'page memory' }, [
    create('header', { class: 'memory-header' }, [
      create('div', { class: 'memory-figure' }, [used, limit]), verdict,
    ]),
    create('div', { class: 'memory-bar-box' }, [bar, measured]), accounts,
    create('div', { class: 'memory-columns' }, [
      create('section', { class: 'card' }, [
        create('h3', { text: 'The last minute' }),
        create('div', { class: 'chart-box' }, [chart, chartLimit]),
      ]),
      create('section', { class: 'card' }, [create('h3', { text: 'Thumbnails by tier' }), tiers]),
      create('section', { class: 'card' }, [
        create('h3', { text: 'Processes' }),
        create('table', { class: 'processes' }, [
          create('thead', {}, [create('tr', {}, ['Process', 'At work on', 'Memory'].map((text) => create('th', { text, scope: 'col' })))]),
          processes,
        ]),
      ]),
      create('section', { class: 'card' }, [create('h3', { text: 'This browser page' }), here]),
    ]),
  ]));

  /** @type {Map<string, {segment: HTMLElement, row: HTMLElement, cells: Record<string, HTMLElement>}>} */
  const views = new Map();
  /** @type {{time: number, bytes: number}[]} */
  let history = [];

  const draw = () => {
    const { memory, place } = store.state;
    if (!memory) return;
    remember(memory);
    if (place.room !== 'memory') return;
    const share = memory.limit > 0 ? memory.pss / memory.limit : 0;
    setText(used, formatMemory(memory.pss));
    setText(limit, `of ${formatMemory(memory.limit)}`);
    setText(verdict, verdictOf(memory, share));
    element.classList.toggle('is-over', share > 1);
    drawAccounts(memory);
    measured.style.setProperty('left', `${Math.min(100, share * 100)}%`);
    measured.title = `Measured: ${formatMemory(memory.pss)}`;
    setText(chartLimit, `${formatMemory(memory.limit)} budget`);
    drawChart(chart, history, memory.limit, history[history.length - 1]?.time ?? Date.now());
    drawTiers(tiers, memory);
    drawProcesses(processes, memory);
    const own = browserUse();
    here.replaceChildren(...facts([
      ['Viewer', formatMemory(own.viewer)],
      ['Tiles in the page', formatCount(own.tiles)],
    ]));
  };

  /** @param {MemoryState} memory */
  const remember = (memory) => {
    const given = (memory.history ?? []).map(({ t, pss }) => ({
      time: typeof t === 'number' ? (t < 1e12 ? t * 1000 : t) : Date.parse(t), bytes: pss,
    })).filter(({ time }) => Number.isFinite(time));
    const now = Date.now();
    if (given.length > 1) history = given;
    else history = [...history, { time: now, bytes: memory.pss }];
    history = history.filter(({ time }) => time > history[history.length - 1].time - 61_000).slice(-400);
  };

  /** @param {MemoryState} memory */
  const drawAccounts = (memory) => {
    const sorted = [...memory.accounts].sort((left, right) => left.name.localeCompare(right.name));
    /** @type {Account} */
    const rest = {
      name: 'unaccounted', bytes: Math.max(0, memory.unaccounted), peak: 0, floor: 0, limit: 0, hits: 0,
      misses: 0, evictions: 0,
    };
    const seen = new Set();
    [...sorted, rest].forEach((account, at) => {
      seen.add(account.name);
      let view = views.get(account.name);
      if (!view) {
        view = makeAccount(account === rest ? '--segment-rest' : `--segment-${at % COLORS}`, account.name);
        views.set(account.name, view);
      }
      view.segment.style.setProperty('flex-grow', String(account.bytes));
      view.segment.title = `${account.name}: ${formatMemory(account.bytes)}`;
      view.row.title = account.evictions > 0 ? `${formatCount(account.evictions)} evicted` : '';
      view.segment.hidden = account.bytes <= 0;
      setText(view.cells.bytes, formatMemory(account.bytes));
      setText(view.cells.share, formatShare(account.bytes, memory.limit));
      const asked = account.hits + account.misses;
      setText(view.cells.note, account === rest
        ? 'measured, but in no account'
        : [
          account.peak > 0 ? `peak ${formatMemory(account.peak)}` : '',
          asked > 0 ? `${formatShare(account.hits, asked)} hits` : '',
        ].filter(Boolean).join(' · '));
      const fill = view.cells.fill;
      const most = account.limit > 0 ? account.limit : memory.limit;
      fill.style.setProperty('transform', `scaleX(${Math.min(1, account.bytes / Math.max(1, most))})`);
      bar.append(view.segment);
      accounts.append(view.row);
    });
    for (const [name, view] of views) {
      if (seen.has(name)) continue;
      view.segment.remove();
      view.row.remove();
      views.delete(name);
    }
    const total = sorted.reduce((sum, { bytes }) => sum + bytes, 0) + rest.bytes;
    free.style.setProperty('flex-grow', String(Math.max(0, memory.limit - total)));
    free.title = `Free: ${formatMemory(Math.max(0, memory.limit - total))}`;
    bar.append(free);
    bar.setAttribute('aria-label', `${formatMemory(total)} of ${formatMemory(memory.limit)} used`);
  };
  const free = create('div', { class: 'memory-free' });

  store.watch(['memory', 'place'], draw);
  new ResizeObserver(draw).observe(chart);
}

/**
 * @param {string} color
 * @param {string} name
 */
function makeAccount(color, name) {
  const segment = create('div', { class: 'memory-segment' });
  const swatch = create('span', { class: 'swatch' });
  const cells = {
    bytes: create('span', { class: 'account-bytes' }),
    share: create('span', { class: 'account-share' }),
    note: create('span', { class: 'account-note' }),
    fill: create('div', { class: 'account-fill' }),
  };
  const row = create('div', { class: 'account' }, [
    swatch, create('span', { class: 'account-name', text: name }), cells.note, cells.share, cells.bytes,
    create('div', { class: 'account-bar' }, [cells.fill]),
  ]);
  for (const element of [segment, row]) element.style.setProperty('--color', `var(${color})`);
  return { segment, row, cells };
}

/**
 * @param {MemoryState} memory
 * @param {number} share
 */
function verdictOf(memory, share) {
  const waiting = memory.waiting > 0 ? ` ${plural(memory.waiting, 'job')} ${memory.waiting === 1 ? 'waits' : 'wait'} for room.` : '';
  if (share > 1) return `Over the budget: caches are being emptied.${waiting}`;
  const gap = formatShare(Math.max(0, memory.unaccounted), memory.limit);
  return `Measured as PSS over all ${plural(memory.processes.length, 'process', 'processes')}. ` +
    `The ledger has promised ${formatMemory(memory.ledger)}; ${gap} of the budget is in no account.${waiting}`;
}

/**
 * @param {HTMLElement} element
 * @param {MemoryState} memory
 */
function drawTiers(element, memory) {
  const { l1, l2, l3 } = memory.tiers;
  /** @type {[string, string, number|null, string][]} */
  const rows = [
    ['L1', 'in memory', rate(l1), formatMemory(l1.bytes)],
    ['L2', 'on disk', rate(l2), formatMemory(l2.bytes)],
    ['L3', 'made from files', null, [
      `${formatCount(l3.made)} made`,
      l3.pending > 0 ? `${formatCount(l3.pending)} waiting` : '',
      l3.failed > 0 ? `${formatCount(l3.failed)} failed` : '',
    ].filter(Boolean).join(' · ')],
  ];
  element.replaceChildren(...rows.map(([name, where, hits, amount]) => {
    const fill = create('div', { class: 'tier-fill' });
    fill.style.setProperty('transform', `scaleX(${hits ?? 0})`);
    return create('div', { class: 'tier' }, [
      create('strong', { text: name }),
      create('span', { class: 'tier-where', text: where }),
      create('span', { class: 'tier-amount', text: amount }),
      create('span', { class: 'tier-rate', text: hits === null ? '' : `${Math.round(hits * 100)} % hits` }),
      hits === null ? null : create('div', { class: 'tier-bar' }, [fill]),
    ]);
  }));
}

/** @param {{hits: number, misses: number}} tier */
function rate({ hits, misses }) {
  return hits + misses > 0 ? hits / (hits + misses) : 0;
}

/**
 * @param {HTMLElement} element
 * @param {MemoryState} memory
 */
function drawProcesses(element, memory) {
  element.replaceChildren(...memory.processes.map(({ pid, role, pss, job }) => create('tr', {}, [
    create('td', {}, [create('strong', { text: role }), create('span', { class: 'pid', text: String(pid) })]),
    create('td', { class: 'job', title: job, text: job ?? (role === 'worker' || role === 'decode' ? 'idle' : 'catalog, caches, this page') }),
    create('td', { class: 'number', text: formatMemory(pss) }),
  ])));
}

/** @param {[string, string][]} list */
function facts(list) {
  return list.flatMap(([name, value]) => [create('dt', { text: name }), create('dd', { text: value })]);
}
