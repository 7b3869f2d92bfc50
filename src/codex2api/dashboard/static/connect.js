/**
 * What to paste into each client: with this server's address, and a key that stays in this page.
 */
import { byId, el, fill, text } from "./dom.js";
import { clientCard } from "./client-card.js";
import { createKey } from "./key-dialog.js";
import { read } from "./server.js";
import { ready } from "./shell.js";
import { testRequest } from "./test-request.js";
import { attempt } from "./toast.js";

/** @typedef {import("./client-card.js").Client} Client */

/** What every key of this server is made of; anything else would not survive being pasted. */
const KEY = /^[\w.~+/=-]{1,512}$/;

/** @type {any} */
let told = null;
/** @type {any[]} */
let models = [];

/** The client that the address names, else the first. @returns {Client} */
function chosen() {
  const wanted = new URLSearchParams(location.search).get("client");
  return told.clients.find((/** @type {Client} */ client) => client.name === wanted) ?? told.clients[0];
}

/** The key to show; empty if there is none, or it cannot be one. */
function key() {
  const typed = byId("key").value.trim();
  return KEY.test(typed) ? typed : "";
}

async function loadClients() {
  const model = byId("model").value;
  const window = models.find((each) => each.id === model)?.context_window;
  const query = new URLSearchParams({ model, origin: location.origin, ...(window && { context_window: String(window) }) });
  told = await read(`/admin/api/connect?${query}`);
  draw();
}

function draw() {
  const client = chosen();
  fill(byId("clients"), ...groups(client));
  fill(byId("client"), ...clientCard(client, told.key_placeholder, key()));
  for (const id of ["key", "create"]) byId(id).disabled = !told.key_wanted;
  fill(byId("test-hint"), hint());
}

function hint() {
  if (key()) return text("A short question, with the key above.");
  return told.key_wanted ? text("A short question, with your own session: without a key above it tests the server, and not the key.") : text("A short question. This server asks for no key.");
}

/** @param {Client} current */
function groups(current) {
  const names = { sdk: text("Libraries"), shell: text("Command line"), editor: text("Editors"), app: text("Applications") };
  return Object.entries(names).map(([kind, name]) => {
    const links = told.clients.filter((/** @type {Client} */ client) => client.kind === kind).map((/** @type {Client} */ client) => el("li", {}, link(client, client === current)));
    return el("div", {}, el("h2", {}, name), el("ul", {}, ...links));
  });
}

/** @param {Client} client @param {boolean} isCurrent */
function link(client, isCurrent) {
  const choose = (/** @type {MouseEvent} */ event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    history.pushState(null, "", `?client=${client.name}`);
    draw();
    const now = byId("clients").querySelector("[aria-current]");
    now?.focus();
  };
  return el("a", { href: `?client=${client.name}`, "aria-current": isCurrent ? "true" : null, onclick: choose }, client.title);
}

/** A new key goes into its field, and with it into what is shown. */
function create() {
  createKey((created) => {
    byId("key").value = created.key;
    draw();
  });
}

async function start() {
  byId("key").addEventListener("input", draw);
  byId("model").addEventListener("change", () => attempt(loadClients));
  byId("setup").addEventListener("submit", (/** @type {Event} */ event) => event.preventDefault());
  byId("create").addEventListener("click", create);
  byId("test").addEventListener("click", () => testRequest(byId("test"), byId("tested"), byId("model").value, key()));
  window.addEventListener("popstate", draw);
  try {
    models = (await read("/admin/api/models")).models;
    fill(byId("model"), ...models.map((model) => el("option", { value: model.id }, model.id)));
    await loadClients();
  } catch (error) {
    byId("problem").textContent = error instanceof Error ? error.message : String(error);
    byId("problem").hidden = false;
  }
  ready();
}

start();
