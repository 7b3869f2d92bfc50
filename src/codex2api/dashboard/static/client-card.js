/**
 * One client: what to paste where, and what to know besides.
 */
import { el, text } from "./dom.js";
import { codeBlock } from "./code-block.js";
import "./copy.js";

/**
 * @typedef {Object} Client
 * @property {string} name
 * @property {string} title
 * @property {string} kind
 * @property {string} source
 * @property {boolean} writes
 * @property {string} base_url
 * @property {{label: string, language: string, text: string}[]} snippets
 * @property {string[]} notes
 */

/**
 * @param {Client} client
 * @param {string} placeholder What stands where a key belongs.
 * @param {string} key Empty for none.
 * @returns {Node[]}
 */
export function clientCard(client, placeholder, key) {
  const snippets = client.snippets.map(({ label, language, text: content }) => codeBlock(language, key ? content.replaceAll(placeholder, key) : content, label));
  const asks = key !== "" && !client.snippets.some((snippet) => snippet.text.includes(placeholder));
  const source = el("a", { href: client.source, target: "_blank", rel: "noopener noreferrer" }, text("Its own documentation"));
  const notes = client.notes.map((note) => el("li", {}, note));
  return [
    el("div", { class: "spread" }, el("h2", { id: "client-title" }, client.title), el("span", { class: "small" }, source)),
    el("div", { class: "stack" }, address(client.base_url), el("div", {}, ...snippets), ...(asks ? [codeBlock("text", key, text("The key that it asks for"))] : []), ...(client.writes ? [written(client.name)] : [])),
    ...(notes.length > 0 ? [el("ul", { class: "notes" }, ...notes)] : []),
  ];
}

/** @param {string} url */
function address(url) {
  return el("div", {}, el("p", { class: "hint" }, text("Base URL")), el("div", { class: "command" }, el("code", { class: "wrap" }, url), el("copy-button", { value: url, label: text("Copy the base URL") })));
}

/** @param {string} name */
function written(name) {
  const command = `codex2api connect ${name} --write`;
  return el("div", {}, el("p", { class: "hint" }, text("Or have its own file edited, with a backup, on the machine where it runs:")), el("div", { class: "command" }, el("code", { class: "wrap" }, command), el("copy-button", { value: command, label: text("Copy the command") })));
}
