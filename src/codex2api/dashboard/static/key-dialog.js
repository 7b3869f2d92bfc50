/**
 * The dialog that creates a key, and shows it this once.
 */
import { byId, el, fill, text } from "./dom.js";
import { ServerError, send } from "./server.js";
import "./copy.js";

/** Fields besides the name: of the wish, what is said about them, and an example. */
const LIMITS = [
  { id: "models", label: () => text("Allowed models"), hint: () => text("With commas between them, * for any ending; empty for all."), example: "gpt-5.5, gpt-5.2*" },
  { id: "requests", label: () => text("Requests"), hint: () => text("So many in each stretch of time."), example: "100/1h" },
  { id: "tokens", label: () => text("Tokens"), hint: () => text("Input and output together."), example: "1M/1d" },
  { id: "weekly_share", label: () => text("Share of the plan's week"), hint: () => text("In percent."), example: "20%" },
  { id: "concurrency", label: () => text("Requests at once"), hint: () => "", example: "4" },
  { id: "account", label: () => text("Account"), hint: () => text("The only one that serves it."), example: "work" },
  { id: "expires", label: () => text("Expires"), hint: () => text("A stretch of time or a date."), example: "30d" },
];

/**
 * Open the dialog.
 * @param {(created: {name: string, key: string}) => void} done Called when there is a new key.
 */
export function createKey(done) {
  const dialog = byId("creating");
  const problem = el("p", { class: "alert bad", role: "alert", id: "key-problem", hidden: true });
  const name = el("input", { id: "key-name", required: true, maxLength: 64, pattern: "[A-Za-z0-9][A-Za-z0-9._\\-]*", autocomplete: "off", spellcheck: false, placeholder: "laptop" });
  const form = el("form", { class: "fields", method: "dialog" });
  form.addEventListener("submit", async (/** @type {Event} */ event) => {
    event.preventDefault();
    problem.hidden = true;
    try {
      const created = await send("POST", "/admin/api/keys", wish(form, name.value));
      show(dialog, created);
      done(created);
    } catch (error) {
      refuse(form, problem, error);
    }
  });
  fill(
    form,
    el("div", { class: "field" }, el("label", { htmlFor: "key-name" }, text("Name")), name, el("p", { class: "hint" }, text("Of the program or the machine: letters, digits, dots, dashes."))),
    el("details", {}, el("summary", {}, text("Limits")), el("div", { class: "pair" }, ...LIMITS.map(field))),
    problem,
    el("div", { class: "dialog-foot" }, el("button", { type: "button", onclick: () => dialog.close() }, text("Cancel")), el("button", { class: "primary", type: "submit" }, text("Create key"))),
  );
  fill(dialog, el("h2", { id: "creating-title" }, text("Create a key")), form);
  if (!dialog.open) dialog.showModal();
  name.focus();
}

/** @param {(typeof LIMITS)[number]} limit */
function field(limit) {
  const input = el("input", { id: `key-${limit.id}`, name: limit.id, autocomplete: "off", spellcheck: false, placeholder: limit.example });
  return el("div", { class: "field" }, el("label", { htmlFor: input.id }, limit.label()), input, el("p", { class: "hint" }, limit.hint()));
}

/**
 * @param {HTMLFormElement} form
 * @param {string} name
 */
function wish(form, name) {
  const wanted = /** @type {Record<string, string | number>} */ ({ name });
  for (const { id } of LIMITS) {
    const value = /** @type {any} */ (form.elements.namedItem(id)).value.trim();
    if (value) wanted[id] = id === "concurrency" && /^\d+$/.test(value) ? Number(value) : value;
  }
  return wanted;
}

/**
 * Say what is wrong, beside the field that it is about.
 * @param {HTMLFormElement} form
 * @param {HTMLElement} problem
 * @param {unknown} error
 */
function refuse(form, problem, error) {
  problem.textContent = error instanceof Error ? error.message : String(error);
  problem.hidden = false;
  const wrong = error instanceof ServerError && error.param !== null ? form.querySelector(`#key-${CSS.escape(error.param)}`) : null;
  if (!(wrong instanceof HTMLInputElement)) return;
  const details = wrong.closest("details");
  if (details) details.open = true;
  wrong.focus();
}

/**
 * @param {HTMLDialogElement} dialog
 * @param {{name: string, key: string}} created
 */
function show(dialog, created) {
  const close = el("button", { class: "primary", type: "button", onclick: () => dialog.close() }, text("Done"));
  const copy = el("copy-button", { value: created.key, label: text("Copy the key") });
  const connects = location.pathname === "/connect"; // there it is filled in already
  const connect = !connects && el("a", { class: "button", href: "/connect" }, text("Connect a program"));
  const next = connects ? text("It is filled in on this page, until you leave it.") : text("The page Connect shows where to put it.");
  fill(
    dialog,
    el("h2", { id: "creating-title" }, text("Key created: {name}", { name: created.name })),
    el("div", { class: "stack" }, el("p", { class: "alert warn", role: "status" }, text("It is shown this once: copy it now.")), el("div", { class: "command" }, el("code", { class: "secret", tabIndex: 0 }, created.key), copy), el("p", { class: "hint" }, next)),
    el("div", { class: "dialog-foot" }, connect, close),
  );
  dialog.addEventListener("close", () => fill(dialog), { once: true });
  /** @type {HTMLElement} */ (copy.querySelector("button")).focus();
}
