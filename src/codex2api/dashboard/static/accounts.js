/**
 * The accounts: how each stands, and a way to add one.
 */
import { byId, el, emptyState, fill, text } from "./dom.js";
import { readAccounts, showAccounts } from "./account-card.js";
import { addAccount } from "./add-account.js";
import { showAlerts } from "./alerts.js";
import { follow } from "./live.js";
import { ready } from "./shell.js";

/** @type {import("./account-card.js").Account[]} */
let accounts = [];

async function load() {
  try {
    draw(await readAccounts());
  } catch (error) {
    fill(byId("accounts"));
    showAlerts(byId("alerts"), [], [error instanceof Error ? error.message : String(error)]);
  }
  ready();
}

/** @param {import("./account-card.js").Account[]} told */
function draw(told) {
  accounts = told;
  showAlerts(byId("alerts"), told, []);
  showAccounts(byId("accounts"), told, true);
  byId("nobody").hidden = told.length > 0;
  if (told.length === 0) {
    const start = el("button", { class: "primary big", type: "button", onclick: () => open("default") }, text("Sign in with ChatGPT"));
    fill(byId("nobody"), emptyState(text("Nobody is signed in yet"), text("Sign in with your ChatGPT account. Its tokens stay on this machine, in files that only you can read."), start));
  }
}

/** @param {string} [label] */
function open(label) {
  const known = accounts.find(({ account }) => account === label);
  addAccount(label || free(), load, known?.kind);
}

/** A label that nobody has. */
function free() {
  const taken = new Set(accounts.map(({ account }) => account));
  if (!taken.has("default")) return "default";
  let number = 2;
  while (taken.has(`account-${number}`)) number += 1;
  return `account-${number}`;
}

async function start() {
  byId("add").addEventListener("click", () => open());
  document.addEventListener("accounts", load);
  await load();
  follow({ accounts: draw, again: load });
  const wanted = new URLSearchParams(location.search).get("add");
  if (wanted !== null) open(wanted);
}

start();
