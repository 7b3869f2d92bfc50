/**
 * Lines of a chart: each with gaps where nothing is known, and a dot where a point stands alone.
 */
import { svg } from "./dom.js";

/** @typedef {{name: string, values: (number | null)[], tone?: number}} Line */

/**
 * @param {Line[]} series
 * @param {(series: Line, index: number) => string} classOf Of the colour.
 * @param {(column: number) => number} across Where a column is.
 * @param {(value: number) => number} level Where a value is.
 * @returns {SVGElement[]}
 */
export function chartLines(series, classOf, across, level) {
  return series.map((each, index) => {
    const parts = stretches(each.values).map((stretch) => drawn(stretch, across, level));
    return svg("g", { class: `line-${classOf(each, index)}` }, ...parts);
  });
}

/**
 * Points that follow each other.
 * @param {(number | null)[]} values
 * @returns {[number, number][][]}
 */
function stretches(values) {
  /** @type {[number, number][][]} */
  const found = [[]];
  values.forEach((value, column) => {
    if (value === null) found.push([]);
    else found[found.length - 1].push([column, value]);
  });
  return found.filter((stretch) => stretch.length > 0);
}

/**
 * @param {[number, number][]} stretch
 * @param {(column: number) => number} across
 * @param {(value: number) => number} level
 */
function drawn(stretch, across, level) {
  const points = stretch.map(([column, value]) => [round(across(column)), round(level(value))]);
  if (points.length === 1) return svg("circle", { cx: points[0][0], cy: points[0][1], r: 2.5 });
  return svg("path", { d: points.map(([x, y], index) => `${index ? "L" : "M"}${x} ${y}`).join("") });
}

/** @param {number} value */
function round(value) {
  return Math.round(value * 10) / 10;
}
