/**
 * A number that matters, with a note and its course.
 */
import { el } from "./dom.js";
import "./spark.js";

/**
 * @param {string} name
 * @param {string} value
 * @param {string} note
 * @param {(number | null)[]} values
 */
export function tile(name, value, note, values) {
  const spark = Object.assign(document.createElement("spark-line"), { values });
  return el("div", { class: "card tile" }, el("div", { class: "tile-name" }, name), el("div", { class: "tile-value" }, value), el("div", { class: "tile-note" }, note), spark);
}
