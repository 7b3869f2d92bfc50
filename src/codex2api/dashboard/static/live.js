/**
 * The live feed: what happens at the server, as it happens.
 *
 * It is closed while nobody looks, because browsers have few connections for one host, and opened
 * again where it stopped. After a gap that the server cannot fill, pages are told to read anew.
 */
import { el, fill, text } from "./dom.js";

/**
 * @typedef {Object} Heard
 * @property {(calls: any[]) => void} [calls] Finished requests, the oldest first.
 * @property {(accounts: any[]) => void} [accounts] How all accounts stand.
 * @property {() => void} [again] Something was missed: read everything anew.
 */

const SHORTEST = 500;
const LONGEST = 15_000;

/** @type {Set<Heard>} */
const listeners = new Set();
/** @type {EventSource | null} */
let source = null;
let last = "";
let pause = SHORTEST;
let timer = 0;
let state = "off";

/**
 * Hear of what happens, until the function that is given back is called.
 *
 * Some calls may be heard twice: they are the same if their numbers are.
 * @param {Heard} heard
 * @param {number} [after] The number of the newest call that is known, so that none is missed.
 * @returns {() => void}
 */
export function follow(heard, after) {
  listeners.add(heard);
  tell(state);
  if (last === "" && after !== undefined) last = String(after);
  if (!document.hidden) open();
  return () => {
    listeners.delete(heard);
    if (listeners.size === 0) close("off");
  };
}

function open() {
  if (source !== null || listeners.size === 0) return;
  clearTimeout(timer);
  const opened = new EventSource(last ? `/admin/api/live?after=${encodeURIComponent(last)}` : "/admin/api/live");
  source = opened;
  opened.onopen = () => {
    pause = SHORTEST;
    tell("live");
  };
  opened.onerror = later;
  opened.addEventListener("hello", (event) => last || remember(event));
  opened.addEventListener("calls", (event) => hear(event, "calls"));
  opened.addEventListener("accounts", (event) => hear(event, "accounts"));
  opened.addEventListener("again", (event) => {
    remember(event);
    for (const each of listeners) each.again?.();
  });
}

/** The browser's own tries stop for good at the first refusal, so we try ourselves. */
function later() {
  close("waiting");
  timer = window.setTimeout(open, pause * (0.8 + Math.random() * 0.4));
  pause = Math.min(LONGEST, pause * 2);
}

/** @param {string} next */
function close(next) {
  clearTimeout(timer);
  source?.close();
  source = null;
  tell(next);
}

/**
 * @param {MessageEvent} event
 * @param {"calls" | "accounts"} kind
 */
function hear(event, kind) {
  remember(event);
  const told = JSON.parse(event.data);
  for (const each of listeners) each[kind]?.(told);
}

/** @param {MessageEvent} event */
function remember(event) {
  if (event.lastEventId) last = event.lastEventId;
}

/** @param {string} next */
function tell(next) {
  state = next;
  for (const each of shown) each.draw();
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) close("off");
  else open();
});
window.addEventListener("pagehide", () => close("off"));
window.addEventListener("pageshow", () => open());

/** @type {Set<LiveState>} */
const shown = new Set();

/** `<live-state>`: whether the feed is open, in a word. */
class LiveState extends HTMLElement {
  connectedCallback() {
    shown.add(this);
    this.draw();
  }

  disconnectedCallback() {
    shown.delete(this);
  }

  draw() {
    this.hidden = listeners.size === 0;
    const said = { live: text("live"), waiting: text("reconnecting …"), off: text("not live") }[state] ?? "";
    this.dataset.state = state;
    fill(this, el("span", { class: "dot", "aria-hidden": "true" }), said);
  }
}

customElements.define("live-state", LiveState);
