/**
 * `<bar-chart>`: stacked bars over time as SVG, with a legend and the same as a table below.
 *
 * Set `.data` to a ChartData. Colours are the classes `series-1` to `series-5` of the style sheet.
 */
import { el, fill, svg, text } from "./dom.js";

/**
 * @typedef {Object} ChartData
 * @property {string} label What the chart shows, for those who do not see it.
 * @property {{name: string, values: number[]}[]} series From the bottom to the top.
 * @property {string[]} columns Names of the columns, long: for the table and the hint.
 * @property {string[]} [ticks] Short names below some columns; empty ones are not drawn.
 * @property {(value: number) => string} form How a number is written.
 */

const HEIGHT = 160;
const FOOT = 20;
const SIDE = 44;
const LINES = 3;

class BarChart extends HTMLElement {
  drawn = 0;
  /** @type {ChartData | undefined} */
  drawnData = undefined;

  /** @param {ChartData} data */
  set data(data) {
    this.chart = data;
    this.draw();
  }

  connectedCallback() {
    this.watch = new ResizeObserver(() => this.draw());
    this.watch.observe(this);
  }

  disconnectedCallback() {
    this.watch?.disconnect();
  }

  draw() {
    const [data, width] = [this.chart, Math.floor(this.clientWidth)];
    if (data === undefined || width === 0 || (width === this.drawn && data === this.drawnData)) return;
    const open = this.querySelector("details")?.open ?? false;
    [this.drawn, this.drawnData] = [width, data];
    fill(this, legend(data), picture(data, width), table(data, open));
  }
}

/** @param {ChartData} data */
function legend(data) {
  const names = data.series.map(({ name }, index) => el("li", {}, el("span", { class: `dot series-${index + 1}` }), name));
  return data.series.length > 1 && el("ul", { class: "legend" }, ...names);
}

/**
 * @param {ChartData} data
 * @param {number} width
 */
function picture(data, width) {
  const totals = data.columns.map((_, column) => data.series.reduce((sum, each) => sum + each.values[column], 0));
  const most = niceTop(Math.max(...totals, 0));
  const step = (width - SIDE) / Math.max(1, data.columns.length);
  const bars = data.columns.map((_, column) => bar(data, column, most, step));
  const box = { class: "chart", role: "img", "aria-label": data.label, width, height: HEIGHT + FOOT };
  return svg("svg", box, ...gridLines(data, most, width), ...bars, ...ticks(data, step));
}

/**
 * @param {ChartData} data
 * @param {number} column
 * @param {number} most
 * @param {number} step
 */
function bar(data, column, most, step) {
  let top = HEIGHT;
  const gap = step > 6 ? 2 : 0.5;
  const parts = data.series.map(({ values }, index) => {
    const height = (values[column] / most) * (HEIGHT - 8);
    top -= height;
    const place = { x: SIDE + column * step + gap / 2, y: top, width: Math.max(0.5, step - gap), height };
    return height > 0 && svg("rect", { class: `series-${index + 1}`, ...place });
  });
  const said = data.series.map(({ name, values }) => `${name}: ${data.form(values[column])}`);
  const area = svg("rect", { class: "chart-hover", x: SIDE + column * step, y: 0, width: step, height: HEIGHT });
  return svg("g", {}, ...parts, area, svg("title", {}, [data.columns[column], ...said].join("\n")));
}

/**
 * @param {ChartData} data
 * @param {number} most
 * @param {number} width
 */
function gridLines(data, most, width) {
  return Array.from({ length: LINES + 1 }, (_, index) => {
    const y = Math.round(HEIGHT - (index / LINES) * (HEIGHT - 8)) - 0.5;
    const name = svg("text", { x: SIDE - 8, y: y + 4, "text-anchor": "end" }, data.form((most * index) / LINES));
    return svg("g", {}, svg("line", { x1: SIDE, x2: width, y1: y, y2: y }), name);
  });
}

/**
 * @param {ChartData} data
 * @param {number} step
 */
function ticks(data, step) {
  return (data.ticks ?? []).map((name, column) =>
    name ? svg("text", { x: SIDE + (column + 0.5) * step, y: HEIGHT + FOOT - 4, "text-anchor": "middle" }, name) : null,
  );
}

/**
 * @param {ChartData} data
 * @param {boolean} open
 */
function table(data, open) {
  const names = [text("Time"), ...data.series.map(({ name }) => name)];
  const head = el("tr", {}, ...names.map((name, index) => el("th", { scope: "col", class: index ? "number" : "" }, name)));
  const rows = data.columns.map((name, column) =>
    el("tr", {}, el("th", { scope: "row" }, name), ...data.series.map(({ values }) => el("td", { class: "number" }, data.form(values[column])))),
  );
  const whole = el("table", {}, el("thead", {}, head), el("tbody", {}, ...rows));
  const scroll = el("div", { class: "scroll", tabIndex: 0, role: "region", "aria-label": data.label }, whole);
  return el("details", { class: "chart-table", open }, el("summary", {}, text("As a table")), scroll);
}

/** A round number, three times something round, not below a value. @param {number} value */
function niceTop(value) {
  if (value <= 0) return LINES;
  const size = 10 ** Math.floor(Math.log10(value / LINES));
  const factor = [1, 2, 2.5, 5, 10].find((each) => each * size * LINES >= value) ?? 10;
  return factor * size * LINES;
}

customElements.define("bar-chart", BarChart);
