/**
 * The keys of programs: which there are, one more, one less.
 */
import { byId, el, emptyState, fill, text } from "./dom.js";
import { createKey } from "./key-dialog.js";
import { confirmRevoking } from "./key-revoking.js";
import { read } from "./server.js";
import { ready } from "./shell.js";
import "./when.js";

/** @typedef {Record<string, any> & {name: string, tail: string}} Key */

async function load() {
  byId("problem").hidden = true;
  try {
    draw((await read("/admin/api/keys")).data);
  } catch (error) {
    fill(byId("keys"));
    byId("keys").hidden = true;
    byId("problem").textContent = error instanceof Error ? error.message : String(error);
    byId("problem").hidden = false;
  }
  ready();
}

/** @param {Key[]} keys */
function draw(keys) {
  byId("keys").hidden = false;
  if (keys.length === 0) {
    const create = el("button", { class: "primary", type: "button", onclick: () => createKey(load) }, text("Create the first key"));
    fill(byId("keys"), emptyState(text("No keys yet"), text("A program needs a key to use this server. It is shown once, and can be revoked at any time."), create));
    return;
  }
  const names = [text("Name"), text("Key"), text("Created"), text("Last used"), text("Limits"), text("Models")];
  const actions = el("th", { scope: "col" }, el("span", { class: "visually-hidden" }, text("Actions")));
  const head = el("tr", {}, ...names.map((name) => el("th", { scope: "col" }, name)), actions);
  const table = el("table", { class: "keys stacked" }, el("thead", {}, head), el("tbody", {}, ...keys.map(row)));
  fill(byId("keys"), el("div", { class: "scroll", tabIndex: 0, role: "region", "aria-label": text("Keys") }, table));
}

/** @param {Key} key */
function row(key) {
  const revoke = el("button", { class: "quiet small danger", type: "button", "aria-label": text("Revoke {name}", { name: key.name }), onclick: () => confirmRevoking(key, load) }, text("Revoke"));
  const used = key.last_used ? moment(key.last_used) : el("span", { class: "muted" }, text("never"));
  const requests = el("a", { href: `/requests?${new URLSearchParams({ key: key.name })}` }, key.name);
  return el(
    "tr",
    { data: { key: key.name } },
    el("th", { scope: "row", class: "cut" }, requests, key.expired && el("span", { class: "pill bad" }, text("expired"))),
    el("td", { data: { label: text("Key") } }, el("code", { class: "muted" }, `…${key.tail}`)),
    el("td", { class: "muted", data: { label: text("Created") } }, moment(key.created)),
    el("td", { data: { label: text("Last used") } }, used),
    el("td", { class: "wrap", data: { label: text("Limits") } }, limits(key)),
    el("td", { class: "wrap", data: { label: text("Models") } }, models(key)),
    el("td", { class: "number" }, revoke),
  );
}

/** @param {string} iso */
function moment(iso) {
  return el("relative-time", { at: Date.parse(iso) / 1000 });
}

/** @param {Key} key */
function limits(key) {
  const said = [
    key.requests && used(text("{limit} requests", { limit: key.requests }), key.requests_used),
    key.tokens && used(text("{limit} tokens", { limit: key.tokens }), key.tokens_used),
    key.concurrency && text("{n} at once", { n: key.concurrency }),
    key.weekly_share && text("{n} % of the week", { n: key.weekly_share }),
    key.account && text("account {label} only", { label: key.account }),
    key.reserve && text("may use the reserve"),
    key.expires && !key.expired && el("span", {}, text("expires"), " ", el("relative-time", { at: Date.parse(key.expires) / 1000, mode: "until" })),
  ].filter(Boolean);
  return pills(said, text("none"));
}

/** @param {string} limit @param {number | null} count */
function used(limit, count) {
  return count === null ? limit : text("{limit}, {n} used", { limit, n: count });
}

/** @param {Key} key */
function models(key) {
  return pills(key.models, text("all"));
}

/** @param {(Node | string)[]} said @param {string} none */
function pills(said, none) {
  if (said.length === 0) return el("span", { class: "muted" }, none);
  return el("span", { class: "pills" }, ...said.map((each) => el("span", { class: "pill" }, each)));
}

byId("create").addEventListener("click", () => createKey(load));
if (new URLSearchParams(location.search).has("create")) createKey(load);
load();
