/**
 * The whole period in numbers: tiles, and a table by model, account or key.
 */
import { el, text } from "./dom.js";
import { compact, count, duration, money, percent } from "./format.js";
import { tile } from "./tile.js";

/**
 * @param {any} total
 * @param {any[]} columns
 */
export function usageTiles(total, columns) {
  const errors = total.errors > 0 ? text("{n} failed", { n: count(total.errors) }) : text("none failed");
  const cached = total.cached_share === null ? "" : text("{share} of the input cached", { share: percent(total.cached_share) });
  const slow = total.first_token_p95_ms ? text("95 of 100 within {time}", { time: duration(total.first_token_p95_ms) }) : "";
  const unpriced = total.unpriced > 0 ? text("{n} requests have no price", { n: count(total.unpriced) }) : text("not what you pay");
  return [
    tile(text("Requests"), count(total.requests), errors, columns.map((each) => each.requests)),
    tile(text("Tokens"), compact(total.input_tokens + total.output_tokens), cached, columns.map((each) => each.input_tokens + each.output_tokens)),
    tile(text("Value at API list price"), money(total.list_price_usd ?? 0), unpriced, columns.map((each) => each.list_price_usd ?? 0)),
    tile(text("First token, median"), duration(total.first_token_ms), slow, columns.map((each) => each.first_token_ms)),
  ];
}

/** What each column shows; the server's spreadsheet has the same numbers. @type {[string, (group: any) => string][]} */
const NUMBERS = [
  ["requests", (group) => count(group.requests)],
  ["errors", (group) => count(group.errors)],
  ["input_tokens", (group) => count(group.input_tokens)],
  ["cached_share", (group) => percent(group.cached_share)],
  ["output_tokens", (group) => count(group.output_tokens)],
  ["reasoning_tokens", (group) => count(group.reasoning_tokens)],
  ["first_token_ms", (group) => duration(group.first_token_ms)],
  ["first_token_p95_ms", (group) => duration(group.first_token_p95_ms)],
  ["list_price_usd", (group) => money(group.list_price_usd)],
];

/**
 * @param {any} report
 * @param {string} by
 */
export function groupTable(report, by) {
  const first = { model: text("Model"), account: text("Account"), key: text("Key") }[by] ?? by;
  const names = [text("Requests"), text("Errors"), text("Input"), text("Cached"), text("Output"), text("of it reasoning"), text("First token"), text("95 of 100"), text("List price")];
  const head = el("tr", {}, el("th", { scope: "col" }, first), ...names.map((name) => el("th", { scope: "col", class: "number" }, name)));
  const rows = report.groups.map((/** @type {any} */ group) => row(group, named(group, by)));
  const table = el("table", { class: "usage" }, el("thead", {}, head), el("tbody", {}, ...rows), el("tfoot", {}, row(report.total, text("All"))));
  return el("div", { class: "scroll", tabIndex: 0, role: "region", "aria-label": text("Usage by what you choose") }, table);
}

/**
 * @param {any} group
 * @param {Node | string} name
 */
function row(group, name) {
  const cells = NUMBERS.map(([field, written]) => el("td", { class: "number", data: { field, value: String(group[field] ?? "") } }, written(group)));
  return el("tr", { data: { group: group.id } }, el("th", { scope: "row", class: "cut", title: group.name }, name), ...cells);
}

/** A name leads to its requests. @param {any} group @param {string} by */
function named(group, by) {
  if (group.name === "") return el("span", { class: "muted" }, by === "model" ? text("none served") : text("unknown"));
  return el("a", { href: `/requests?${new URLSearchParams({ [by]: group.name })}` }, group.name);
}
