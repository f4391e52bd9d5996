// Everything the page asks the server for.

/** @typedef {import('./types.js').Query} Query */

/** An answer that is not the wished one; `status` 0 means that the server did not answer. */
export class ApiError extends Error {
  /**
   * @param {number} status
   * @param {string} code
   * @param {string} message
   * @param {number} [retryAfter] Seconds.
   * @param {any} [details] What else the server says about it.
   */
  constructor(status, code, message, retryAfter = 0, details = null) {
    super(message);
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
    this.details = details;
  }

  /** Whether a query's text could not be read; `details` says where and why. */
  get isOfQuery() {
    return this.code === 'bad-query';
  }

  get isOffline() {
    return this.status === 0;
  }
}

/**
 * @param {unknown} error
 * @returns {boolean}
 */
export function isAbort(error) {
  return error instanceof DOMException && error.name === 'AbortError';
}

/**
 * Fetches and turns every failure into an `ApiError`.
 * @param {string} path
 * @param {RequestInit} [options]
 * @returns {Promise<Response>}
 */
export async function request(path, options = {}) {
  let response;
  try {
    response = await fetch(path, { credentials: 'same-origin', ...options });
  } catch (error) {
    if (isAbort(error)) throw error;
    throw new ApiError(0, 'offline', 'The server does not answer.');
  }
  if (response.ok) return response;
  let code = String(response.status);
  let message = `The server answered ${response.status} ${response.statusText}.`;
  let details = null;
  try {
    const { error } = await response.json();
    details = error ?? null;
    code = error?.code ?? code;
    message = error?.message ?? message;
  } catch {
    // Not JSON: the status has to do.
  }
  const retryAfter = Number(response.headers.get('Retry-After')) || 0;
  throw new ApiError(response.status, code, message, retryAfter, details);
}

/**
 * @template T
 * @param {string} path
 * @param {AbortSignal} [signal]
 * @returns {Promise<T>}
 */
export async function getJSON(path, signal) {
  return (await request(path, { signal })).json();
}

/**
 * @template T
 * @param {string} path
 * @param {object} body
 * @param {AbortSignal} [signal]
 * @param {'POST'|'PATCH'|'DELETE'} [method]
 * @returns {Promise<T>}
 */
export async function postJSON(path, body, signal, method = 'POST') {
  const headers = { 'Content-Type': 'application/json' };
  return (await request(path, { method, headers, body: JSON.stringify(body), signal })).json();
}

/** @typedef {import('./types.js').Asset} Asset */

export const api = {
  /** @returns {Promise<import('./types.js').LibraryInfo>} */
  library: () => getJSON('/api/v1/library'),
  /** @returns {Promise<{folders: import('./types.js').Folder[]}>} */
  folders: () => getJSON('/api/v1/folders'),
  /** @returns {Promise<import('./types.js').MemoryState>} */
  memory: () => getJSON('/api/v1/memory'),
  /**
   * @param {Query} query
   * @param {import('../grid/opening.js').Spot} spot
   * @param {AbortSignal} signal
   * @returns {Promise<import('./types.js').OpenedResult>}
   */
  openResult: (query, { at, asset }, signal) => {
    // The first three as the server announces them with the page, or the browser would ask twice.
    const values = new URLSearchParams({ sort: query.sort, order: query.order, at: String(at) });
    if (asset !== undefined) values.set('asset', String(asset));
    if (query.text) values.set('q', query.text);
    if (query.folder !== null) values.set('folder', String(query.folder));
    if (query.kind) values.set('kind', query.kind);
    if (query.sort === 'random') values.set('seed', String(query.seed));
    return getJSON(`/api/v1/results?${values}`, signal);
  },
  /**
   * @param {string} token
   * @param {number} position
   * @param {number} count
   * @param {AbortSignal} signal
   * @returns {Promise<{position: number, assets: Asset[]}>}
   */
  assets: (token, position, count, signal) =>
    getJSON(`/api/v1/results/${token}/assets?position=${position}&count=${count}`, signal),
  /**
   * @param {string} token
   * @param {AbortSignal} signal
   */
  aspects: async (token, signal) => new Uint8Array(
    await (await request(`/api/v1/results/${token}/aspects`, { signal })).arrayBuffer()),
  /**
   * @param {string} token
   * @param {number} id
   * @returns {Promise<{position: number}>}
   */
  position: (token, id) => getJSON(`/api/v1/results/${token}/position?id=${id}`),
  /**
   * @param {string} token
   * @param {number} from
   * @param {number} to
   * @returns {Promise<{ids: number[]}>}
   */
  ids: (token, from, to) => getJSON(`/api/v1/results/${token}/ids?from=${from}&to=${to}`),
  /**
   * @param {number} id
   * @param {AbortSignal} [signal]
   * @returns {Promise<import('./types.js').AssetDetail>}
   */
  asset: (id, signal) => getJSON(`/api/v1/assets/${id}`, signal),
  /**
   * @param {number|string|null} after
   * @returns {Promise<{problems: import('./types.js').Problem[], next: number|string|null, counts: Record<string, number>}>}
   */
  problems: (after) =>
    getJSON(`/api/v1/problems?limit=200${after === null ? '' : `&after=${encodeURIComponent(after)}`}`),
  /** @param {{ids: number[]}|{all: true}} what */
  retryProblems: (what) => postJSON('/api/v1/problems/retry', what),
  /**
   * @param {'start'|'pause'|'resume'|'cancel'} action
   * @returns {Promise<import('./types.js').ScanState>}
   */
  scan: (action) => postJSON('/api/v1/scan', { action }),
};

/**
 * @param {Asset} asset
 * @param {256|512} size
 */
export function thumbPath(asset, size) {
  return `/thumb/${asset.id}/${size}?v=${asset.version}`;
}

/**
 * @param {Asset} asset
 * @param {1024|2048|4096} size
 */
export function previewPath(asset, size) {
  return `/preview/${asset.id}/${size}?v=${asset.version}`;
}

/** @param {Asset} asset */
export function originalPath(asset) {
  return `/original/${asset.id}`;
}
