/**
 * Periods of the reader's own days and hours, and what happened in each part of them.
 */
import { day, fullTime } from "./format.js";

/**
 * @typedef {Object} Period
 * @property {"hour" | "day"} unit Of its parts.
 * @property {Date[]} parts When each of them begins.
 * @property {string} from The first day, as a date field has it.
 * @property {string} to The last day.
 * @property {string} query For the server.
 */

/** @typedef {Record<string, any> & {at: Date, name: string, tick: string}} Column A part; `tick` is its short name. */

const HOURS = 24;
const MOST_DAYS = 400;
const DAYS = { "7d": 7, "30d": 30 };

/** What a part is like in which nothing happened. */
export const NOTHING = { requests: 0, errors: 0, input_tokens: 0, cached_tokens: 0, output_tokens: 0, reasoning_tokens: 0, cached_share: null, first_token_ms: null, first_token_p95_ms: null, list_price_usd: 0, unpriced: 0 };

/**
 * @param {{range: string, from: string, to: string}} wanted
 * @param {Date} now
 * @returns {Period}
 */
export function periodOf(wanted, now) {
  const today = new Date(now.getFullYear(), now.getMonth(), now.getDate());
  const week = { from: daysAfter(today, -6), to: today };
  if (wanted.range === "24h") return hours(now, today);
  if (wanted.range !== "custom") return days(daysAfter(today, 1 - DAYS[/** @type {"7d"} */ (wanted.range)]), today);
  const [from, to] = [dateOf(wanted.from) ?? week.from, dateOf(wanted.to) ?? week.to];
  return from <= to ? days(from, to) : days(to, from);
}

/** @param {Date} now @param {Date} today @returns {Period} */
function hours(now, today) {
  const last = new Date(now.getFullYear(), now.getMonth(), now.getDate(), now.getHours());
  const parts = Array.from({ length: HOURS }, (_, index) => new Date(last.getTime() - (HOURS - 1 - index) * 3_600_000));
  return { unit: "hour", parts, from: field(parts[0]), to: field(today), query: query(parts[0]) };
}

/** @param {Date} from @param {Date} to @returns {Period} */
function days(from, to) {
  const parts = [];
  for (let each = from; each <= to && parts.length < MOST_DAYS; each = daysAfter(each, 1)) parts.push(each);
  const end = daysAfter(parts[parts.length - 1], 1);
  return { unit: "day", parts, from: field(from), to: field(parts[parts.length - 1]), query: query(from, end) };
}

/**
 * The report's lines, one for each part, also where nothing happened.
 * @param {any} report
 * @param {Period} period
 * @returns {Column[]}
 */
export function columnsOf(report, period) {
  const hourly = period.unit === "hour";
  const known = new Map(report.groups.map((/** @type {any} */ group) => [hourly ? Date.parse(group.id) : group.id, group]));
  const clock = new Intl.DateTimeFormat(document.documentElement.lang, hourly ? { hour: "numeric" } : { day: "numeric", month: "short" });
  return period.parts.map((at) => {
    const seconds = at.getTime() / 1000;
    const found = known.get(hourly ? at.getTime() : field(at)) ?? {};
    return { ...NOTHING, ...found, at, name: hourly ? fullTime(seconds) : day(seconds), tick: clock.format(at) };
  });
}

/** @param {Date} since @param {Date} [until] */
function query(since, until) {
  const asked = new URLSearchParams({ since: String(since.getTime() / 1000), utc_offset: String(-since.getTimezoneOffset()) });
  if (until) asked.set("until", String(until.getTime() / 1000));
  return asked.toString();
}

/** The same time some days later, also where the clock is put forward. @param {Date} date @param {number} count */
function daysAfter(date, count) {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + count);
}

/** @param {Date} date */
function field(date) {
  const two = (/** @type {number} */ number) => String(number).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** @param {string} text */
function dateOf(text) {
  const found = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text);
  return found && new Date(Number(found[1]), Number(found[2]) - 1, Number(found[3]));
}
