/**
 * `<limit-gauge>`: how much of a limit window is used, with a tick for how much of its time is over.
 *
 * Set `.window` to what the server tells: `{minutes, family, used_percent, resets_at, as_of}`, times
 * in Unix seconds. It always says "used"; words say what the colour says.
 */
import { el, fill, svg, text } from "./dom.js";
import { clock, windowName } from "./format.js";
import "./when.js";

/** @typedef {{minutes: number, family: string, used_percent: number, resets_at: number | null, as_of: number}} LimitWindow */

const AMBER = 75;
const RED = 95;

class LimitGauge extends HTMLElement {
  /** @param {LimitWindow} window */
  set window(window) {
    const now = Date.now() / 1000;
    const refilled = window.resets_at !== null && window.resets_at <= now;
    const used = refilled ? 0 : Math.max(0, window.used_percent);
    const name = label(window);
    this.className = level(used);
    fill(
      this,
      el("div", { class: "gauge-head" }, el("span", { class: "gauge-name" }, name), el("span", { class: "gauge-value" }, said(used))),
      meter(name, used, elapsed(window, now)),
      el("div", { class: "gauge-foot" }, resets(window, refilled)),
    );
  }
}

/** @param {LimitWindow} window */
function label(window) {
  const name = windowName(window.minutes);
  return window.family === "codex" ? name : `${name} · ${window.family}`;
}

/** @param {number} used */
export function level(used) {
  if (used >= RED) return "bad";
  return used >= AMBER ? "warn" : "good";
}

/** @param {number} used */
function said(used) {
  const n = Math.round(used);
  if (used >= 100) return text("{n} % used · empty", { n });
  if (used >= RED) return text("{n} % used · nearly empty", { n });
  return used >= AMBER ? text("{n} % used · getting low", { n }) : text("{n} % used", { n });
}

/**
 * @param {string} name
 * @param {number} used
 * @param {number | null} over Percent of the window's time.
 */
function meter(name, used, over) {
  const drawing = svg(
    "svg",
    { class: "meter", height: 8, width: "100%", "aria-hidden": "true" },
    svg("rect", { class: "meter-back", x: 0, y: 1, width: "100%", height: 6, rx: 3 }),
    used > 0 && svg("rect", { class: "meter-fill", x: 0, y: 1, width: `${Math.min(used, 100)}%`, height: 6, rx: 3 }),
    over !== null && svg("rect", { class: "meter-pace", x: `${over}%`, y: 0, width: 2, height: 8, rx: 1 }),
  );
  const pace = over === null ? "" : text("{n} % of the time is over", { n: Math.round(over) });
  const told = pace ? `${said(used)}; ${pace}` : said(used);
  const now = Math.min(100, Math.round(used));
  return el("div", { role: "meter", "aria-label": name, "aria-valuemin": "0", "aria-valuemax": "100", "aria-valuenow": String(now), "aria-valuetext": told, title: told }, drawing);
}

/**
 * @param {LimitWindow} window
 * @param {number} now
 */
function elapsed(window, now) {
  if (window.resets_at === null || window.resets_at <= now) return null;
  const share = 1 - (window.resets_at - now) / (window.minutes * 60);
  return Math.min(99.5, Math.max(0, share * 100));
}

/**
 * @param {LimitWindow} window
 * @param {boolean} refilled
 */
function resets(window, refilled) {
  if (window.resets_at === null) return text("reset time not told");
  if (refilled) return text("has refilled");
  const when = el("relative-time", { at: window.resets_at, mode: "until" });
  return el("span", {}, text("resets"), " ", when, ` (${clock(window.resets_at)})`);
}

customElements.define("limit-gauge", LimitGauge);
