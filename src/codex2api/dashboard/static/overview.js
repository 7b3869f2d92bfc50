/**
 * The first page: how it goes, what is left, what happened last.
 */
import { byId, el, emptyState, fill, text } from "./dom.js";
import { compact, count, duration, fullTime, money, percent } from "./format.js";
import { showAccounts } from "./account-card.js";
import { showAlerts } from "./alerts.js";
import { callRow, callsHead } from "./calls.js";
import { openCall } from "./call-drawer.js";
import { follow } from "./live.js";
import { read } from "./server.js";
import { ready } from "./shell.js";
import { tile } from "./tile.js";
import { attempt } from "./toast.js";
import "./chart.js";

const HOURS = 24;
const ROWS = 25;
const SECONDS = 60;
const HOUR = 3600;

/** @type {any} */
let shown = null;
let stale = false;

async function load() {
  stale = false;
  const east = -new Date().getTimezoneOffset();
  const told = await attempt(() => read(`/admin/api/overview?utc_offset=${east}`));
  if (told) draw(told);
  ready();
  return told;
}

/** @param {any} told */
function draw(told) {
  shown = told;
  showPeople();
  const hours = filled(told);
  fill(byId("tiles"), ...tiles(told.usage?.total, hours));
  byId("chart").data = tokensPerHour(hours);
  showCalls(told.calls);
}

function showPeople() {
  const { accounts, accounts_problem, ledger_problem } = shown;
  showAlerts(byId("alerts"), accounts, [accounts_problem, ledger_problem]);
  const newcomer = accounts.length === 0 && accounts_problem === null;
  byId("welcome").hidden = !newcomer;
  byId("board").hidden = newcomer;
  if (newcomer) fill(byId("welcome"), welcome());
  showAccounts(byId("accounts"), accounts, false);
}

function welcome() {
  const start = el("a", { class: "button primary big", href: "/accounts?add" }, text("Sign in with ChatGPT"));
  return emptyState(text("Nobody is signed in yet"), text("Sign in with your ChatGPT account. Then every program that speaks the OpenAI API can use your plan through this server."), start);
}

/** Every one of the last hours; those without a request are empty. @param {any} told */
function filled(told) {
  const known = new Map((told.usage?.groups ?? []).map((/** @type {any} */ hour) => [Date.parse(hour.id) / 1000, hour]));
  const offset = (new Date().getTimezoneOffset() * 60) % HOUR;
  const last = Math.floor((told.now - offset) / HOUR) * HOUR + offset;
  return Array.from({ length: HOURS }, (_, index) => {
    const at = last - (HOURS - 1 - index) * HOUR;
    return { at, ...(known.get(at) ?? NOTHING) };
  });
}

const NOTHING = { requests: 0, errors: 0, input_tokens: 0, cached_tokens: 0, output_tokens: 0, reasoning_tokens: 0, list_price_usd: 0, first_token_ms: null };

/**
 * @param {any} total
 * @param {any[]} hours
 */
function tiles(total, hours) {
  const sum = total ?? NOTHING;
  const errors = sum.errors > 0 ? text("{n} failed", { n: count(sum.errors) }) : text("none failed");
  const cached = sum.cached_share === null || sum.cached_share === undefined ? "" : text("{share} of the input cached", { share: percent(sum.cached_share) });
  const slow = sum.first_token_p95_ms ? text("95 of 100 within {time}", { time: duration(sum.first_token_p95_ms) }) : "";
  return [
    tile(text("Requests, 24 h"), count(sum.requests), errors, hours.map((hour) => hour.requests)),
    tile(text("Tokens"), compact(sum.input_tokens + sum.output_tokens), cached, hours.map((hour) => hour.input_tokens + hour.output_tokens)),
    tile(text("Value at API list price"), money(sum.list_price_usd ?? 0), sum.unpriced > 0 ? text("{n} requests have no price", { n: count(sum.unpriced) }) : text("not what you pay"), hours.map((hour) => hour.list_price_usd ?? 0)),
    tile(text("First token, median"), duration(sum.first_token_ms), slow, hours.map((hour) => hour.first_token_ms)),
  ];
}

/** @param {any[]} hours */
function tokensPerHour(hours) {
  const clock = new Intl.DateTimeFormat(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
  return {
    label: text("Tokens of the last 24 hours, by hour"),
    series: [
      { name: text("Cached input"), values: hours.map((hour) => hour.cached_tokens) },
      { name: text("Input"), values: hours.map((hour) => hour.input_tokens - hour.cached_tokens) },
      { name: text("Output"), values: hours.map((hour) => hour.output_tokens - hour.reasoning_tokens) },
      { name: text("Reasoning"), values: hours.map((hour) => hour.reasoning_tokens) },
    ],
    columns: hours.map((hour) => fullTime(hour.at)),
    ticks: hours.map((hour, index) => (index % 6 === 2 ? clock.format(new Date(hour.at * 1000)) : "")),
    form: compact,
  };
}

/** @param {any[]} calls */
function showCalls(calls) {
  if (calls.length === 0) {
    const connect = el("a", { class: "button", href: "/connect" }, text("Connect a program"));
    const play = el("a", { class: "button", href: "/playground" }, text("Try it in the playground"));
    fill(byId("calls"), emptyState(text("No requests yet"), text("As soon as a program asks a model, it shows here."), connect, play));
    return;
  }
  const body = el("tbody", {}, ...calls.map((call) => callRow(call, openCall)));
  const scroll = el("div", { class: "scroll", tabIndex: 0, role: "region", "aria-label": text("Last requests") }, el("table", { class: "calls" }, callsHead(), body));
  fill(byId("calls"), scroll);
}

/** @param {any[]} calls */
function arrive(calls) {
  if (shown === null) return;
  const known = new Set(shown.calls.map((/** @type {any} */ call) => call.number));
  const fresh = calls.filter((call) => !known.has(call.number)).reverse();
  if (fresh.length === 0) return;
  stale = true;
  shown.calls = [...fresh, ...shown.calls].slice(0, ROWS);
  const body = byId("calls").querySelector("tbody");
  if (body === null) {
    showCalls(shown.calls);
    return;
  }
  const rows = fresh.map((call) => callRow(call, openCall));
  for (const row of rows) row.classList.add("new");
  body.prepend(...rows);
  while (body.rows.length > ROWS) body.lastElementChild.remove();
}

async function start() {
  const told = await load();
  const heard = {
    calls: arrive,
    accounts: (/** @type {any[]} */ accounts) => {
      if (shown === null) return;
      Object.assign(shown, { accounts, accounts_problem: null });
      showPeople();
    },
    again: load,
  };
  follow(heard, told?.calls[0]?.number);
  window.setInterval(() => stale && !document.hidden && load(), SECONDS * 1000);
}

start();
