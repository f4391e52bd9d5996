// A minute of memory as a line under its budget.

/**
 * @param {HTMLCanvasElement} canvas
 * @param {{time: number, bytes: number}[]} points Ascending in time (milliseconds).
 * @param {number} limit
 * @param {number} now
 */
export function drawChart(canvas, points, limit, now) {
  const ratio = devicePixelRatio;
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  if (width === 0 || height === 0) return;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const context = canvas.getContext('2d');
  if (!context) return;
  context.scale(ratio, ratio);
  const style = getComputedStyle(canvas);
  const color = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
  const probe = (/** @type {string} */ name) => {
    // Custom properties may hold light-dark(): let the browser resolve them.
    canvas.style.setProperty('color', `var(${name})`);
    const resolved = getComputedStyle(canvas).color;
    canvas.style.removeProperty('color');
    return resolved || color(name);
  };
  const accent = probe('--accent');
  const line = probe('--line-strong');
  const faint = probe('--text-faint');
  const highest = Math.max(limit * 1.06, ...points.map(({ bytes }) => bytes * 1.04));
  const yOf = (/** @type {number} */ bytes) => height - (bytes / highest) * height;
  const xOf = (/** @type {number} */ time) => width - ((now - time) / 60_000) * width;

  context.lineWidth = 1;
  context.strokeStyle = line;
  for (const share of [0.25, 0.5, 0.75]) {
    context.globalAlpha = 0.5;
    const y = Math.round(yOf(limit * share)) + 0.5;
    context.beginPath();
    context.moveTo(0, y);
    context.lineTo(width, y);
    context.stroke();
  }
  context.globalAlpha = 1;
  const top = Math.round(yOf(limit)) + 0.5;
  context.setLineDash([3, 3]);
  context.strokeStyle = faint;
  context.beginPath();
  context.moveTo(0, top);
  context.lineTo(width, top);
  context.stroke();
  context.setLineDash([]);

  if (points.length < 2) return;
  context.beginPath();
  points.forEach(({ time, bytes }, at) => {
    if (at === 0) context.moveTo(xOf(time), yOf(bytes));
    else context.lineTo(xOf(time), yOf(bytes));
  });
  context.strokeStyle = accent;
  context.lineWidth = 1.75;
  context.lineJoin = 'round';
  context.stroke();
  context.lineTo(xOf(points[points.length - 1].time), height);
  context.lineTo(xOf(points[0].time), height);
  context.closePath();
  context.globalAlpha = 0.14;
  context.fillStyle = accent;
  context.fill();
  context.globalAlpha = 1;
}
