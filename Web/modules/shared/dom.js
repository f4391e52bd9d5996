// Small helpers to build the document without markup in strings.

/**
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {Record<string, string|number|boolean|null|undefined|((event: any) => void)>} [attributes]
 *   `class`, `text`, `on…` listeners and plain attributes; false, null and undefined are left out.
 * @param {(Node|string|null|false|undefined)[]} [children]
 * @returns {HTMLElementTagNameMap[Name]}
 */
export function create(name, attributes = {}, children = []) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === 'function') element.addEventListener(key.slice(2), value);
    else if (key === 'class') element.className = String(value);
    else if (key === 'text') element.textContent = String(value);
    else element.setAttribute(key, value === true ? '' : String(value));
  }
  for (const child of children) if (child) element.append(child);
  return element;
}

/**
 * An icon of the sprite.
 * @param {string} name
 * @returns {SVGSVGElement}
 */
export function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  use.setAttribute('href', `/static/icons.svg#${name}`);
  svg.append(use);
  return svg;
}

/**
 * A button with an icon; its title names it and shows its key.
 * @param {string} name The icon.
 * @param {string} title
 * @param {() => void} run
 * @param {{key?: string, class?: string, text?: string}} [more]
 */
export function iconButton(name, title, run, more = {}) {
  return create('button', {
    type: 'button',
    class: `icon-button ${more.class ?? ''}`,
    title: more.key ? `${title}  (${more.key})` : title,
    'aria-label': title,
    onclick: run,
  }, [icon(name), more.text]);
}

/**
 * Sets text only when it differs, which spares the layout.
 * @param {Node} node
 * @param {string} text
 */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * The element that has to be there.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`The page has no element "${id}".`);
  return element;
}

/** Whether the user asked for less motion. */
export function reducedMotion() {
  return matchMedia('(prefers-reduced-motion: reduce)').matches;
}

/**
 * Runs a load at most once, and again after it has failed.
 * @template Value
 * @param {() => Promise<Value>} load
 * @returns {() => Promise<Value>}
 */
export function once(load) {
  /** @type {Promise<Value>|null} */
  let running = null;
  return () => {
    running ??= load().catch((error) => {
      running = null;
      throw error;
    });
    return running;
  };
}

/**
 * A style sheet of a part that is loaded when it is used.
 * @param {string} name
 * @returns {() => Promise<void>}
 */
export function style(name) {
  return once(() => new Promise((resolve, reject) => {
    const link = create('link', { rel: 'stylesheet', href: `/static/styles/${name}.css` });
    link.onload = () => resolve();
    link.onerror = () => {
      link.remove();
      reject(new Error(`The style sheet ${name} could not be loaded.`));
    };
    document.head.append(link);
  }));
}
