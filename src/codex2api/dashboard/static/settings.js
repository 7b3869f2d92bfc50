/**
 * What runs here, whether it is well, and by which settings.
 */
import { byId, el, fill, text } from "./dom.js";
import { runChecks } from "./doctor.js";
import { fullTime, span } from "./format.js";
import { read } from "./server.js";
import { ready, setTheme } from "./shell.js";
import { attempt } from "./toast.js";

const SECONDS = 10;

/** @type {any} */
let told = null;

async function load() {
  const answer = await attempt(() => read("/admin/api/server"));
  if (answer) {
    told = answer;
    showServer();
    showSettings();
  }
  ready();
}

function showServer() {
  const database = el("span", { class: "row" }, told.database, told.database_problem === null ? pill(text("works"), "good") : pill(told.database_problem, "bad"));
  const rows = [
    [text("Version"), `codex2api ${told.version}`],
    [text("Python"), told.python],
    [text("Status"), status()],
    [text("Up"), el("span", { title: fullTime(told.started) }, span(told.now - told.started))],
    [text("Database"), database],
    [text("Requests are kept"), retention()],
  ];
  fill(byId("server"), ...rows.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
}

function status() {
  if (told.status === "ok") return pill(text("ready"), "good");
  if (told.status === "draining") return pill(text("about to end"), "warn");
  return pill(text("no account can serve"), "bad");
}

function retention() {
  const days = told.settings.find((/** @type {any} */ setting) => setting.key === "ledger.retentionDays")?.value;
  return days === 0 ? text("not at all") : text("{n} days", { n: days });
}

/** @param {string} said @param {string} kind */
function pill(said, kind) {
  return el("span", { class: `pill ${kind}` }, el("span", { class: "dot", "aria-hidden": "true" }), said);
}

function showSettings() {
  const only = byId("changed").checked;
  const shown = told.settings.filter((/** @type {any} */ setting) => !only || setting.origin !== "default");
  const rows = shown.map((/** @type {any} */ setting) => el("tr", {}, el("th", { scope: "row" }, el("code", {}, setting.key)), el("td", { class: "wrap" }, el("code", {}, JSON.stringify(setting.value))), el("td", { class: "muted wrap" }, setting.origin === "default" ? text("default") : el("span", { class: "pill accent" }, setting.origin))));
  const none = el("tr", {}, el("td", { colSpan: 3, class: "muted" }, text("Every setting has its default.")));
  fill(byId("settings"), ...(rows.length > 0 ? rows : [none]));
}

async function reach() {
  const place = byId("upstream");
  fill(place, el("p", { class: "muted" }, text("Asking …")));
  const found = await attempt(() => read("/admin/api/server/upstream"));
  if (!found) {
    fill(place);
    return;
  }
  const said = found.problem === null ? pill(text("answers, in {n} ms", { n: found.milliseconds }), "good") : el("p", { class: "alert bad" }, found.problem);
  fill(place, el("dl", { class: "facts" }, el("dt", {}, text("Address")), el("dd", {}, el("code", {}, found.url)), el("dt", {}, text("State")), el("dd", {}, said)));
}

async function start() {
  byId("changed").addEventListener("change", showSettings);
  byId("reach").addEventListener("click", reach);
  byId("examine").addEventListener("click", () => runChecks(byId("examine"), byId("doctor")));
  byId("theme-here").addEventListener("click", (/** @type {any} */ event) => {
    if (event.target instanceof HTMLButtonElement) setTheme(event.target.value);
  });
  await Promise.all([load(), reach()]);
  window.setInterval(() => !document.hidden && load(), SECONDS * 1000);
}

start();
