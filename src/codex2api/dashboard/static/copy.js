/**
 * `<copy-button value="TEXT">`: puts its value on the clipboard and says so.
 */
import { el, fill, svg, text } from "./dom.js";

const SECONDS = 2;

class CopyButton extends HTMLElement {
  connectedCallback() {
    const label = this.getAttribute("label") ?? text("Copy");
    this.said = el("span", { class: "visually-hidden", role: "status" });
    this.button = el("button", { type: "button", class: "quiet small", "aria-label": label, title: label, onclick: () => this.copy() });
    fill(this.button, picture(false));
    fill(this, this.button, this.said);
  }

  async copy() {
    const done = await copied(this.getAttribute("value") ?? "");
    fill(/** @type {Element} */ (this.button), picture(done));
    fill(/** @type {Element} */ (this.said), done ? text("Copied") : text("Copying was not allowed; select the text instead."));
    window.setTimeout(() => {
      fill(/** @type {Element} */ (this.button), picture(false));
      fill(/** @type {Element} */ (this.said));
    }, SECONDS * 1000);
  }
}

/**
 * @param {string} value
 * @returns {Promise<boolean>} Whether it is on the clipboard.
 */
async function copied(value) {
  try {
    await navigator.clipboard.writeText(value);
    return true;
  } catch {
    return false; // not a secure context, or the person said no
  }
}

/** @param {boolean} done */
function picture(done) {
  const drawing = done
    ? svg("path", { d: "m3 8.500 3.200 3.200L13 5" })
    : svg("path", { d: "M5.500 5.500h8v8h-8zM10.500 5.500v-3h-8v8h3" });
  return svg("svg", { class: "icon", viewBox: "0 0 16 16", width: 16, height: 16, "aria-hidden": "true" }, drawing);
}

customElements.define("copy-button", CopyButton);
