// Where a picture lies on the screen while it is viewed: pure arithmetic.
//
// `scale` is screen pixels per picture pixel; (`x`, `y`) is the picture's centre relative to the
// middle of the view, in CSS pixels.

/** @typedef {{scale: number, x: number, y: number}} View */
/** @typedef {{width: number, height: number}} Size */

/** More than this shows nothing but squares. */
export const LARGEST_SCALE = 32;

/**
 * The scale at which the whole picture is seen; small ones are not enlarged.
 * @param {Size} picture
 * @param {Size} view
 * @param {number} [ratio] Device pixels per CSS pixel: a picture's pixel is never smaller than one
 *   device pixel's worth when it is enlarged.
 */
export function fitScale(picture, view, ratio = 1) {
  if (picture.width <= 0 || picture.height <= 0) return 1;
  const fit = Math.min(view.width / picture.width, view.height / picture.height);
  return Math.max(1e-6, Math.min(fit, 1 / ratio));
}

/**
 * Keeps a picture where it can be seen: centred along an edge that fits, covering one that does not.
 * @param {View} place
 * @param {Size} picture
 * @param {Size} view
 * @returns {View}
 */
export function constrain(place, picture, view) {
  const beyondX = Math.max(0, (picture.width * place.scale - view.width) / 2);
  const beyondY = Math.max(0, (picture.height * place.scale - view.height) / 2);
  return {
    scale: place.scale,
    x: Math.min(beyondX, Math.max(-beyondX, place.x)),
    y: Math.min(beyondY, Math.max(-beyondY, place.y)),
  };
}

/**
 * Scales about a point of the view, which stays over the same point of the picture.
 * @param {View} place
 * @param {number} scale
 * @param {number} pointX Relative to the middle of the view.
 * @param {number} pointY
 * @returns {View}
 */
export function zoomAt(place, scale, pointX, pointY) {
  const factor = scale / place.scale;
  return {
    scale,
    x: pointX - (pointX - place.x) * factor,
    y: pointY - (pointY - place.y) * factor,
  };
}

/**
 * The point of the picture, in its pixels from the top left, under a point of the view.
 * @param {View} place
 * @param {Size} picture
 * @param {number} pointX Relative to the middle of the view.
 * @param {number} pointY
 */
export function pictureAt(place, picture, pointX, pointY) {
  return {
    x: (pointX - place.x) / place.scale + picture.width / 2,
    y: (pointY - place.y) / place.scale + picture.height / 2,
  };
}

/**
 * A scale after a turn of the wheel: the same turn always changes it by the same ratio.
 * @param {number} scale
 * @param {number} deltaY In pixels.
 * @param {number} smallest
 */
export function wheelScale(scale, deltaY, smallest) {
  const factor = Math.exp(-Math.max(-120, Math.min(120, deltaY)) * 0.0022);
  return Math.min(LARGEST_SCALE, Math.max(smallest, scale * factor));
}

/**
 * One step of a glide after a drag was let go.
 * @param {{x: number, y: number}} velocity CSS pixels per millisecond.
 * @param {number} milliseconds
 * @returns {{x: number, y: number, velocity: {x: number, y: number}, done: boolean}} How far it
 *   went and how fast it still is.
 */
export function glide(velocity, milliseconds) {
  const kept = Math.exp(-milliseconds / 160);
  const travelled = 160 * (1 - kept);
  const next = { x: velocity.x * kept, y: velocity.y * kept };
  return {
    x: velocity.x * travelled,
    y: velocity.y * travelled,
    velocity: next,
    done: Math.hypot(next.x, next.y) < 0.02,
  };
}
