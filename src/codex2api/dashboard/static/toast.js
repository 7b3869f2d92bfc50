/**
 * Short news at the edge of the page, which screen readers hear.
 */
import { byId, el } from "./dom.js";

const SECONDS = 6;

/**
 * Tell something.
 * @param {string} message
 * @param {"good" | "bad"} [kind]
 */
export function toast(message, kind = "good") {
  const note = el("p", { class: `toast ${kind}` }, message);
  byId("toasts").append(note);
  window.setTimeout(() => note.remove(), SECONDS * 1000);
}

/**
 * Do something, and tell why it failed if it did.
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T | undefined>}
 */
export async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    toast(error instanceof Error ? error.message : String(error), "bad");
    return undefined;
  }
}
