/**
 * What is told before the first sign-in: what is used, whose account, and what OpenAI documents.
 */
import { el, text } from "./dom.js";
import { read, send } from "./server.js";

/**
 * @typedef {Object} Notice
 * @property {string | null} chosen
 * @property {string} introduction
 * @property {{kind: string, title: string, text: string}[]} choices
 * @property {string} later
 */

/** @returns {Promise<Notice>} */
export function readNotice() {
  return read("/admin/api/notice");
}

/**
 * The screen's content; a choice is remembered, and asked no more.
 * @param {Notice} notice
 * @param {(kind: string) => void} go On with it.
 * @param {(error: unknown) => void} tell It could not be remembered.
 */
export function noticeContent(notice, go, tell) {
  const choose = async (/** @type {string} */ kind) => {
    try {
      await send("POST", "/admin/api/notice", { kind });
      go(kind);
    } catch (error) {
      tell(error);
    }
  };
  const ways = notice.choices.map(({ kind, title, text: said }) =>
    el("button", { type: "button", class: "way", data: { kind }, onclick: () => choose(kind) }, el("strong", {}, title, kind === notice.chosen && el("span", { class: "muted" }, ` (${text("used now")})`)), el("span", { class: "hint" }, said)),
  );
  return el("div", { class: "stack notice" }, el("p", {}, notice.introduction), el("div", { class: "ways" }, ...ways), el("p", { class: "hint" }, ...spoken(notice.later)));
}

/**
 * Which of OpenAI's sign-ins is used, and a way to the other.
 * @param {Notice} notice
 * @param {string} kind
 * @param {(notice: Notice) => void} explain Shows the screen.
 */
export function usedSignIn(notice, kind, explain) {
  const title = notice.choices.find((choice) => choice.kind === kind)?.title ?? kind;
  const change = el("button", { type: "button", class: "quiet small", onclick: () => explain({ ...notice, chosen: kind }) }, text("Choose another"));
  return el("p", { class: "row small muted" }, el("span", {}, text("Used: {title}.", { title })), change);
}

/** Commands stand between backticks. @param {string} said */
function spoken(said) {
  return said.split("`").map((part, index) => (index % 2 === 1 ? el("code", {}, part) : part));
}
