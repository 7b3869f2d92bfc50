/**
 * What is around every page: navigation, theme, masking of e-mail addresses, the way out.
 */
import { byId } from "./dom.js";
import { send } from "./server.js";
import { attempt } from "./toast.js";
import "./live.js";

const root = document.documentElement;

/**
 * A choice that this browser remembers.
 * @param {string} name
 * @param {string} fallback
 */
function kept(name, fallback) {
  try {
    return localStorage.getItem(name) ?? fallback;
  } catch {
    return fallback; // storage may be forbidden
  }
}

/**
 * @param {string} name
 * @param {string} value
 */
function keep(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch {
    return; // then it holds for this page alone
  }
}

/** Whether e-mail addresses are to be masked. */
export function isMasked() {
  return kept("mask", "off") === "on";
}

/**
 * Hear of another choice.
 * @param {() => void} changed
 */
export function onMask(changed) {
  document.addEventListener("mask", changed);
}

/** @param {string} theme */
export function setTheme(theme) {
  keep("theme", theme);
  if (theme === "auto") delete root.dataset.theme;
  else root.dataset.theme = theme;
  drawTheme();
}

function drawTheme() {
  const theme = root.dataset.theme ?? "auto";
  for (const button of document.querySelectorAll("[id^=theme] button")) {
    button.setAttribute("aria-pressed", String(/** @type {HTMLButtonElement} */ (button).value === theme));
  }
}

/** Say that the page shows what it has to show: tests and pictures wait for it. */
export function ready() {
  root.dataset.ready = "";
}

function start() {
  drawTheme();
  byId("theme").addEventListener("click", (/** @type {any} */ event) => {
    if (event.target instanceof HTMLButtonElement) setTheme(event.target.value);
  });
  const mask = byId("mask");
  mask.checked = isMasked();
  mask.addEventListener("change", () => {
    keep("mask", mask.checked ? "on" : "off");
    document.dispatchEvent(new Event("mask"));
  });
  const menu = byId("menu");
  menu.addEventListener("click", () => {
    const open = menu.getAttribute("aria-expanded") !== "true";
    menu.setAttribute("aria-expanded", String(open));
  });
  byId("sign-out").addEventListener("click", () =>
    attempt(async () => {
      await send("DELETE", "/admin/api/session");
      location.assign("/sign-in");
    }),
  );
}

start();
