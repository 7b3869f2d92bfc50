/**
 * The charts of the usage page.
 */
import { byId, text } from "./dom.js";
import { compact, count, duration, money, percent, scaleMoney } from "./format.js";
import "./chart.js";

const FAILED = 5;

/**
 * Draw all of them.
 * @param {import("./period.js").Column[]} columns
 */
export function showCharts(columns) {
  const common = { columns: columns.map(({ name }) => name), ticks: columns.map(({ tick }) => tick) };
  byId("tokens").data = { ...common, label: text("Tokens by class over time"), series: tokens(columns), form: compact };
  byId("value").data = { ...common, label: text("Value at API list price over time"), series: [{ name: text("List price"), tone: 2, values: columns.map((each) => each.list_price_usd ?? 0) }], form: money, scale: scaleMoney };
  byId("requests").data = { ...common, label: text("Requests and errors over time"), series: requests(columns), form: count };
  byId("latency").data = { ...common, label: text("Time to the first token over time"), series: latency(columns), form: duration, lines: true };
  byId("cached").data = { ...common, label: text("Cached share of the input over time"), series: [{ name: text("Cached"), tone: 3, values: columns.map((each) => each.cached_share) }], form: percent, lines: true, top: 1 };
}

/** Cached input first: it is most of all, and costs least. @param {any[]} columns */
function tokens(columns) {
  return [
    { name: text("Cached input"), values: columns.map((each) => each.cached_tokens) },
    { name: text("Input"), values: columns.map((each) => each.input_tokens - each.cached_tokens) },
    { name: text("Output"), values: columns.map((each) => each.output_tokens - each.reasoning_tokens) },
    { name: text("Reasoning"), values: columns.map((each) => each.reasoning_tokens) },
  ];
}

/** @param {any[]} columns */
function requests(columns) {
  return [
    { name: text("Answered"), tone: 2, values: columns.map((each) => each.requests - each.errors) },
    { name: text("Failed"), tone: FAILED, values: columns.map((each) => each.errors) },
  ];
}

/** @param {any[]} columns */
function latency(columns) {
  return [
    { name: text("Median"), tone: 2, values: columns.map((each) => each.first_token_ms) },
    { name: text("95 of 100 within"), tone: 4, values: columns.map((each) => each.first_token_p95_ms) },
  ];
}
