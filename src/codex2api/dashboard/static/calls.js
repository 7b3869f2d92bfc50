/**
 * Finished requests as rows of a table.
 */
import { el, text } from "./dom.js";
import { compact, count, duration, exactClock } from "./format.js";
import "./when.js";

/**
 * @typedef {Object} Call
 * @property {number} number
 * @property {number} at
 * @property {string} request_id
 * @property {string} method
 * @property {string} route
 * @property {string | null} asked_model
 * @property {string | null} model
 * @property {string | null} effort
 * @property {string | null} account
 * @property {string | null} key_name
 * @property {number | null} input_tokens
 * @property {number | null} cached_tokens
 * @property {number | null} output_tokens
 * @property {number | null} reasoning_tokens
 * @property {boolean} estimated
 * @property {number | null} first_ms
 * @property {number} total_ms
 * @property {number} status
 * @property {string | null} error
 * @property {string | null} client
 */

/** The table's head. */
export function callsHead() {
  const names = [text("Time"), text("Status"), text("Model"), text("Key"), text("Account"), text("Input"), text("Cached"), text("Output"), text("First token"), text("Total")];
  const cells = names.map((name, index) => el("th", { scope: "col", class: index > 4 ? "number" : "" }, name));
  return el("thead", {}, el("tr", {}, ...cells));
}

/**
 * One request as a row that opens it.
 * @param {Call} call
 * @param {(call: Call) => void} open
 * @returns {HTMLTableRowElement}
 */
export function callRow(call, open) {
  const row = el("tr", {
    tabIndex: 0,
    data: { number: String(call.number) },
    onclick: () => open(call),
    onkeydown: (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      open(call);
    },
  });
  row.append(
    el("td", { title: exactClock(call.at) }, el("relative-time", { at: call.at, class: "muted" })),
    el("td", {}, statusPill(call)),
    el("td", { class: "cut", title: call.asked_model ?? "" }, call.model ?? call.asked_model ?? "–", call.effort && el("span", { class: "muted" }, ` ${call.effort}`)),
    el("td", { class: "cut" }, call.key_name ?? "–"),
    el("td", { class: "cut" }, call.account ?? "–"),
    el("td", { class: "number", title: count(call.input_tokens) }, compact(call.input_tokens)),
    el("td", { class: "number muted", title: count(call.cached_tokens) }, compact(call.cached_tokens)),
    el("td", { class: "number", title: count(call.output_tokens) }, compact(call.output_tokens)),
    el("td", { class: "number" }, duration(call.first_ms)),
    el("td", { class: "number" }, duration(call.total_ms)),
  );
  return row;
}

/** The status, in colour and with the error's name. @param {Call} call */
export function statusPill(call) {
  if (call.error === null && call.status < 400) return el("span", { class: "pill good" }, call.status);
  const kind = call.status >= 500 || call.status < 400 ? "bad" : "warn";
  return el("span", { class: `pill ${kind}`, title: call.error ?? "" }, call.status, call.error && el("span", {}, call.error));
}
