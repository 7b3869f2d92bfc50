/**
 * What was asked, and what was answered: always as text, whatever a model writes.
 */
import { el, fill, text } from "./dom.js";
import { count, duration, money } from "./format.js";
import "./copy.js";

const LONG_INPUT = 272_000;

/** @typedef {ReturnType<typeof answerTurn>} Answer */

/** @param {string} question */
export function questionTurn(question) {
  return el("div", { class: "turn question" }, el("h2", { class: "visually-hidden" }, text("You")), el("div", { class: "turn-text" }, question));
}

/** An answer that is yet to come. */
export function answerTurn() {
  const thoughts = document.createTextNode("");
  const words = document.createTextNode("");
  const thinking = el("details", { class: "thoughts", hidden: true }, el("summary", {}, text("Reasoning")), el("div", { class: "turn-text" }, thoughts));
  const body = el("div", { class: "turn-text" }, words);
  const foot = el("div", { class: "turn-foot" }, el("span", { class: "muted" }, text("Waiting …")));
  const element = el("div", { class: "turn answer" }, el("h2", { class: "visually-hidden" }, text("The model")), thinking, body, foot);
  return {
    element,
    content: () => words.data,
    /** @param {string} delta */
    say(delta) {
      if (words.data === "") fill(foot);
      words.appendData(delta);
    },
    /** @param {string} delta */
    think(delta) {
      if (thinking.hidden) {
        thinking.hidden = false;
        fill(foot, el("span", { class: "muted" }, text("Thinking …")));
      }
      thoughts.appendData(delta);
    },
    /**
     * @param {any} request
     * @param {import("./asking.js").Told} told
     * @param {import("./model-card.js").Model["price"]} price
     */
    end(request, told, price) {
      fill(foot, el("copy-button", { value: words.data, label: text("Copy the answer") }), ...facts(request, told, price).map((fact) => el("span", {}, fact)));
    },
    stopped() {
      fill(foot, el("span", { class: "pill warn" }, text("stopped")));
    },
    /** @param {string} message @param {boolean} needsAccount */
    failed(message, needsAccount) {
      const remedy = needsAccount && el("a", { href: "/accounts" }, text("See your accounts"));
      fill(foot, el("p", { class: "alert bad", role: "alert" }, el("span", {}, message), remedy));
    },
  };
}

/**
 * @param {any} request
 * @param {import("./asking.js").Told} told
 * @param {import("./model-card.js").Model["price"]} price
 */
function facts(request, told, price) {
  const { usage, firstMs, totalMs } = told;
  const effort = request.reasoning ? ` ${request.reasoning.effort}` : "";
  const found = [`${request.model}${effort}`, text("first token {time}", { time: duration(firstMs) })];
  if (usage === null) return found;
  const cached = usage.input_tokens_details?.cached_tokens ?? 0;
  const seconds = (totalMs - (firstMs ?? 0)) / 1000;
  if (seconds > 0) found.push(text("{n} tokens/s", { n: count(usage.output_tokens / seconds) }));
  found.push(text("{in} in ({cached} cached), {out} out", { in: count(usage.input_tokens), cached: count(cached), out: count(usage.output_tokens) }));
  const dollars = cost(usage, cached, price);
  if (dollars !== null) found.push(text("{price} at list price", { price: money(dollars) }));
  return found;
}

/**
 * Very long input has another price, which is not told here.
 * @param {any} usage
 * @param {number} cached
 * @param {import("./model-card.js").Model["price"]} price
 */
function cost(usage, cached, price) {
  if (price === null || usage.input_tokens > LONG_INPUT) return null;
  const { input, cached_input: again, output } = price;
  return ((usage.input_tokens - cached) * input + cached * again + usage.output_tokens * output) / 1e6;
}
