/**
 * A request as a program would send it, to be copied: with curl, or in Python.
 */
import { el, fill, text } from "./dom.js";
import { codeBlock } from "./code-block.js";

/**
 * Open the dialog.
 * @param {HTMLDialogElement} dialog
 * @param {any} request
 */
export function showCode(dialog, request) {
  const place = el("div", {});
  const ways = { curl: () => codeBlock("sh", curl(request)), Python: () => codeBlock("python", python(request)) };
  /** @param {"curl" | "Python"} way */
  const choose = (way) => {
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.value === way));
    fill(place, ways[way]());
  };
  const buttons = Object.keys(ways).map((way) => el("button", { type: "button", value: way, onclick: () => choose(/** @type {"curl"} */ (way)) }, way));
  const close = el("button", { class: "quiet small", type: "button", onclick: () => dialog.close() }, text("Close"));
  fill(
    dialog,
    el("div", { class: "spread" }, el("h2", { id: "code-title" }, text("The request as code")), close),
    el("div", { class: "stack" }, el("div", { class: "row" }, el("div", { class: "segmented", role: "group", "aria-label": text("Language") }, ...buttons)), place, el("p", { class: "hint" }, text("It takes a key from the variable CODEX2API_KEY."), " ", el("a", { href: "/keys?create" }, text("Create one")))),
  );
  choose("curl");
  dialog.showModal();
}

/** @param {any} request */
export function curl(request) {
  return [
    `curl --no-buffer ${quoted(`${location.origin}/v1/responses`)}`,
    `--header "Authorization: Bearer $CODEX2API_KEY"`,
    `--header 'Content-Type: application/json'`,
    `--data ${quoted(JSON.stringify(request, null, 2))}`,
  ].join(" \\\n  ") + "\n";
}

/** @param {any} request */
export function python(request) {
  const { stream: _stream, ...fields } = request;
  const lines = Object.entries(fields).map(([name, value]) => `    ${name}=${literal(value)},`);
  return `import os

from openai import OpenAI

client = OpenAI(base_url=${literal(`${location.origin}/v1`)}, api_key=os.environ["CODEX2API_KEY"])
stream = client.responses.create(
${lines.join("\n")}
    stream=True,
)
for event in stream:
    if event.type == "response.output_text.delta":
        print(event.delta, end="", flush=True)
print()
`;
}

/** A word of the shell, whatever is in it. @param {string} word */
function quoted(word) {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** What JSON and Python write alike, but for three words. @param {any} value @returns {string} */
function literal(value) {
  if (value === true) return "True";
  if (value === false) return "False";
  if (value === null) return "None";
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (typeof value === "object") return `{${Object.entries(value).map(([name, each]) => `${literal(name)}: ${literal(each)}`).join(", ")}}`;
  return JSON.stringify(value);
}
