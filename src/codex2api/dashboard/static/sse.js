/**
 * Server-sent events of an answer that was asked for by POST, which EventSource cannot.
 */

/**
 * The data of each event, as JSON; `[DONE]` and comments are left out.
 * @param {Response} response
 * @returns {AsyncGenerator<any>}
 */
export async function* events(response) {
  const reader = /** @type {ReadableStream<Uint8Array>} */ (response.body).getReader();
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const blocks = (rest + decoder.decode(value, { stream: true }).replaceAll("\r\n", "\n")).split("\n\n");
      rest = blocks.pop() ?? "";
      yield* blocks.map(dataOf).filter((data) => data !== "" && data !== "[DONE]").map((data) => JSON.parse(data));
    }
  } finally {
    reader.cancel().catch(() => {}); // whoever stopped reading wants no more
  }
}

/** @param {string} block */
function dataOf(block) {
  const lines = block.split("\n").filter((line) => line.startsWith("data:"));
  return lines.map((line) => line.slice(5).replace(/^ /, "")).join("\n");
}
