/**
 * One question to a model, answered bit by bit.
 */
import { text } from "./dom.js";
import { ServerError, refusal, toSignIn } from "./server.js";
import { events } from "./sse.js";

/**
 * @typedef {Object} Heard
 * @property {(delta: string) => void} text
 * @property {(delta: string) => void} reasoning
 */

/**
 * @typedef {Object} Told What is known of an answer when it is over.
 * @property {any} usage Tokens; null if they were not told.
 * @property {number | null} firstMs Until the first part, reasoning included.
 * @property {number} totalMs
 */

/**
 * Ask, and hear the answer.
 * @param {any} body Of `POST /v1/responses`.
 * @param {AbortSignal} signal Ends it.
 * @param {Heard} heard
 * @returns {Promise<Told>}
 * @throws {ServerError} It was refused, or broke off.
 */
export async function ask(body, signal, heard) {
  const began = performance.now();
  const response = await posted(body, signal);
  /** @type {Told} */
  const told = { usage: null, firstMs: null, totalMs: 0 };
  let over = false;
  for await (const event of events(response)) {
    const hear = { "response.output_text.delta": heard.text, "response.refusal.delta": heard.text, "response.reasoning_summary_text.delta": heard.reasoning }[/** @type {string} */ (event.type)];
    if (hear) {
      told.firstMs ??= performance.now() - began;
      hear(event.delta);
    }
    over = over || isOver(event, told);
  }
  if (!over) throw new ServerError(text("The answer broke off."), 0);
  told.totalMs = performance.now() - began;
  return told;
}

/**
 * @param {any} event
 * @param {Told} told
 */
function isOver(event, told) {
  if (event.type === "error") throw new ServerError(event.message ?? event.error?.message, 200, event);
  if (event.type === "response.failed") throw new ServerError(event.response.error.message, 200, event.response.error);
  if (event.type !== "response.completed" && event.type !== "response.incomplete") return false;
  told.usage = event.response.usage ?? null;
  return true;
}

/**
 * @param {any} body
 * @param {AbortSignal} signal
 */
async function posted(body, signal) {
  let response;
  try {
    response = await fetch("/v1/responses", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body), signal });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new ServerError(text("The server does not answer. Is it running?"), 0);
  }
  if (response.ok) return response;
  const refused = await refusal(response);
  if (refused.code === "invalid_api_key") toSignIn();
  throw refused;
}
