/**
 * A text to be pasted, with a button that copies it.
 */
import { el, text } from "./dom.js";
import "./copy.js";

/**
 * @param {string} language
 * @param {string} content
 * @param {string} [label] Where it goes.
 */
export function codeBlock(language, content, label) {
  const name = label ?? language;
  const scroll = el("pre", { tabIndex: 0, role: "group", "aria-label": name, data: { language } }, el("code", {}, content.trimEnd()));
  return el("figure", { class: "snippet" }, label && el("figcaption", { class: "small" }, label), el("div", { class: "code" }, scroll, el("copy-button", { value: content, label: text("Copy: {name}", { name }) })));
}
