/**
 * `<bar-chart>`: stacked bars (or lines) over time as SVG, with a legend and the same as a table below.
 *
 * Set `.data` to a ChartData. Colours are the classes `series-1` to `series-5` of the style sheet.
 */
import { chartLines } from "./chart-lines.js";
import { el, fill, svg, text } from "./dom.js";

/**
 * @typedef {Object} ChartData
 * @property {string} label What the chart shows, for those who do not see it.
 * @property {Series[]} series From the bottom to the top.
 * @property {string[]} columns Names of the columns, long: for the table and the hint.
 * @property {string[]} [ticks] Short names below some columns; empty ones are not drawn.
 * @property {(value: number) => string} form How a number is written.
 * @property {(value: number) => string} [scale] How one is written beside the lines, if that is shorter.
 * @property {boolean} [lines] Lines in the place of bars: what does not add up, and may be unknown.
 * @property {number} [top] The top of the scale, in quarters; else it follows from the numbers.
 */

/**
 * @typedef {Object} Series
 * @property {string} name
 * @property {(number | null)[]} values Nulls in lines only.
 * @property {number} [tone] Another colour than that of its place.
 */

/** @param {Series} series @param {number} index */
const classOf = (series, index) => `series-${series.tone ?? index + 1}`;

const HEIGHT = 160;
const FOOT = 20;
const SIDE = 44;
const LINES = 3;
const TICK = 52;

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
    const isEmpty = data.series.every(({ values }) => values.every((value) => value === 0));
    if (isEmpty) fill(this, el("p", { class: "chart-empty" }, text("Nothing in this time.")));
    else fill(this, legend(data), picture(data, width), table(data, open));
  }
}

/** @param {ChartData} data */
function legend(data) {
  const names = data.series.map((series, index) => el("li", {}, el("span", { class: `dot ${classOf(series, index)}` }), series.name));
  return data.series.length > 1 && el("ul", { class: "legend" }, ...names);
}

/**
 * @param {ChartData} data
 * @param {number} width
 */
function picture(data, width) {
  const most = data.top ?? niceTop(Math.max(...data.columns.map((_, column) => height(data, column)), 0));
  const step = (width - SIDE) / Math.max(1, data.columns.length);
  const bars = data.columns.map((_, column) => bar(data, column, most, step));
  /** @param {number} value */
  const level = (value) => HEIGHT - (value / most) * (HEIGHT - 8);
  const drawn = data.lines ? chartLines(data.series, classOf, (column) => SIDE + (column + 0.5) * step, level) : [];
  const box = { class: "chart", role: "img", "aria-label": data.label, width, height: HEIGHT + FOOT };
  return svg("svg", box, ...gridLines(data, most, width), ...drawn, ...bars, ...ticks(data, step));
}

/** How high a column reaches: its series upon each other, or the highest of its lines. @param {ChartData} data @param {number} column */
function height(data, column) {
  const values = data.series.map((series) => series.values[column] ?? 0);
  return data.lines ? Math.max(...values) : values.reduce((sum, value) => sum + value, 0);
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
  const parts = (data.lines ? [] : data.series).map((series, index) => {
    const height = ((series.values[column] ?? 0) / most) * (HEIGHT - 8);
    top -= height;
    const place = { x: SIDE + column * step + gap / 2, y: top, width: Math.max(0.5, step - gap), height };
    return height > 0 && svg("rect", { class: classOf(series, index), ...place });
  });
  const said = data.series.map(({ name, values }) => `${name}: ${written(data, values[column])}`);
  const area = svg("rect", { class: "chart-hover", x: SIDE + column * step, y: 0, width: step, height: HEIGHT });
  return svg("g", {}, ...parts, area, svg("title", {}, [data.columns[column], ...said].join("\n")));
}

/**
 * @param {ChartData} data
 * @param {number} most
 * @param {number} width
 */
function gridLines(data, most, width) {
  const count = data.top === undefined ? LINES : LINES + 1;
  return Array.from({ length: count + 1 }, (_, index) => {
    const y = Math.round(HEIGHT - (index / count) * (HEIGHT - 8)) - 0.5;
    const name = svg("text", { x: SIDE - 8, y: y + 4, "text-anchor": "end" }, (data.scale ?? data.form)((most * index) / count));
    return svg("g", {}, svg("line", { x1: SIDE, x2: width, y1: y, y2: y }), name);
  });
}

/**
 * As many of the names as there is room for, the last one always.
 * @param {ChartData} data
 * @param {number} step
 */
function ticks(data, step) {
  let free = SIDE + data.columns.length * step;
  /** @type {SVGElement[]} */
  const drawn = [];
  for (let column = data.columns.length - 1; column >= 0; column -= 1) {
    const [name, x] = [data.ticks?.[column], SIDE + (column + 0.5) * step];
    if (!name || x + TICK / 2 > free) continue;
    drawn.push(svg("text", { x, y: HEIGHT + FOOT - 4, "text-anchor": "middle" }, name));
    free = x - TICK / 2;
  }
  return drawn;
}

/**
 * @param {ChartData} data
 * @param {boolean} open
 */
function table(data, open) {
  const names = [text("Time"), ...data.series.map(({ name }) => name)];
  const head = el("tr", {}, ...names.map((name, index) => el("th", { scope: "col", class: index ? "number" : "" }, name)));
  const rows = data.columns.map((name, column) =>
    el("tr", {}, el("th", { scope: "row" }, name), ...data.series.map(({ values }) => el("td", { class: "number" }, written(data, values[column])))),
  );
  const whole = el("table", {}, el("thead", {}, head), el("tbody", {}, ...rows));
  const scroll = el("div", { class: "scroll", tabIndex: 0, role: "region", "aria-label": data.label }, whole);
  return el("details", { class: "chart-table", open }, el("summary", {}, text("As a table")), scroll);
}

/** @param {ChartData} data @param {number | null} value */
function written(data, value) {
  return value === null ? "–" : data.form(value);
}

/** A round number, three times something round, not below a value. @param {number} value */
function niceTop(value) {
  if (value <= 0) return LINES;
  const size = 10 ** Math.floor(Math.log10(value / LINES));
  const factor = [1, 2, 2.5, 5, 10].find((each) => each * size * LINES >= value) ?? 10;
  return factor * size * LINES;
}

customElements.define("bar-chart", BarChart);
