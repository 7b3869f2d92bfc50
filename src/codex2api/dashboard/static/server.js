/**
 * What the page asks of the server, and how a refusal is told.
 */
import { text } from "./dom.js";

/** The server's own words about what went wrong, or ours where it did not answer. */
export class ServerError extends Error {
  /**
   * @param {string} message
   * @param {number} status 0 if there was no answer.
   * @param {{code?: string | null, param?: string | null}} [details]
   */
  constructor(message, status, details = {}) {
    super(message);
    this.status = status;
    this.code = details.code ?? null;
    this.param = details.param ?? null;
  }
}

/**
 * Read something.
 * @param {string} path
 * @returns {Promise<any>}
 */
export function read(path) {
  return ask(path, { method: "GET" });
}

/**
 * Change something.
 * @param {"POST" | "PATCH" | "PUT" | "DELETE"} method
 * @param {string} path
 * @param {any} [body]
 * @returns {Promise<any>}
 */
export function send(method, path, body) {
  if (body === undefined) return ask(path, { method });
  const headers = { "content-type": "application/json" };
  return ask(path, { method, headers, body: JSON.stringify(body) });
}

/**
 * Send the browser to the sign-in when the session is over.
 */
export function toSignIn() {
  const here = location.pathname + location.search;
  location.assign(`/sign-in?next=${encodeURIComponent(here)}`);
}

/**
 * The error that an answer tells.
 * @param {Response} response
 * @returns {Promise<ServerError>}
 */
export async function refusal(response) {
  try {
    const { error } = await response.json();
    return new ServerError(error.message, response.status, error);
  } catch {
    const message = text("The server answered with status {status}.", { status: response.status });
    return new ServerError(message, response.status);
  }
}

/**
 * @param {string} path
 * @param {RequestInit} options
 */
async function ask(path, options) {
  let response;
  try {
    response = await fetch(path, { ...options, credentials: "same-origin" });
  } catch {
    throw new ServerError(text("The server does not answer. Is it running?"), 0);
  }
  if (response.status === 401) toSignIn();
  if (!response.ok) throw await refusal(response);
  return response.status === 204 ? null : response.json();
}
