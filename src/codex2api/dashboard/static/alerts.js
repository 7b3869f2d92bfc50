/**
 * What needs the owner now, in a strip above the page.
 */
import { el, fill, text } from "./dom.js";
import { clock } from "./format.js";

/** @typedef {import("./account-card.js").Account} Account */

/**
 * @param {Element} strip
 * @param {Account[]} accounts
 * @param {(string | null)[]} problems What could not be told.
 */
export function showAlerts(strip, accounts, problems) {
  const alerts = [...expired(accounts), ...allLimited(accounts), ...problems.filter(Boolean).map((problem) => alert("warn", String(problem)))];
  fill(strip, ...alerts);
}

/** @param {Account[]} accounts */
function expired(accounts) {
  return accounts
    .filter((account) => account.state === "sign_in_required")
    .map((account) => alert("bad", text("The sign-in of {account} has ended.", { account: account.account }), el("a", { href: `/accounts?add=${encodeURIComponent(account.account)}` }, text("Sign in again"))));
}

/** @param {Account[]} accounts */
function allLimited(accounts) {
  const serving = accounts.filter((account) => !["sign_in_required", "consent_required", "paused"].includes(account.state));
  if (serving.length === 0 && accounts.some((account) => account.state === "paused")) return [alert("warn", text("Every account is paused, so nothing is answered."), el("a", { href: "/accounts" }, text("Accounts")))];
  if (serving.length === 0 || serving.some((account) => account.state === "active")) return [];
  const back = serving.map((account) => account.until).filter((until) => until !== null);
  const said = back.length > 0 ? text("Every account has reached its limit. The first is back at {time}.", { time: clock(Math.min(...back)) }) : text("Every account has reached its limit.");
  return [alert("warn", said)];
}

/**
 * @param {string} kind
 * @param {string} said
 * @param {HTMLElement} [action]
 */
function alert(kind, said, action) {
  return el("p", { class: `alert ${kind}`, role: "status" }, el("span", {}, said), action);
}
