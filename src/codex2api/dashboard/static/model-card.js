/**
 * One model: what it can do, by which names it is asked, and what it would cost elsewhere.
 */
import { el, text } from "./dom.js";
import { compact, count, money } from "./format.js";
import "./copy.js";

/**
 * @typedef {Object} Model
 * @property {string} id
 * @property {string | null} name
 * @property {string | null} description
 * @property {string[]} aliases
 * @property {number | null} context_window
 * @property {number | null} max_context_window
 * @property {number | null} max_output_tokens
 * @property {string[]} reasoning_efforts
 * @property {string | null} default_reasoning_effort
 * @property {string[]} input_modalities
 * @property {string[]} service_tiers
 * @property {boolean} hidden
 * @property {{input: number, cached_input: number, output: number} | null} price Of a million tokens.
 */

/** @param {Model} model */
export function modelCard(model) {
  const facts = [
    [text("Context"), context(model)],
    [text("Output"), model.max_output_tokens && tokens(model.max_output_tokens)],
    [text("Takes"), model.input_modalities.join(", ")],
    [text("Reasoning"), efforts(model)],
    [text("Service tiers"), model.service_tiers.join(", ")],
    [text("List price"), price(model)],
  ].filter(([, value]) => value);
  const about = model.description ?? model.name;
  return el(
    "section",
    { class: "card model", data: { model: model.id } },
    el("div", { class: "account-head" }, el("h2", { class: "mono wrap" }, model.id), el("copy-button", { value: model.id, label: text("Copy the name {name}", { name: model.id }) }), model.hidden && el("span", { class: "pill", title: text("It can be asked, and is not in the list that clients get.") }, text("hidden"))),
    about && el("p", { class: "account-more wrap" }, about),
    el("dl", { class: "facts" }, ...facts.flatMap(([name, value]) => [el("dt", {}, /** @type {string} */ (name)), el("dd", {}, /** @type {any} */ (value))])),
    foot(model),
  );
}

/** @param {Model} model */
function context(model) {
  const { context_window: window, max_context_window: most } = model;
  if (window === null) return null;
  return most !== null && most > window ? text("{n} tokens, {most} at most", { n: compact(window), most: compact(most) }) : tokens(window);
}

/** @param {number} value */
function tokens(value) {
  return el("span", { title: count(value) }, text("{n} tokens", { n: compact(value) }));
}

/** @param {Model} model */
function efforts(model) {
  if (model.reasoning_efforts.length === 0) return null;
  const pills = model.reasoning_efforts.map((effort) => el("span", { class: `pill ${effort === model.default_reasoning_effort ? "accent" : ""}`, title: effort === model.default_reasoning_effort ? text("unless another is asked for") : "" }, effort));
  return el("span", { class: "pills" }, ...pills);
}

/** @param {Model} model */
function price(model) {
  if (model.price === null) return el("span", { class: "muted" }, text("none is known"));
  const { input, cached_input: cached, output } = model.price;
  return text("{input} in, {cached} cached, {output} out", { input: money(input), cached: money(cached), output: money(output) });
}

/** @param {Model} model */
function foot(model) {
  const names = model.aliases.length > 0 && el("details", { class: "small" }, el("summary", {}, text("Names with an effort")), el("ul", { class: "names" }, ...model.aliases.map((alias) => el("li", {}, el("code", {}, alias)))));
  const attempt = el("a", { class: "button", href: `/playground?${new URLSearchParams({ model: model.id })}`, "aria-label": text("Try {name}", { name: model.id }) }, text("Try it"));
  return el("div", { class: "model-foot" }, names || el("span"), attempt);
}
