// What draws a picture: WebGL 2, or a 2D canvas where it is missing or was lost.
//
// A surface holds a base (a thumbnail or a preview, with mip levels for smooth reduction) and, when
// one looks closer, the details of the whole picture in tiles, uploaded one per frame. Both are
// bounded: the base by the size of a preview, the details by `DETAIL_PIXELS`.

/** Larger pictures are shown from a preview of at most 4,096 pixels. */
export const DETAIL_PIXELS = 64_000_000;
const TILE = 2048;

/** @typedef {import('./transform.js').View} View */
/** @typedef {import('./transform.js').Size} Size */

/**
 * @typedef {object} Surface
 * @property {HTMLCanvasElement} canvas
 * @property {(bitmap: ImageBitmap|null) => void} setBase The caller keeps the bitmap.
 * @property {(bitmap: ImageBitmap|null) => void} setDetail The surface closes the bitmap.
 * @property {(view: View, picture: Size) => boolean} draw Whether it wants to draw once more.
 * @property {() => number} byteCount
 */

const VERTEX = `#version 300 es
uniform vec4 place;
out vec2 at;
void main() {
  vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  at = corner;
  gl_Position = vec4(mix(place.xy, place.zw, corner), 0.0, 1.0);
}`;

const FRAGMENT = `#version 300 es
precision highp float;
uniform sampler2D picture;
uniform vec3 ground;
in vec2 at;
out vec4 color;
void main() {
  vec4 seen = texture(picture, at);
  color = vec4(seen.rgb + ground * (1.0 - seen.a), 1.0);
}`;

/** What shows through transparent pictures. */
const GROUND = 0.5;

/**
 * @param {() => void} onLost The surface no longer draws: take another one.
 * @param {boolean} plain Without WebGL.
 * @returns {Surface}
 */
export function createSurface(onLost, plain) {
  const canvas = document.createElement('canvas');
  canvas.className = 'viewer-canvas';
  const gl = plain ? null : canvas.getContext('webgl2', { alpha: true, antialias: false, depth: false });
  if (gl) {
    try {
      return new GLSurface(canvas, gl, onLost);
    } catch (error) {
      console.warn('WebGL 2 does not work here; pictures are drawn without it.', error);
      const other = document.createElement('canvas');
      other.className = 'viewer-canvas';
      return new PlainSurface(other);
    }
  }
  return new PlainSurface(canvas);
}

/**
 * Fits the canvas to its box.
 * @param {HTMLCanvasElement} canvas
 * @returns {number} Device pixels per CSS pixel.
 */
function fitCanvas(canvas) {
  const ratio = devicePixelRatio;
  const width = Math.max(1, Math.round(canvas.clientWidth * ratio));
  const height = Math.max(1, Math.round(canvas.clientHeight * ratio));
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  return ratio;
}

/** @implements {Surface} */
class GLSurface {
  #gl;
  #program;
  /** @type {WebGLTexture|null} */
  #base = null;
  #baseBytes = 0;
  /** @type {ImageBitmap|null} */
  #detail = null;
  #detailSize = { width: 1, height: 1 };
  /** @type {{x: number, y: number, width: number, height: number, texture: WebGLTexture|null}[]} */
  #tiles = [];
  #place;

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {WebGL2RenderingContext} gl
   * @param {() => void} onLost
   */
  constructor(canvas, gl, onLost) {
    this.canvas = canvas;
    this.#gl = gl;
    this.#program = this.#link();
    this.#place = gl.getUniformLocation(this.#program, 'place');
    gl.useProgram(this.#program);
    gl.uniform3f(gl.getUniformLocation(this.#program, 'ground'), GROUND, GROUND, GROUND);
    gl.bindVertexArray(gl.createVertexArray());
    canvas.addEventListener('webglcontextlost', (event) => {
      event.preventDefault();
      onLost();
    });
  }

  #link() {
    const gl = this.#gl;
    const program = gl.createProgram();
    if (!program) throw new Error('No program.');
    for (const [type, source] of /** @type {const} */ ([
      [gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT],
    ])) {
      const shader = gl.createShader(type);
      if (!shader) throw new Error('No shader.');
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
      gl.deleteShader(shader);
    }
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS)) {
      throw new Error(gl.getProgramInfoLog(program) ?? 'The program does not link.');
    }
    return program;
  }

  byteCount() {
    let sum = this.#baseBytes;
    for (const tile of this.#tiles) if (tile.texture) sum += (tile.width * tile.height * 4 * 4) / 3;
    if (this.#detail) sum += this.#detail.width * this.#detail.height * 4;
    return sum;
  }

  /** @param {ImageBitmap|null} bitmap */
  setBase(bitmap) {
    const gl = this.#gl;
    gl.deleteTexture(this.#base);
    this.#base = null;
    this.#baseBytes = 0;
    if (!bitmap) return;
    this.#base = this.#texture();
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, gl.RGBA, gl.UNSIGNED_BYTE, bitmap);
    gl.generateMipmap(gl.TEXTURE_2D);
    this.#baseBytes = (bitmap.width * bitmap.height * 4 * 4) / 3;
  }

  /** @param {ImageBitmap|null} bitmap */
  setDetail(bitmap) {
    for (const tile of this.#tiles) this.#gl.deleteTexture(tile.texture);
    this.#tiles = [];
    this.#detail?.close();
    this.#detail = bitmap;
    if (!bitmap) return;
    this.#detailSize = { width: bitmap.width, height: bitmap.height };
    for (let y = 0; y < bitmap.height; y += TILE) {
      for (let x = 0; x < bitmap.width; x += TILE) {
        this.#tiles.push({
          x, y, width: Math.min(TILE, bitmap.width - x), height: Math.min(TILE, bitmap.height - y),
          texture: null,
        });
      }
    }
  }

  #texture() {
    const gl = this.#gl;
    const texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.LINEAR_MIPMAP_LINEAR);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.LINEAR);
    return texture;
  }

  /** Uploads the next tile. @returns {boolean} Whether there are more. */
  #upload() {
    const tile = this.#tiles.find(({ texture }) => !texture);
    if (!tile || !this.#detail) return false;
    const gl = this.#gl;
    tile.texture = this.#texture();
    gl.pixelStorei(gl.UNPACK_SKIP_PIXELS, tile.x);
    gl.pixelStorei(gl.UNPACK_SKIP_ROWS, tile.y);
    gl.texImage2D(
      gl.TEXTURE_2D, 0, gl.RGBA8, tile.width, tile.height, 0, gl.RGBA, gl.UNSIGNED_BYTE, this.#detail);
    gl.pixelStorei(gl.UNPACK_SKIP_PIXELS, 0);
    gl.pixelStorei(gl.UNPACK_SKIP_ROWS, 0);
    gl.generateMipmap(gl.TEXTURE_2D);
    const more = this.#tiles.some(({ texture }) => !texture);
    if (!more) {
      this.#detail.close();
      this.#detail = null;
    }
    return more;
  }

  /**
   * @param {View} view
   * @param {Size} picture
   */
  draw(view, picture) {
    const gl = this.#gl;
    const ratio = fitCanvas(this.canvas);
    const more = this.#upload();
    gl.viewport(0, 0, this.canvas.width, this.canvas.height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    // Whole device pixels at the picture's corner keep 1:1 sharp.
    const left = Math.round(this.canvas.width / 2 + (view.x - (picture.width * view.scale) / 2) * ratio);
    const top = Math.round(this.canvas.height / 2 + (view.y - (picture.height * view.scale) / 2) * ratio);
    const scale = view.scale * ratio;
    /** Above three screen pixels per picture pixel one wants to see the pixels. */
    const magnify = scale >= 3 ? gl.NEAREST : gl.LINEAR;
    /** @param {WebGLTexture|null} texture @param {number} x0 @param {number} y0 @param {number} x1 @param {number} y1 @param {number} filter */
    const quad = (texture, x0, y0, x1, y1, filter) => {
      gl.bindTexture(gl.TEXTURE_2D, texture);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, filter);
      const across = 2 / this.canvas.width;
      const down = 2 / this.canvas.height;
      gl.uniform4f(
        this.#place, (left + x0 * scale) * across - 1, 1 - (top + y0 * scale) * down,
        (left + x1 * scale) * across - 1, 1 - (top + y1 * scale) * down);
      gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
    };
    const ready = this.#tiles.length > 0 && this.#tiles.every(({ texture }) => texture);
    if (this.#base && !ready) quad(this.#base, 0, 0, picture.width, picture.height, gl.LINEAR);
    const across = picture.width / this.#detailSize.width;
    const down = picture.height / this.#detailSize.height;
    for (const { x, y, width, height, texture } of this.#tiles) {
      if (texture) quad(texture, x * across, y * down, (x + width) * across, (y + height) * down, magnify);
    }
    return more;
  }
}

/** @implements {Surface} */
class PlainSurface {
  /** @type {ImageBitmap|null} */
  #base = null;
  /** @type {ImageBitmap|null} */
  #detail = null;

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
  }

  byteCount() {
    const size = (/** @type {ImageBitmap|null} */ bitmap) => (bitmap ? bitmap.width * bitmap.height * 4 : 0);
    return size(this.#base) + size(this.#detail);
  }

  /** @param {ImageBitmap|null} bitmap */
  setBase(bitmap) {
    this.#base = bitmap;
  }

  /** @param {ImageBitmap|null} bitmap */
  setDetail(bitmap) {
    this.#detail?.close();
    this.#detail = bitmap;
  }

  /**
   * @param {View} view
   * @param {Size} picture
   */
  draw(view, picture) {
    const ratio = fitCanvas(this.canvas);
    const context = this.canvas.getContext('2d');
    const bitmap = this.#detail ?? this.#base;
    if (!context) return false;
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    // A bitmap that another owner has closed has no width.
    if (!bitmap || bitmap.width === 0) return false;
    const width = picture.width * view.scale * ratio;
    const height = picture.height * view.scale * ratio;
    const left = Math.round(this.canvas.width / 2 + view.x * ratio - width / 2);
    const top = Math.round(this.canvas.height / 2 + view.y * ratio - height / 2);
    context.fillStyle = '#808080';
    context.fillRect(left, top, width, height);
    context.imageSmoothingEnabled = !(this.#detail && view.scale * ratio >= 3);
    context.imageSmoothingQuality = 'high';
    context.drawImage(bitmap, left, top, width, height);
    return false;
  }
}
