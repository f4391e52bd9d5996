// Where a key takes the focus.

/** @typedef {import('./layout.js').Layout} Layout */

/**
 * @param {Layout} layout
 * @param {number} index Where the focus is; -1 when it is nowhere yet.
 * @param {string} key A key's name as the browser gives it.
 * @param {number} viewportHeight
 * @param {number|null} column The horizontal place a run of vertical moves keeps to.
 * @returns {{index: number, column: number|null}|null} Null when the key does not move.
 */
export function move(layout, index, key, viewportHeight, column) {
  if (layout.count === 0) return null;
  const last = layout.count - 1;
  if (index < 0) {
    const enters = ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'PageDown', 'PageUp'];
    if (key === 'End') return { index: last, column: null };
    return enters.includes(key) ? { index: 0, column: null } : null;
  }
  const box = layout.rectangle(index);
  const goal = column ?? box.x + box.width / 2;
  const row = layout.rowOf(index);
  switch (key) {
    case 'ArrowLeft': return { index: Math.max(0, index - 1), column: null };
    case 'ArrowRight': return { index: Math.min(last, index + 1), column: null };
    case 'Home': return { index: 0, column: null };
    case 'End': return { index: last, column: null };
    case 'ArrowUp':
      return row === 0
        ? { index, column: goal }
        : { index: layout.nearestInRow(row - 1, goal), column: goal };
    case 'ArrowDown':
      return row === layout.rowCount - 1
        ? { index, column: goal }
        : { index: layout.nearestInRow(row + 1, goal), column: goal };
    case 'PageUp':
    case 'PageDown': {
      const down = key === 'PageDown';
      const y = box.y + (down ? viewportHeight : -viewportHeight);
      let there = layout.rowAt(Math.max(0, y));
      if (there === row) there += down ? 1 : -1;
      there = Math.min(Math.max(0, there), layout.rowCount - 1);
      return { index: layout.nearestInRow(there, goal), column: goal };
    }
    default: return null;
  }
}
