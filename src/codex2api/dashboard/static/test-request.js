/**
 * A real request, to see whether a key and the server work.
 */
import { el, fill, text } from "./dom.js";
import { duration } from "./format.js";
import { refusal } from "./server.js";

/**
 * Send it, and tell what came of it.
 * @param {HTMLButtonElement} button
 * @param {HTMLElement} place
 * @param {string} model
 * @param {string} key Empty for the session of this page.
 */
export async function testRequest(button, place, model, key) {
  button.disabled = true;
  fill(place, el("p", { class: "muted" }, text("Asking …")));
  fill(place, ...(await outcome(model, key)));
  button.disabled = false;
}

/**
 * @param {string} model
 * @param {string} key
 * @returns {Promise<(Node | false)[]>}
 */
async function outcome(model, key) {
  const began = performance.now();
  try {
    const response = await fetch("/v1/chat/completions", options(model, key));
    if (!response.ok) return failed((await refusal(response)).message);
    const answer = await response.json();
    const said = text("{model} answered in {time}.", { model: answer.model, time: duration(performance.now() - began) });
    return [el("p", { class: "alert good" }, text("It works."), " ", said), el("p", { class: "quote" }, answer.choices[0].message.content)];
  } catch {
    return failed(text("The server does not answer. Is it running?"));
  }
}

/** @param {string} message */
function failed(message) {
  return [el("p", { class: "alert bad" }, message)];
}

/**
 * With a key nothing else may open the door: the session stays at home.
 * @param {string} model
 * @param {string} key
 * @returns {RequestInit}
 */
function options(model, key) {
  const messages = [{ role: "user", content: "Say hello in five words." }];
  return {
    method: "POST",
    credentials: key ? "omit" : "same-origin",
    headers: { "content-type": "application/json", ...(key && { authorization: `Bearer ${key}` }) },
    body: JSON.stringify({ model, messages }),
  };
}
