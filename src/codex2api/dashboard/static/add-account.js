/**
 * The dialog that adds an account: in this browser, with a code on another device, from a file.
 *
 * Each way ends in the same place: the account is there, and the page has not been loaded again.
 */
import { byId, el, fill, text } from "./dom.js";
import { countdown } from "./format.js";
import { noticeContent, readNotice, usedSignIn } from "./notice.js";
import { ServerError, read, send } from "./server.js";
import { attempt } from "./toast.js";
import "./copy.js";

const EVERY = 1500;

/** @type {{over: boolean, dialog: any, label: string, done: () => void, notice: import("./notice.js").Notice | null, kind: string}} */
let adding = { over: true, dialog: null, label: "", done: () => {}, notice: null, kind: "codex" };

/**
 * Open the dialog.
 * @param {string} label What the account is to be called.
 * @param {() => void} done Called when there is a new account.
 * @param {string} [kind] Of the account of that label, if there is one: it signs in as before.
 */
export async function addAccount(label, done, kind) {
  const dialog = byId("adding");
  adding = { over: false, dialog, label, done, notice: null, kind: "codex" };
  const mine = adding;
  dialog.onclose = () => {
    mine.over = true;
  };
  mine.notice = (await attempt(readNotice)) ?? null;
  if (mine.notice === null || mine.over) return;
  if (!dialog.open) dialog.showModal();
  const usual = kind ?? mine.notice.chosen;
  if (usual === null) explain(mine.notice);
  else choose(usual);
}

/** What is used, and whose: asked once, and whenever somebody wants to choose anew. @param {import("./notice.js").Notice} notice */
function explain(notice) {
  const problem = el("p", { class: "alert bad", role: "alert", hidden: true });
  const tell = (/** @type {unknown} */ error) => {
    problem.textContent = error instanceof Error ? error.message : String(error);
    problem.hidden = false;
  };
  show(text("Before you sign in"), noticeContent(notice, choose, tell), problem);
}

/** @param {string} title @param {...(Node | false)} content */
function show(title, ...content) {
  const close = el("button", { class: "quiet small", type: "button", onclick: () => adding.dialog.close() }, text("Close"));
  fill(adding.dialog, el("div", { class: "spread" }, el("h2", { id: "adding-title", tabIndex: -1 }, title), close), ...content);
  byId("adding-title").focus(); // a reader hears what is asked now
}

/** @param {string} [kind] Of OpenAI's sign-ins. */
function choose(kind = adding.kind) {
  adding.kind = kind;
  const label = el("input", { id: "label", value: adding.label, pattern: "[A-Za-z0-9][A-Za-z0-9_\\-]{0,63}", required: true, autocomplete: "off", spellcheck: false });
  const replace = el("input", { type: "checkbox", id: "replace" });
  const problem = el("p", { class: "alert bad", role: "alert", hidden: true });
  const ways = [way(text("In this browser"), text("The usual way. ChatGPT's own page opens, and comes back by itself if the browser runs on the server's machine."), browser)];
  if (kind === "codex") {
    ways.push(
      way(text("With a code"), text("For a server elsewhere: type a short code on any device."), device),
      way(text("From a file"), text("auth.json of Codex or ChatMock, or a tokens.json."), file),
    );
  }
  /** @param {string} title @param {string} hint @param {(wish: any) => Promise<void>} go */
  function way(title, hint, go) {
    const start = async () => {
      if (!label.reportValidity()) return;
      adding.label = label.value;
      problem.hidden = true;
      try {
        await go({ account: label.value, replace: replace.checked });
      } catch (error) {
        problem.textContent = error instanceof Error ? error.message : String(error);
        problem.hidden = false;
      }
    };
    return el("button", { type: "button", class: "way", onclick: start }, el("strong", {}, title), el("span", { class: "hint" }, hint));
  }
  show(
    text("Add a ChatGPT account"),
    el("div", { class: "fields" }, el("div", { class: "field" }, el("label", { htmlFor: "label" }, text("Name of the account here")), label, el("p", { class: "hint" }, text("Letters, digits, - and _. Requests can name it in a header."))), problem, el("div", { class: "ways" }, ...ways), el("label", { class: "row small" }, replace, text("Replace another account of that name")), adding.notice && usedSignIn(adding.notice, kind, explain)),
  );
}

/** @param {any} wish */
async function browser(wish) {
  const started = await send("POST", "/auth/login", { ...wish, open_browser: false, official: adding.kind === "official" });
  const link = el("a", { class: "button primary big", href: started.authorization_url, target: "_blank", rel: "noopener noreferrer" }, text("Open ChatGPT's sign-in page"));
  const address = el("input", { id: "address", autocomplete: "off", spellcheck: false, placeholder: `${started.redirect_uri}?code=…` });
  const problem = el("p", { class: "alert bad", role: "alert", hidden: true });
  const paste = el("form", { class: "fields", onsubmit: (/** @type {Event} */ event) => pasted(event, address.value, problem) }, el("label", { htmlFor: "address" }, text("The address of the page that did not load")), address, problem, el("button", { type: "submit" }, text("Finish")));
  show(
    text("Sign in with ChatGPT"),
    el("div", { class: "stack" }, el("div", { class: "centred" }, link), waiting(started.expires_in), el("div", { class: "command" }, el("code", { class: "ellipsis" }, started.authorization_url), el("copy-button", { value: started.authorization_url, label: text("Copy the link") })), el("details", {}, el("summary", {}, text("The page after the sign-in does not load?")), el("p", { class: "hint" }, text("That is expected when the browser runs on another machine than the server. Copy the whole address of that page and paste it here.")), paste)),
  );
  await awaited(`/auth/login/${encodeURIComponent(started.state)}`);
}

/** @param {Event} event @param {string} url @param {HTMLElement} problem */
async function pasted(event, url, problem) {
  event.preventDefault();
  problem.hidden = true;
  try {
    signedIn(await send("POST", "/auth/callback", { url }));
  } catch (error) {
    problem.textContent = error instanceof Error ? error.message : String(error);
    problem.hidden = false;
  }
}

/** @param {any} wish */
async function device(wish) {
  const started = await send("POST", "/auth/device", wish);
  const link = el("a", { href: started.verification_url, target: "_blank", rel: "noopener noreferrer" }, started.verification_url);
  show(
    text("Sign in with a code"),
    el("div", { class: "stack" }, el("p", {}, text("1. Open"), " ", link), el("p", {}, text("2. Enter this code:")), el("div", { class: "centred row" }, el("span", { class: "user-code" }, started.user_code), el("copy-button", { value: started.user_code, label: text("Copy the code") })), waiting(started.expires_in)),
  );
  await awaited(`/auth/device/${encodeURIComponent(started.id)}`);
}

/** @param {any} wish */
async function file(wish) {
  const chosen = el("input", { type: "file", id: "file", accept: ".json,application/json" });
  const problem = el("p", { class: "alert bad", role: "alert", hidden: true });
  chosen.addEventListener("change", async () => {
    problem.hidden = true;
    try {
      const content = (await chosen.files?.[0]?.text()) ?? "";
      const done = await send("POST", "/admin/api/accounts/import", { ...wish, content });
      signedIn(done, done.shared);
    } catch (error) {
      problem.textContent = error instanceof Error ? error.message : String(error);
      problem.hidden = false;
    }
  });
  show(text("Import a sign-in"), el("div", { class: "fields" }, el("label", { htmlFor: "file" }, text("The file")), chosen, el("p", { class: "hint" }, text("Codex keeps it in ~/.codex/auth.json. It goes to this server and nowhere else.")), problem));
}

/** What is shown while somebody signs in. @param {number} seconds */
function waiting(seconds) {
  const ends = Date.now() + seconds * 1000;
  const left = el("span", { class: "mono" }, countdown(seconds));
  const mine = adding;
  const timer = window.setInterval(() => {
    if (mine.over || Date.now() > ends) clearInterval(timer);
    left.textContent = countdown((ends - Date.now()) / 1000);
  }, 1000);
  return el("p", { class: "muted centred" }, text("Waiting for you …"), " ", left);
}

/** Wait for the end of a sign-in. @param {string} path */
async function awaited(path) {
  const mine = adding;
  while (!mine.over) {
    await new Promise((resume) => window.setTimeout(resume, EVERY));
    if (mine.over) return;
    let progress;
    try {
      progress = await read(path);
    } catch (error) {
      if (error instanceof ServerError && error.status !== 0) throw error;
      continue; // the server is away for a moment
    }
    if (mine.over) return;
    if (progress.status === "signed_in") signedIn(progress);
    if (progress.status === "failed") failed(progress.message);
    if (progress.status !== "pending") return;
  }
}

/** @param {{account: string, plan?: string | null}} account @param {boolean} [shared] */
function signedIn(account, shared = false) {
  if (adding.over) return;
  adding.over = true;
  const plan = account.plan ? ` (${account.plan})` : "";
  const warning = shared && el("p", { class: "alert warn" }, text("The program that keeps this file and this server now share one refresh token, which works once. Whichever refreshes first logs the other out."));
  const close = el("button", { class: "primary", type: "button", onclick: () => adding.dialog.close() }, text("Done"));
  show(text("Signed in"), el("div", { class: "stack" }, el("p", { class: "alert good", role: "status" }, text("{account} is ready.", { account: `${account.account}${plan}` })), warning, el("div", { class: "dialog-foot" }, close)));
  close.focus();
  adding.done();
}

/** @param {string} message */
function failed(message) {
  const again = el("button", { type: "button", class: "primary", onclick: () => choose() }, text("Try again"));
  show(text("The sign-in failed"), el("div", { class: "stack" }, el("p", { class: "alert bad", role: "alert" }, message), el("div", { class: "dialog-foot" }, again)));
}
