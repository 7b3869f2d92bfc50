/**
 * A conversation with a model, to try it: streamed, with what it took. Nothing of it is kept.
 */
import { ask } from "./asking.js";
import { showCode } from "./as-code.js";
import { byId, el, emptyState, fill, text } from "./dom.js";
import { modelChoice } from "./model-choice.js";
import { pen } from "./pen.js";
import { ServerError, read } from "./server.js";
import { ready } from "./shell.js";
import { answerTurn, questionTurn } from "./turn.js";

/** @type {{role: "user" | "assistant", content: string}[]} */
let said = [];
/** @type {AbortController | null} */
let asking = null;

/** The request, as any program would send it. @param {string} question */
function request(question) {
  const effort = byId("effort").value;
  const system = byId("system").value.trim();
  const turns = question ? [...said, { role: "user", content: question }] : said;
  return {
    model: byId("model").value,
    ...(system && { instructions: system }),
    input: turns.length === 1 ? turns[0].content : turns,
    ...(effort && { reasoning: { effort, summary: "auto" } }),
    stream: true,
    store: false,
  };
}

async function send() {
  const question = byId("prompt").value.trim();
  if (question === "" || asking !== null) return;
  const body = request(question);
  if (said.length === 0) fill(byId("turns"));
  said.push({ role: "user", content: question });
  byId("prompt").value = "";
  const answer = answerTurn();
  byId("turns").append(questionTurn(question), answer.element);
  await hear(body, answer);
}

/**
 * @param {any} body
 * @param {import("./turn.js").Answer} answer
 */
async function hear(body, answer) {
  const mine = (asking = new AbortController());
  busy(true);
  const [words, thoughts] = [pen(following(answer.say)), pen(following(answer.think))];
  const finish = () => [thoughts, words].forEach((each) => each.flush());
  try {
    const told = await ask(body, mine.signal, { text: words.add, reasoning: thoughts.add });
    finish();
    answer.end(body, told, models.priceOf(body.model));
    fill(byId("said"), text("The answer is complete."));
  } catch (error) {
    finish();
    if (mine.signal.aborted) answer.stopped();
    else answer.failed(error instanceof Error ? error.message : String(error), needsAccount(error));
    fill(byId("said"), mine.signal.aborted ? text("Stopped.") : text("The answer failed."));
  }
  if (asking !== mine) return; // a new conversation has begun
  asking = null;
  const content = answer.content();
  if (content === "") byId("prompt").value ||= said.pop()?.content ?? "";
  else said.push({ role: "assistant", content });
  busy(false);
  scroll();
}

/** Do something, and stay at the end if that was in view. @param {(delta: string) => void} write */
function following(write) {
  return (/** @type {string} */ delta) => {
    const turns = byId("turns");
    const atEnd = turns.scrollHeight - turns.scrollTop - turns.clientHeight < 40;
    write(delta);
    if (atEnd) scroll();
  };
}

function scroll() {
  byId("turns").scrollTop = byId("turns").scrollHeight;
}

/** @param {unknown} error */
function needsAccount(error) {
  return error instanceof ServerError && ["no_account", "sign_in_required", "consent_required"].includes(error.code ?? "");
}

/** @param {boolean} is */
function busy(is) {
  byId("send").hidden = is;
  byId("stop").hidden = !is;
  byId("again").disabled = said.length === 0 && !is;
  if (is) scroll();
  else byId("prompt").focus();
}

function startAnew() {
  asking?.abort();
  asking = null;
  said = [];
  busy(false);
  showEmpty();
}

function showEmpty() {
  const ideas = [text("Explain tides in one sentence."), text("Write a haiku about rate limits.")];
  const buttons = ideas.map((idea) => el("button", { type: "button", onclick: () => take(idea) }, idea));
  fill(byId("turns"), emptyState(text("Ask a model something"), text("It is a request like any other: it uses your plan, and shows on the page Requests."), ...buttons));
}

/** @param {string} idea */
function take(idea) {
  byId("prompt").value = idea;
  send();
}

/** Without an account nothing answers; it says so before somebody writes. @param {any[]} accounts */
function showNobody(accounts) {
  if (accounts.length > 0) return;
  const start = el("a", { class: "button primary big", href: "/accounts?add" }, text("Sign in with ChatGPT"));
  fill(byId("turns"), emptyState(text("Nobody is signed in yet"), text("Sign in with your ChatGPT account; then a model can answer here."), start));
}

const models = modelChoice(byId("model"), byId("effort"), byId("price"));

async function start() {
  byId("composer").addEventListener("submit", (/** @type {Event} */ event) => {
    event.preventDefault();
    send();
  });
  byId("prompt").addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    send();
  });
  byId("stop").addEventListener("click", () => asking?.abort());
  byId("again").addEventListener("click", startAnew);
  byId("code").addEventListener("click", () => showCode(byId("as-code"), request(byId("prompt").value.trim() || (said.length === 0 ? text("Explain tides in one sentence.") : ""))));
  showEmpty();
  try {
    const [catalogue, { accounts }] = await Promise.all([read("/admin/api/models"), read("/admin/api/accounts")]);
    models.fill(catalogue.models, new URLSearchParams(location.search));
    showNobody(accounts);
  } catch (error) {
    byId("problem").textContent = error instanceof Error ? error.message : String(error);
    byId("problem").hidden = false;
  }
  ready();
}

start();
