/**
 * What the doctor finds: when somebody asks, and not by itself, for it asks ChatGPT.
 */
import { el, fill, text } from "./dom.js";
import { send } from "./server.js";
import "./copy.js";

/** How each verdict is shown: a sign and words, not a colour alone. */
const VERDICTS = {
  ok: { kind: "good", sign: "✓", said: () => text("well") },
  warning: { kind: "warn", sign: "!", said: () => text("warning") },
  problem: { kind: "bad", sign: "✗", said: () => text("problem") },
};

const ORDER = ["problem", "warning", "ok"];

/** @typedef {{check: string, verdict: "ok" | "warning" | "problem", found: string, remedy: string | null, account: string | null}} Finding */

/**
 * Run all checks, and show what they found.
 * @param {HTMLButtonElement} button
 * @param {HTMLElement} place
 */
export async function runChecks(button, place) {
  button.disabled = true;
  fill(place, el("p", { class: "muted" }, text("Examining … this takes some seconds.")));
  try {
    const { findings } = await send("POST", "/admin/api/server/doctor");
    const worstFirst = ORDER.flatMap((verdict) => findings.filter((/** @type {Finding} */ finding) => finding.verdict === verdict));
    fill(place, el("p", { class: "doctor-sum" }, sum(findings)), el("ul", { class: "findings" }, ...worstFirst.map(row)));
  } catch (error) {
    fill(place, el("p", { class: "alert bad" }, error instanceof Error ? error.message : String(error)));
  }
  button.disabled = false;
}

/** @param {Finding[]} findings */
function sum(findings) {
  const count = (/** @type {string} */ verdict) => findings.filter((finding) => finding.verdict === verdict).length;
  const [problems, warnings] = [count("problem"), count("warning")];
  if (problems + warnings === 0) return text("Everything is well.");
  return text("Problems: {problems}, warnings: {warnings}", { problems, warnings });
}

/** @param {Finding} finding */
function row(finding) {
  const { kind, sign, said } = VERDICTS[finding.verdict];
  const mark = el("span", { class: `pill ${kind}` }, el("span", { "aria-hidden": "true" }, sign), el("span", {}, said()));
  return el("li", { data: { check: finding.check } }, mark, el("div", {}, el("p", {}, finding.found), remedy(finding.remedy)));
}

/** A command to type, or a sentence. @param {string | null} said */
function remedy(said) {
  if (said === null) return null;
  if (!said.startsWith("codex2api ")) return el("p", { class: "hint" }, said);
  return el("p", { class: "row hint" }, el("code", {}, said), el("copy-button", { value: said, label: text("Copy: {name}", { name: said }) }));
}
