/**
 * The sign-in page: changes the owner's key into a session.
 */
import { byId, text } from "./dom.js";
import { refusal } from "./server.js";
import "./copy.js";

const form = byId("form");

/** @param {SubmitEvent} event */
async function signIn(event) {
  event.preventDefault();
  const refused = byId("refused");
  refused.hidden = true;
  try {
    await beginSession(byId("key").value.trim());
    location.assign(form.dataset.next);
  } catch (error) {
    refused.textContent = error instanceof Error ? error.message : String(error);
    refused.hidden = false;
    byId("key").select();
  }
}

/** @param {string} key */
async function beginSession(key) {
  let response;
  try {
    response = await fetch("/admin/api/session", { method: "POST", headers: { authorization: `Bearer ${key}` } });
  } catch {
    throw new Error(text("The server does not answer, or the key has signs that no key has."));
  }
  if (!response.ok) throw await refusal(response);
}

/** A strict cookie is not sent along when another site's link led here; a look from here has it. */
async function comeIn() {
  const response = await fetch("/sign-in", { redirect: "manual" });
  if (response.type === "opaqueredirect") location.assign(form.dataset.next);
}

form.addEventListener("submit", signIn);
comeIn();
