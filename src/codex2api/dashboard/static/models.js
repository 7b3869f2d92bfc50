/**
 * The models that can be asked, as ChatGPT reports them.
 */
import { byId, el, emptyState, fill, text } from "./dom.js";
import { modelCard } from "./model-card.js";
import { read } from "./server.js";
import { ready } from "./shell.js";

/** @type {{live: boolean, models: import("./model-card.js").Model[]}} */
let catalogue = { live: false, models: [] };

async function load() {
  try {
    catalogue = await read("/admin/api/models");
    draw();
  } catch (error) {
    fill(byId("models"));
    byId("problem").textContent = error instanceof Error ? error.message : String(error);
    byId("problem").hidden = false;
  }
  ready();
}

function draw() {
  const wanted = byId("filter").value.trim().toLowerCase();
  const found = catalogue.models.filter((model) => [model.id, model.name ?? "", ...model.aliases].some((name) => name.toLowerCase().includes(wanted)));
  fill(byId("source"), ...source());
  byId("source").hidden = false;
  if (found.length > 0) fill(byId("models"), ...found.map(modelCard));
  else fill(byId("models"), el("div", { class: "card" }, nothing(wanted)));
}

function source() {
  if (catalogue.live) return [text("As ChatGPT reports them for your accounts. Prices are the list prices of OpenAI's API for a million tokens; your plan is not billed by them.")];
  const accounts = el("a", { href: "/accounts" }, text("See your accounts"));
  return [text("ChatGPT has not told its list yet: these are the models that were known when this version was made."), " ", accounts];
}

/** @param {string} wanted */
function nothing(wanted) {
  if (wanted === "") return emptyState(text("No models"), text("ChatGPT offers these accounts no model."), el("a", { class: "button", href: "/accounts" }, text("See your accounts")));
  const clear = el("button", { type: "button", onclick: () => clearFilter() }, text("Show all"));
  return emptyState(text("No such model"), text("No model has this in its name."), clear);
}

function clearFilter() {
  byId("filter").value = "";
  draw();
  byId("filter").focus();
}

byId("filter").addEventListener("input", draw);
load();
