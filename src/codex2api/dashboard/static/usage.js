/**
 * Where the plan went: tokens, value, requests and latency of a period. The period is in the address.
 */
import { byId, el, emptyState, fill, text } from "./dom.js";
import { columnsOf, periodOf } from "./period.js";
import { read } from "./server.js";
import { ready } from "./shell.js";
import { showCharts } from "./usage-charts.js";
import { groupTable, usageTiles } from "./usage-table.js";

const SECONDS = 60;
const RANGES = ["24h", "7d", "30d", "custom"];
const GROUPS = ["model", "account", "key"];

let asked = 0;

/** What the address asks for. */
function wish() {
  const wanted = new URLSearchParams(location.search);
  const range = wanted.get("range") ?? "";
  const by = wanted.get("by") ?? "";
  return {
    range: RANGES.includes(range) ? range : "24h",
    by: GROUPS.includes(by) ? by : "model",
    from: wanted.get("from") ?? "",
    to: wanted.get("to") ?? "",
  };
}

/** Ask for something else, and have the address say so. @param {Record<string, string>} change */
function choose(change) {
  const wanted = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(change)) wanted.set(name, value);
  history.replaceState(null, "", `?${wanted}`);
  load();
}

async function load() {
  const turn = ++asked;
  const wanted = wish();
  const period = periodOf(wanted, new Date());
  show(wanted, period);
  try {
    const [course, groups] = await Promise.all([read(`/admin/api/usage?by=${period.unit}&${period.query}`), read(`/admin/api/usage?by=${wanted.by}&${period.query}`)]);
    if (turn === asked) draw(columnsOf(course, period), groups, wanted.by);
  } catch (error) {
    if (turn === asked) tell(error);
  }
  ready();
}

/**
 * @param {ReturnType<typeof wish>} wanted
 * @param {import("./period.js").Period} period
 */
function show(wanted, period) {
  for (const [id, value] of [["range", wanted.range], ["by", wanted.by]]) {
    for (const button of byId(id).children) button.setAttribute("aria-pressed", String(button.value === value));
  }
  byId("dates").hidden = wanted.range !== "custom";
  [byId("from").value, byId("to").value] = [period.from, period.to];
  byId("sheet").href = `/admin/api/usage.csv?by=${wanted.by}&${period.query}`;
}

/**
 * @param {import("./period.js").Column[]} columns
 * @param {any} groups
 * @param {string} by
 */
function draw(columns, groups, by) {
  const empty = groups.total.requests === 0;
  byId("problem").hidden = true;
  byId("nothing").hidden = !empty;
  byId("report").hidden = empty;
  if (empty) {
    fill(byId("nothing"), nothing());
    return;
  }
  fill(byId("tiles"), ...usageTiles(groups.total, columns));
  showCharts(columns);
  fill(byId("groups"), groupTable(groups, by));
}

function nothing() {
  const connect = el("a", { class: "button primary", href: "/connect" }, text("Connect a program"));
  const play = el("a", { class: "button", href: "/playground" }, text("Try it in the playground"));
  return emptyState(text("Nothing was used in this period"), text("Choose a longer one, or let a program ask a model: its tokens show here."), connect, play);
}

/** @param {unknown} error */
function tell(error) {
  byId("problem").textContent = error instanceof Error ? error.message : String(error);
  byId("problem").hidden = false;
  byId("report").hidden = true;
}

async function start() {
  for (const id of ["range", "by"]) {
    byId(id).addEventListener("click", (/** @type {any} */ event) => {
      if (event.target instanceof HTMLButtonElement) choose({ [id]: event.target.value });
    });
  }
  byId("dates").addEventListener("change", () => {
    const [from, to] = [byId("from").value, byId("to").value];
    if (from && to) choose({ from, to });
  });
  await load();
  window.setInterval(() => !document.hidden && load(), SECONDS * 1000);
}

start();
