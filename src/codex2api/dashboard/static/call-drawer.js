/**
 * One request in full, in a drawer: its course, its tokens, how it ended.
 */
import { byId, el, fill, svg, text } from "./dom.js";
import { count, duration, exactClock, fullTime, percent } from "./format.js";
import { statusPill } from "./calls.js";
import "./copy.js";

/** @typedef {import("./calls.js").Call} Call */

/**
 * Open the drawer of a page.
 * @param {Call} call
 */
export function openCall(call) {
  const drawer = byId("drawer");
  fill(
    drawer,
    el("div", { class: "spread" }, el("h2", { id: "drawer-title" }, text("Request")), el("button", { class: "quiet", type: "button", "aria-label": text("Close"), onclick: () => drawer.close() }, cross())),
    el("div", { class: "stack" }, summary(call), timeline(call), tokens(call), facts(call)),
  );
  if (!drawer.open) drawer.showModal();
}

/** @param {Call} call */
function summary(call) {
  const asked = call.asked_model !== null && call.asked_model !== call.model ? text("asked as {model}", { model: call.asked_model }) : "";
  return el("div", {}, el("div", { class: "row" }, statusPill(call), el("strong", {}, call.model ?? call.asked_model ?? "–"), call.effort && el("span", { class: "muted" }, call.effort)), el("p", { class: "muted small" }, asked));
}

/** When what happened, as far as it was taken down. @param {Call} call */
function timeline(call) {
  const first = call.first_ms;
  const whole = Math.max(call.total_ms, 1);
  const share = first === null ? 100 : Math.min(100, (first / whole) * 100);
  const bar = svg(
    "svg",
    { class: "chart", width: "100%", height: 10, "aria-hidden": "true" },
    svg("rect", { class: "series-1", x: 0, y: 0, width: `${share}%`, height: 10, rx: 2 }),
    first !== null && svg("rect", { class: "series-2", x: `${share}%`, y: 0, width: `${100 - share}%`, height: 10, rx: 2 }),
  );
  const rows = [
    fact(text("Begin"), exactClock(call.at)),
    first === null ? fact(text("First token"), text("none came")) : fact(text("Until the first token"), duration(first), "series-1"),
    first !== null && fact(text("Answer"), duration(call.total_ms - first), "series-2"),
    fact(text("Total"), duration(call.total_ms)),
    first !== null && call.output_tokens !== null && call.total_ms > first && fact(text("Speed"), text("{n} tokens/s", { n: count((call.output_tokens * 1000) / (call.total_ms - first)) })),
  ];
  return section(text("Course"), bar, el("dl", { class: "facts" }, ...rows.filter((row) => row !== false).flat()));
}

/** @param {Call} call */
function tokens(call) {
  if (call.input_tokens === null) return section(text("Tokens"), el("p", { class: "muted" }, text("Nobody told what this cost.")));
  const cached = call.input_tokens > 0 ? ` (${percent((call.cached_tokens ?? 0) / call.input_tokens)})` : "";
  const rows = [
    fact(text("Input"), count(call.input_tokens)),
    fact(text("of it cached"), `${count(call.cached_tokens)}${cached}`),
    fact(text("Output"), count(call.output_tokens)),
    fact(text("of it reasoning"), count(call.reasoning_tokens)),
    call.estimated && fact(text("Counted"), text("here, because the answer was cut here")),
  ];
  return section(text("Tokens"), el("dl", { class: "facts" }, ...rows.filter((row) => row !== false).flat()));
}

/** @param {Call} call */
function facts(call) {
  const id = el("span", { class: "row" }, el("code", { class: "small" }, call.request_id), el("copy-button", { value: call.request_id, label: text("Copy the request id") }));
  const rows = [
    fact(text("Time"), fullTime(call.at)),
    fact(text("Route"), `${call.method} ${call.route}`),
    fact(text("Key"), call.key_name ?? "–"),
    fact(text("Account"), call.account ?? text("none served")),
    fact(text("Client"), call.client ?? text("did not tell")),
    call.error !== null && fact(text("Error"), call.error),
    fact(text("Request id"), id),
  ];
  const hint = el("p", { class: "hint" }, text("What was said is never kept. The log has more of an error under the request id."));
  return section(text("Details"), el("dl", { class: "facts" }, ...rows.filter((row) => row !== false).flat()), hint);
}

/**
 * @param {string} name
 * @param {string | Node} value
 * @param {string} [series]
 */
function fact(name, value, series) {
  return [el("dt", {}, series && el("span", { class: `dot ${series}` }), series ? " " : "", name), el("dd", {}, value)];
}

/**
 * @param {string} title
 * @param {...(Node | false)} content
 */
function section(title, ...content) {
  return el("section", { class: "stack tight" }, el("h3", {}, title), ...content);
}

function cross() {
  return svg("svg", { class: "icon", viewBox: "0 0 16 16", width: 16, height: 16, "aria-hidden": "true" }, svg("path", { d: "m3.500 3.500 9 9M12.500 3.500l-9 9" }));
}
