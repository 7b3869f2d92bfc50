/**
 * How numbers and times are written, in the reader's language.
 */
import { text } from "./dom.js";

const language = document.documentElement.lang;
const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat(language, { notation: "compact", maximumSignificantDigits: 3 });
const clockForm = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit" });
const secondsForm = new Intl.DateTimeFormat(language, { timeStyle: "medium" });
const dayForm = new Intl.DateTimeFormat(language, { weekday: "short", day: "numeric", month: "short" });
const fullForm = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "long" });

const NOTHING = "–";
const DAY = 86_400;

/** @param {number | null | undefined} value */
export function count(value) {
  return value === null || value === undefined ? NOTHING : whole.format(value);
}

/** Three digits at the most, as 48.6M. @param {number | null | undefined} value */
export function compact(value) {
  return value === null || value === undefined ? NOTHING : short.format(value);
}

/** A share of 0 to 1. @param {number | null | undefined} share */
export function percent(share) {
  if (share === null || share === undefined) return NOTHING;
  return new Intl.NumberFormat(language, { style: "percent" }).format(share);
}

/** Dollars; small sums keep two digits that say something. @param {number | null | undefined} dollars */
export function money(dollars) {
  if (dollars === null || dollars === undefined) return NOTHING;
  const digits = dollars !== 0 && dollars < 0.1 ? { maximumSignificantDigits: 2 } : {};
  const form = { style: "currency", currency: "USD", currencyDisplay: "narrowSymbol", ...digits };
  return new Intl.NumberFormat(language, /** @type {any} */ (form)).format(dollars);
}

/** Dollars in three digits at the most, for scales: $15, $1.2K. @param {number} dollars */
export function scaleMoney(dollars) {
  const form = { style: "currency", currency: "USD", currencyDisplay: "narrowSymbol", notation: "compact", maximumSignificantDigits: 3 };
  return new Intl.NumberFormat(language, /** @type {any} */ (form)).format(dollars);
}

/** A time that something took: 340 ms, 3.4 s, 2 min 5 s. @param {number | null | undefined} ms */
export function duration(ms) {
  if (ms === null || ms === undefined) return NOTHING;
  if (ms < 1000) return text("{n} ms", { n: Math.round(ms) });
  if (ms < 60_000) return text("{n} s", { n: (ms / 1000).toFixed(ms < 10_000 ? 1 : 0) });
  const seconds = Math.round(ms / 1000);
  return text("{m} min {s} s", { m: Math.floor(seconds / 60), s: seconds % 60 });
}

/** A stretch of time in two units at the most: 2 h 14 m. @param {number} seconds */
export function span(seconds) {
  const left = Math.max(0, Math.round(seconds));
  if (left < 60) return text("{n} s", { n: left });
  const minutes = Math.floor(left / 60);
  if (minutes < 60) return text("{n} min", { n: minutes });
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return text("{h} h {m} m", { h: hours, m: String(minutes % 60).padStart(2, "0") });
  return text("{d} d {h} h", { d: Math.floor(hours / 24), h: hours % 24 });
}

/** Minutes and seconds that are left, as 14:52. @param {number} seconds */
export function countdown(seconds) {
  const left = Math.max(0, Math.round(seconds));
  return `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
}

/** The time of day, with the day where that is another one. @param {number} seconds Since 1970. */
export function clock(seconds, now = Date.now() / 1000) {
  const moment = new Date(seconds * 1000);
  const far = Math.abs(seconds - now) >= DAY / 2 && moment.toDateString() !== new Date(now * 1000).toDateString();
  return far ? `${dayForm.format(moment)} ${clockForm.format(moment)}` : clockForm.format(moment);
}

/** The time of day with seconds. @param {number} seconds Since 1970. */
export function exactClock(seconds) {
  return secondsForm.format(new Date(seconds * 1000));
}

/** Day, time and zone. @param {number} seconds Since 1970. */
export function fullTime(seconds) {
  return fullForm.format(new Date(seconds * 1000));
}

/** The day alone. @param {number} seconds Since 1970. */
export function day(seconds) {
  return dayForm.format(new Date(seconds * 1000));
}

/** How a limit window is called, from its length. @param {number} minutes */
export function windowName(minutes) {
  if (minutes === 10_080) return text("Week");
  if (minutes % 1440 === 0) return text("{n} days", { n: minutes / 1440 });
  if (minutes % 60 === 0) return text("{n} hours", { n: minutes / 60 });
  return text("{n} minutes", { n: minutes });
}
