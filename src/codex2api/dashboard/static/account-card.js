/**
 * `<account-card>`: one account with its gauges, and what can be done about it.
 *
 * Set `.account` to what the server tells of it. It fires `changed` with the account as it is then.
 */
import { el, fill, text } from "./dom.js";
import { clock } from "./format.js";
import { read, send } from "./server.js";
import { isMasked, onMask } from "./shell.js";
import { attempt, toast } from "./toast.js";
import "./gauge.js";
import "./when.js";

/**
 * @typedef {Object} Account
 * @property {string} account
 * @property {string} account_id
 * @property {"codex" | "official"} kind
 * @property {boolean} limits_reported
 * @property {string | null} plan
 * @property {string} state
 * @property {string | null} reason
 * @property {number | null} until
 * @property {string | null} credits
 * @property {import("./gauge.js").LimitWindow[]} windows
 */

/** How each state is called and coloured. @param {Account} account @returns {[string, string]} */
function stateOf(account) {
  switch (account.state) {
    case "active":
      return [text("Active"), "good"];
    case "limited":
      return [account.until ? text("Limited until {time}", { time: clock(account.until) }) : text("Limited"), "warn"];
    case "paused":
      return [text("Paused"), ""];
    case "consent_required":
      return [text("May not use the plan"), "bad"];
    default:
      return [text("Sign-in needed"), "bad"];
  }
}

/** @type {Map<string, string>} */
const addresses = new Map();
/** @type {Promise<void> | null} */
let asking = null;

/** The e-mail address of an account; the server is asked only if one is to be seen. @param {Account} account */
async function addressOf(account) {
  if (!addresses.has(account.account_id)) {
    asking ??= readAddresses();
    await asking;
  }
  return addresses.get(account.account_id) ?? account.account_id;
}

async function readAddresses() {
  try {
    for (const [id, address] of Object.entries(await read("/admin/api/accounts/addresses"))) addresses.set(id, address);
  } catch {
    return; // the account's id is a name as well
  } finally {
    asking = null;
  }
}

class AccountCard extends HTMLElement {
  /** @type {Account | undefined} */
  shown = undefined;
  told = "";

  connectedCallback() {
    onMask(() => this.draw());
  }

  /** @param {Account} account */
  set account(account) {
    const told = JSON.stringify(account);
    if (told === this.told) return;
    [this.told, this.shown] = [told, account];
    this.draw();
  }

  draw() {
    const account = this.shown;
    if (account === undefined) return;
    const [said, kind] = stateOf(account);
    const windows = account.windows.map((window) => Object.assign(document.createElement("limit-gauge"), { window }));
    this.className = "card account";
    fill(
      this,
      el("div", { class: "account-head" }, el("span", { class: "account-name ellipsis" }, account.account), account.plan && el("span", { class: "pill accent" }, account.plan), account.kind === "official" && el("span", { class: "pill", title: text("OpenAI's sign-in for open-source apps") }, text("official")), el("span", { class: `pill ${kind}` }, el("span", { class: "dot", "aria-hidden": "true" }), said)),
      this.address(account),
      ["sign_in_required", "consent_required"].includes(account.state) && account.reason && el("p", { class: "alert bad small" }, account.reason),
      el("div", { class: "gauges" }, windows.length > 0 ? windows : nothingKnown(account)),
      this.foot(account),
    );
  }

  /** @param {Account} account */
  foot(account) {
    const asked = account.windows.map((window) => window.as_of);
    const age = asked.length > 0 && el("span", {}, text("as of"), " ", el("relative-time", { at: Math.min(...asked) }));
    const path = `/admin/api/accounts/${account.account}`;
    const refresh = account.limits_reported && el("button", { class: "quiet small", type: "button", onclick: () => this.change(() => send("POST", `${path}/refresh`)) }, text("Refresh"));
    if (!this.hasAttribute("manage")) return el("div", { class: "account-foot" }, age || el("span"), refresh);
    const paused = account.state === "paused";
    const pause = el("button", { class: "quiet small", type: "button", onclick: () => this.change(() => send("PATCH", path, { paused: !paused })) }, paused ? text("Resume") : text("Pause"));
    const leave = el("button", { class: "quiet small danger", type: "button", onclick: () => confirmed(account) }, text("Sign out"));
    return el("div", { class: "account-foot" }, age || el("span"), refresh, pause, leave);
  }

  /** Whose account it is. @param {Account} account */
  address(account) {
    const known = addresses.get(account.account_id) ?? "";
    const line = el("p", { class: "account-more ellipsis" }, isMasked() ? "•••" : known);
    if (!isMasked() && !known) addressOf(account).then((address) => fill(line, isMasked() ? "•••" : address));
    return line;
  }

  /** @param {() => Promise<Account>} work */
  async change(work) {
    const account = await attempt(work);
    if (account) this.account = account;
  }
}

/** Why there are no gauges. @param {Account} account */
function nothingKnown(account) {
  const said = account.limits_reported ? text("Its limits are not known yet. Refresh asks for them.") : text("This sign-in tells no limits; ChatGPT's own settings do, under Usage.");
  return el("p", { class: "muted small" }, said);
}

/** Ask once more before an account is signed out. @param {Account} account */
function confirmed(account) {
  const dialog = el("dialog", { "aria-labelledby": "leave-title", onclose: () => dialog.remove() });
  const leave = async () => {
    const done = await attempt(() => send("POST", "/auth/logout", { account: account.account }));
    dialog.close();
    if (done) {
      toast(text("Signed out: {account}", { account: account.account }));
      document.dispatchEvent(new Event("accounts"));
    }
  };
  fill(
    dialog,
    el("h2", { id: "leave-title" }, text("Sign out {account}?", { account: account.account })),
    el("p", { class: "muted" }, text("Its tokens are revoked and removed from this server. Programs that use it get answers from other accounts, or errors.")),
    el("div", { class: "dialog-foot" }, el("button", { type: "button", onclick: () => dialog.close() }, text("Cancel")), el("button", { class: "danger", type: "button", onclick: leave }, text("Sign out"))),
  );
  document.body.append(dialog);
  dialog.showModal();
}

/**
 * Show accounts as cards, keeping those that are there.
 * @param {Element} list
 * @param {Account[]} accounts
 * @param {boolean} manage Whether they can be paused and signed out.
 */
export function showAccounts(list, accounts, manage) {
  const known = new Map([...list.querySelectorAll("account-card")].map((card) => [card.getAttribute("name"), card]));
  const cards = accounts.map((account) => {
    const card = known.get(account.account) ?? el("account-card", { name: account.account, manage });
    /** @type {any} */ (card).account = account;
    return card;
  });
  if (cards.length !== list.childElementCount || cards.some((card, index) => list.children[index] !== card)) fill(list, ...cards);
}

/** All accounts as they stand now. @returns {Promise<Account[]>} */
export async function readAccounts() {
  return (await read("/admin/api/accounts")).accounts;
}

customElements.define("account-card", AccountCard);
