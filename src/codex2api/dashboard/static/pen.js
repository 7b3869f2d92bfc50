/**
 * Writes what arrives in many small pieces once for each picture that the screen shows.
 *
 * An answer comes in hundreds of pieces a second; a page that is laid out anew for each of them has
 * no time left for the Stop button.
 */

/**
 * @param {(text: string) => void} write
 */
export function pen(write) {
  let pending = "";
  let frame = 0;

  function flush() {
    cancelAnimationFrame(frame);
    const text = pending;
    [pending, frame] = ["", 0];
    if (text !== "") write(text);
  }

  return {
    /** @param {string} piece */
    add(piece) {
      pending += piece;
      frame ||= requestAnimationFrame(flush);
    },
    /** Write what is left. */
    flush,
  };
}
