/**
 * `<spark-line>`: the course of one number, without axes. Set `.values`; `null` is a gap.
 */
import { fill, svg } from "./dom.js";

const WIDTH = 120;
const HEIGHT = 32;

class SparkLine extends HTMLElement {
  /** @param {(number | null)[]} values */
  set values(values) {
    const points = placed(values);
    if (points.length < 2 || points.every(([, y]) => y === HEIGHT - 2)) {
      fill(this);
      return;
    }
    const line = points.map(([x, y], index) => `${index ? "L" : "M"}${x} ${y}`).join("");
    const [first, last] = [points[0][0], points[points.length - 1][0]];
    const area = `${line}L${last} ${HEIGHT}L${first} ${HEIGHT}Z`;
    const box = { class: "spark", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", width: "100%", height: HEIGHT, "aria-hidden": "true" };
    fill(this, svg("svg", box, svg("path", { class: "spark-area", d: area }), svg("path", { class: "spark-line", d: line, "vector-effect": "non-scaling-stroke" })));
  }
}

/**
 * @param {(number | null)[]} values
 * @returns {[number, number][]}
 */
function placed(values) {
  const known = values.filter((value) => value !== null);
  const most = Math.max(...known, 0) || 1;
  const step = WIDTH / Math.max(1, values.length - 1);
  return values.flatMap((value, index) =>
    value === null ? [] : [/** @type {[number, number]} */ ([round(index * step), round(HEIGHT - 2 - (value / most) * (HEIGHT - 4))])],
  );
}

/** @param {number} value */
function round(value) {
  return Math.round(value * 10) / 10;
}

customElements.define("spark-line", SparkLine);
