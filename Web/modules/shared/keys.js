// Keys: one table of commands, scoped to what is on top, with chords such as `g p`.

/**
 * @typedef {object} Command
 * @property {string} title What it does, for menus and the list of keys.
 * @property {string[]} keys Chords such as "Ctrl+a", or two keys in a row such as "g p".
 * @property {string} group
 * @property {() => void} run
 * @property {() => boolean} [enabled]
 * @property {boolean} [hidden] Not listed: another entry speaks for it.
 */

/** @typedef {Pick<KeyboardEvent, 'key'|'ctrlKey'|'metaKey'|'altKey'|'shiftKey'>} Press */

/**
 * A press's name: modifiers first, Shift only where the key itself does not show it.
 * @param {Press} press
 */
export function chordOf(press) {
  const key = press.key === ' ' ? 'Space' : press.key;
  const named = key.length > 1;
  return `${press.ctrlKey || press.metaKey ? 'Ctrl+' : ''}${press.altKey ? 'Alt+' : ''}` +
    `${press.shiftKey && named ? 'Shift+' : ''}${key}`;
}

/** How long the second key of a chord is waited for. */
const CHORD_TIME = 1200;

export class Keys {
  /** @type {{name: string, commands: Command[]}[]} The last one is on top. */
  #scopes = [];
  #prefix = '';
  #prefixTime = 0;

  /** @param {EventTarget} target */
  constructor(target) {
    target.addEventListener('keydown', (event) => {
      // While a dialog is open its keys are its own, also when nothing in it has the focus.
      if (event instanceof KeyboardEvent && !document.querySelector('dialog:modal')) this.#press(event);
    });
  }

  /**
   * Puts commands on top; a scope other than the first hides those below it.
   * @param {string} name
   * @param {Command[]} commands
   * @returns {() => void} Takes them away again.
   */
  push(name, commands) {
    const scope = { name, commands };
    this.#scopes.push(scope);
    return () => {
      this.#scopes = this.#scopes.filter((other) => other !== scope);
    };
  }

  /** The name of what is on top. */
  get top() {
    return this.#scopes[this.#scopes.length - 1]?.name ?? '';
  }

  /** Every scope's commands, the bottom one first. */
  get scopes() {
    return this.#scopes;
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    if (event.defaultPrevented || event.isComposing) return;
    const chord = chordOf(event);
    const scope = this.#scopes[this.#scopes.length - 1];
    if (!scope) return;
    const target = event.target;
    const editing = target instanceof HTMLInputElement && target.type !== 'range' ||
      target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
    if (editing) {
      // Esc leaves the field; a second one leaves what it stands in.
      if (chord === 'Escape') {
        event.preventDefault();
        /** @type {HTMLElement} */ (target).blur();
      }
      return;
    }
    // A button or a link keeps the keys that work it.
    const pressable = target instanceof Element && target.closest('button, a[href], summary');
    if (pressable && (chord === 'Enter' || chord === 'Space')) return;

    const prefixed = this.#prefix && performance.now() - this.#prefixTime < CHORD_TIME
      ? `${this.#prefix} ${chord}` : chord;
    this.#prefix = '';
    const found = find(scope.commands, prefixed) ?? find(scope.commands, chord);
    if (found) {
      event.preventDefault();
      found.run();
    } else if (scope.commands.some((command) => command.keys.some((key) => key.startsWith(`${chord} `)))) {
      event.preventDefault();
      this.#prefix = chord;
      this.#prefixTime = performance.now();
    }
  }
}

/**
 * @param {Command[]} commands
 * @param {string} chord
 */
function find(commands, chord) {
  return commands.find((command) => command.keys.includes(chord) && (command.enabled?.() ?? true));
}

/** @type {Record<string, string>} */
const SYMBOLS = {
  ArrowLeft: '←', ArrowRight: '→', ArrowUp: '↑', ArrowDown: '↓', Escape: 'Esc', PageUp: 'Page Up',
  PageDown: 'Page Down',
};

/**
 * A chord as a menu shows it.
 * @param {string} chord
 */
export function showChord(chord) {
  return chord.split(' ').map((part) => {
    const pieces = part === '+' ? ['+'] : part.split(/\+(?=.)/);
    return pieces.map((piece) => SYMBOLS[piece] ?? (pieces.length > 1 && piece.length === 1 ? piece.toUpperCase() : piece)).join('+');
  }).join(' then ');
}
