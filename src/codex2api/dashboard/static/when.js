/**
 * `<relative-time at="SECONDS">`: how long ago, or how soon, kept true while the page is open.
 * With `mode="until"` it counts down: "in 2 h 14 m".
 */
import { text } from "./dom.js";
import { fullTime, span } from "./format.js";

class RelativeTime extends HTMLElement {
  static observedAttributes = ["at"];

  connectedCallback() {
    shown.add(this);
    this.draw();
    schedule();
  }

  disconnectedCallback() {
    shown.delete(this);
  }

  attributeChangedCallback() {
    if (this.isConnected) this.draw();
  }

  draw() {
    const at = Number(this.getAttribute("at"));
    const left = at - Date.now() / 1000;
    this.title = fullTime(at);
    this.textContent = this.getAttribute("mode") === "until" ? soon(left) : ago(-left);
  }
}

/** @param {number} left */
function soon(left) {
  return left <= 0 ? text("now") : text("in {span}", { span: span(left) });
}

/** @param {number} passed */
function ago(passed) {
  return passed < 2 ? text("just now") : text("{span} ago", { span: span(passed) });
}

/** @type {Set<RelativeTime>} */
const shown = new Set();
let timer = 0;

/** One timer for all of them, and none while nothing is shown. */
function schedule() {
  if (timer !== 0) return;
  timer = window.setInterval(() => {
    if (shown.size === 0) {
      clearInterval(timer);
      timer = 0;
    } else if (!document.hidden) {
      for (const each of shown) each.draw();
    }
  }, 1000);
}

customElements.define("relative-time", RelativeTime);
