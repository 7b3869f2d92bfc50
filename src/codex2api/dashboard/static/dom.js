/**
 * Elements and texts. Whatever comes from outside goes in as text, never as markup.
 */

/** @typedef {Node | string | number | null | undefined | false} Child */

/**
 * A text in the reader's language, with `{name}` filled in.
 * @param {string} source In English.
 * @param {Record<string, string | number>} [values]
 * @returns {string}
 */
export function text(source, values = {}) {
  const said = Object.hasOwn(TEXTS, source) ? TEXTS[source] : source;
  return said.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/**
 * An element. Properties that begin with `on` are listeners; others are properties of the element
 * where it has such, and attributes otherwise.
 * @param {string} tag
 * @param {Record<string, any>} [properties]
 * @param {...(Child | Child[])} children
 * @returns {any}
 */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else if (name === "data") Object.assign(element.dataset, value);
    else if (name in element) /** @type {any} */ (element)[name] = value;
    else if (value !== false) element.setAttribute(name, value === true ? "" : String(value));
  }
  fill(element, ...children);
  return element;
}

/**
 * An element of SVG; sizes are attributes, because styles in the page are forbidden.
 * @param {string} tag
 * @param {Record<string, string | number>} [attributes]
 * @param {...Child} children
 * @returns {SVGElement}
 */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children.filter(isSomething).map(asNode));
  return element;
}

/**
 * Put children in the place of those that are there.
 * @param {Element} parent
 * @param {...(Child | Child[])} children
 */
export function fill(parent, ...children) {
  parent.replaceChildren(...children.flat().filter(isSomething).map(asNode));
}

/**
 * The element of an id, which the page certainly has.
 * @param {string} id
 * @returns {any}
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`no element #${id}`);
  return found;
}

/**
 * What a list shows while there is nothing in it: what it is for, and the next step.
 * @param {string} title
 * @param {string} hint
 * @param {...Child} actions
 */
export function emptyState(title, hint, ...actions) {
  const buttons = actions.length > 0 && el("div", { class: "row" }, ...actions);
  return el("div", { class: "empty" }, el("strong", {}, title), el("p", {}, hint), buttons);
}

/** @param {any} child */
function isSomething(child) {
  return child !== null && child !== undefined && child !== false;
}

/** @param {any} child @returns {Node} */
function asNode(child) {
  return child instanceof Node ? child : document.createTextNode(String(child));
}
