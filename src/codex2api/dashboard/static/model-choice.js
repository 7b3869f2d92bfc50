/**
 * Two fields that go together: a model, and the efforts that it has.
 */
import { el, fill, text } from "./dom.js";
import { money } from "./format.js";

/** @typedef {import("./model-card.js").Model} Model */

/**
 * @param {HTMLSelectElement} model
 * @param {HTMLSelectElement} effort
 * @param {HTMLElement} price Where the price of the chosen model is told.
 */
export function modelChoice(model, effort, price) {
  /** @type {Map<string, Model>} */
  let known = new Map();

  function show() {
    const chosen = known.get(model.value);
    const usual = chosen?.default_reasoning_effort;
    const before = effort.value;
    const first = el("option", { value: "" }, usual ? text("Usual ({effort})", { effort: usual }) : text("Usual"));
    const efforts = chosen?.reasoning_efforts ?? [];
    fill(effort, first, ...efforts.map((each) => el("option", { value: each }, each)));
    effort.value = efforts.includes(before) ? before : "";
    effort.disabled = efforts.length === 0;
    const told = chosen?.price;
    price.textContent = told ? text("List price for a million tokens: {input} in, {cached} cached, {output} out.", { input: money(told.input), cached: money(told.cached_input), output: money(told.output) }) : text("No list price is known for this model.");
  }

  model.addEventListener("change", show);
  return {
    /**
     * Offer models; the address may have chosen one.
     * @param {Model[]} models
     * @param {URLSearchParams} wanted
     */
    fill(models, wanted) {
      known = new Map(models.map((each) => [each.id, each]));
      fill(model, ...models.map((each) => el("option", { value: each.id }, each.id)));
      if (known.has(wanted.get("model") ?? "")) model.value = wanted.get("model") ?? "";
      show();
      effort.value = wanted.get("effort") ?? "";
      if (effort.selectedIndex < 0) effort.value = "";
    },
    /** @param {string} id */
    priceOf(id) {
      return known.get(id)?.price ?? null;
    },
  };
}
