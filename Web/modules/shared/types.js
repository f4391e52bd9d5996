// The shapes the server sends. `GET /api/v1/openapi.json` of the running server is the reference.

/**
 * One picture or video.
 * @typedef {object} Asset
 * @property {number} id
 * @property {string} name
 * @property {number} folderId
 * @property {string|null} format Null when the bytes are of no known format.
 * @property {'image'|'video'} kind
 * @property {number|null} width Upright width in pixels.
 * @property {number|null} height Upright height in pixels.
 * @property {string|null} capturedAt ISO 8601, the wall time of the place where it was taken.
 * @property {string} addedAt
 * @property {number} byteCount
 * @property {number} rating
 * @property {number|null} durationMs
 * @property {number} frameCount
 * @property {string} version
 * @property {string|null} placeholder
 * @property {'ok'|'broken'|'missing'} state
 * @property {string|null} reason
 * @property {number|null} [latitude]
 * @property {number|null} [longitude]
 */

/**
 * @typedef {object} AssetMetadata
 * @property {string|null} [camera]
 * @property {string|null} [lens]
 * @property {number|null} [exposureSeconds]
 * @property {string|null} [exposure]
 * @property {number|null} [fNumber]
 * @property {number|null} [iso]
 * @property {number|null} [focalLengthMillimetres]
 * @property {string|null} [title]
 * @property {string|null} [caption]
 * @property {string|null} [creator]
 * @property {string|null} [copyright]
 * @property {string[]} [keywords]
 * @property {{group?: string, key: string, value: string}[]} [fields]
 */

/**
 * @typedef {object} AssetMarks What people and rules say about it.
 * @property {{id: number, name: string, category: string, origin: string, confidence?: number|null}[]} [tags]
 * @property {string|null} [contentRating]
 * @property {boolean} [favourite]
 * @property {string|null} [note]
 * @property {{id: number, name: string, kind: string}[]} [albums]
 */

/** @typedef {Asset & AssetMarks & {path: string, fileModified?: string|null, fingerprint?: string|null, camera?: string|null, metadata?: AssetMetadata|null}} AssetDetail */

/** @typedef {{id: number, parentId: number|null, name: string, path: string, count: number, totalCount: number, state: string}} Folder */

/**
 * @typedef {object} ScanState
 * @property {'idle'|'running'|'paused'} state
 * @property {number} discovered
 * @property {number} probed
 * @property {number} added
 * @property {number} changed
 * @property {number} moved
 * @property {number} missing
 * @property {number} failed
 * @property {number} unchanged
 * @property {number} filesPerSecond
 * @property {number} elapsedMs
 * @property {string|null} current
 * @property {number|null} total
 */

/** @typedef {{assets: number, images: number, videos: number, broken: number, missing: number}} Counts */

/**
 * @typedef {object} LibraryInfo
 * @property {string} name
 * @property {string} version
 * @property {{id: number, path: string, state: string}[]} roots
 * @property {Counts} counts
 * @property {number} changeNumber
 * @property {ScanState} scan
 * @property {{limit: number, used: number, pss: number}} memory
 */

/** @typedef {{name: string, bytes: number, peak: number, floor: number, limit: number, hits: number, misses: number, evictions: number}} Account */

/**
 * @typedef {object} MemoryState
 * @property {number} limit
 * @property {number} pss
 * @property {number} ledger
 * @property {number} unaccounted
 * @property {Account[]} accounts
 * @property {{pid: number, role: string, pss: number, job: string|null}[]} processes
 * @property {{l1: {hits: number, misses: number, bytes: number}, l2: {hits: number, misses: number, bytes: number}, l3: {made: number, failed: number, pending: number}}} tiers
 * @property {number} waiting
 * @property {{t: string|number, pss: number}[]} history
 */

/** @typedef {{made: number, pending: number, failed: number}} ThumbnailState */

/** @typedef {'captured'|'name'|'path'|'size'|'added'|'rating'|'random'} Sort */

/**
 * @typedef {object} Query
 * @property {string} text In the query language; empty for everything.
 * @property {number|null} folder
 * @property {''|'image'|'video'} kind
 * @property {Sort} sort
 * @property {'asc'|'desc'} order
 * @property {number} seed
 */

/**
 * @typedef {object} OpenedResult
 * @property {string} token
 * @property {number} count
 * @property {number} changeNumber
 * @property {number} position The place that will be looked at.
 * @property {number} first Position of the first of `assets`.
 * @property {Asset[]} assets
 * @property {{buckets: Bucket[], undated: {position: number, count: number}|null}} timeline
 * @property {string|null} aspects Base64; null when there are too many for one answer.
 * @property {string|null} [orderedBy] Set when the query's text says the order.
 * @property {string[]} [didYouMean] Tags like the unknown ones of the query's text.
 */

/** @typedef {{key: string, label: string, position: number, count: number}} Bucket */

/** @typedef {{id: number, path: string, kind: string, reason: string|null, state: string, format: string|null}} Problem */

export {};
