/**
 * All requests, the newest first, live; filters are in the address.
 */
import { byId, el, emptyState, fill, text } from "./dom.js";
import { callRow, callsHead } from "./calls.js";
import { openCall } from "./call-drawer.js";
import { follow } from "./live.js";
import { read } from "./server.js";
import { ready } from "./shell.js";
import { attempt } from "./toast.js";

/** @typedef {import("./calls.js").Call} Call */

const PAGE = 50;
const MOST = 500;
const TYPING = 300;
const FIELDS = ["status", "model", "key", "account", "hours", "text"];

const form = byId("filters");
/** @type {Call[]} */
let calls = [];
/** @type {Call[]} */
let held = [];
/** @type {number | null} */
let next = null;
let paused = false;
let asked = 0;

/** What the form asks for. */
function wish() {
  const wanted = new URLSearchParams();
  for (const name of FIELDS) {
    const value = form.elements[name].value.trim();
    if (value) wanted.set(name, value);
  }
  return wanted;
}

/** @param {number | null} before */
function address(before) {
  const wanted = wish();
  const query = new URLSearchParams(wanted);
  query.delete("hours");
  if (wanted.has("hours")) query.set("since", String(Math.round(Date.now() / 1000 - Number(wanted.get("hours")) * 3600)));
  query.set("limit", String(PAGE));
  if (before !== null) query.set("before", String(before));
  return `/admin/api/requests?${query}`;
}

async function load() {
  const turn = ++asked;
  const page = await attempt(() => read(address(null)));
  ready();
  if (!page || turn !== asked) return;
  [calls, held, next] = [page.data, [], page.next];
  draw();
}

async function loadOlder() {
  const page = await attempt(() => read(address(next)));
  if (!page) return;
  calls = [...calls, ...page.data];
  next = page.next;
  draw();
}

function draw() {
  byId("more").hidden = next === null;
  drawHeld();
  suggest();
  if (calls.length === 0) {
    fill(byId("calls"), nothing());
    return;
  }
  const table = el("table", { class: "calls" }, callsHead(), el("tbody", {}, ...calls.map((call) => callRow(call, openCall))));
  fill(byId("calls"), el("div", { class: "scroll", tabIndex: 0, role: "region", "aria-label": text("Requests") }, table));
}

function nothing() {
  if (wish().size > 0) {
    const clear = el("button", { type: "button", onclick: () => form.reset() }, text("Clear the filters"));
    return emptyState(text("No such requests"), text("No request fits these filters."), clear);
  }
  const connect = el("a", { class: "button", href: "/connect" }, text("Connect a program"));
  return emptyState(text("No requests yet"), text("As soon as a program asks a model, it shows here."), connect);
}

/** Offer what is there to choose from. */
function suggest() {
  const offers = { models: new Set(calls.map((call) => call.model)), keys: new Set(calls.map((call) => call.key_name)), accounts: new Set(calls.map((call) => call.account)) };
  for (const [id, values] of Object.entries(offers)) {
    fill(byId(id), ...[...values].filter((value) => value !== null).sort().map((value) => el("option", { value })));
  }
}

/** @param {Call[]} fresh The oldest first. */
function arrive(fresh) {
  const known = new Set([...calls, ...held].map((call) => call.number));
  held = [...fresh.filter((call) => !known.has(call.number) && fits(call)).reverse(), ...held].slice(0, MOST);
  if (paused) drawHeld();
  else showHeld();
}

function showHeld() {
  if (held.length === 0) return;
  const body = byId("calls").querySelector("tbody");
  const rows = held.map((call) => callRow(call, openCall));
  calls = [...held, ...calls];
  held = [];
  if (body === null) {
    draw();
    return;
  }
  for (const row of rows) row.classList.add("new");
  body.prepend(...rows);
  drawHeld();
}

function drawHeld() {
  const note = byId("waiting");
  note.hidden = held.length === 0;
  note.textContent = text("{n} more since the pause", { n: held.length });
}

/** Whether a request that has just come fits the filters, as the server would say. @param {Call} call */
function fits(call) {
  const wanted = wish();
  const status = wanted.get("status");
  return (
    (!status || fitsStatus(call, status)) &&
    among(wanted.get("model"), [call.model, call.asked_model]) &&
    among(wanted.get("key"), [call.key_name, /** @type {any} */ (call).key]) &&
    among(wanted.get("account"), [call.account]) &&
    holds(call, wanted.get("text"))
  );
}

/**
 * @param {Call} call
 * @param {string} status
 */
function fitsStatus(call, status) {
  if (status === "error") return call.error !== null || call.status >= 400;
  if (status.endsWith("xx")) return Math.floor(call.status / 100) === Number(status[0]);
  return call.status === Number(status);
}

/**
 * @param {string | null} wanted
 * @param {(string | null)[]} values
 */
function among(wanted, values) {
  return wanted === null || values.includes(wanted);
}

/**
 * @param {Call} call
 * @param {string | null} wanted
 */
function holds(call, wanted) {
  if (wanted === null) return true;
  const words = [call.request_id, call.client, call.error, call.model, call.asked_model, call.key_name, call.account, call.route];
  return words.some((word) => word?.toLowerCase().includes(wanted.toLowerCase()));
}

function filtersChanged() {
  const query = wish();
  history.replaceState(null, "", query.size > 0 ? `?${query}` : location.pathname);
  load();
}

function start() {
  const query = new URLSearchParams(location.search);
  for (const name of FIELDS) form.elements[name].value = query.get(name) ?? "";
  let typing = 0;
  form.addEventListener("input", () => {
    clearTimeout(typing);
    typing = window.setTimeout(filtersChanged, TYPING);
  });
  form.addEventListener("reset", () => window.setTimeout(filtersChanged));
  form.addEventListener("submit", (/** @type {Event} */ event) => event.preventDefault());
  byId("more").addEventListener("click", loadOlder);
  const pause = byId("pause");
  pause.addEventListener("click", () => {
    paused = !paused;
    pause.setAttribute("aria-pressed", String(paused));
    pause.textContent = paused ? text("Resume") : text("Pause");
    if (!paused) showHeld();
  });
  load().then(() => follow({ calls: arrive, again: load }, calls[0]?.number));
}

start();
