/**
 * The question before a key is revoked.
 */
import { el, fill, text } from "./dom.js";
import { send } from "./server.js";
import { attempt, toast } from "./toast.js";

/**
 * @param {{name: string, tail: string}} key
 * @param {() => void} done Called when it is revoked.
 */
export function confirmRevoking(key, done) {
  const dialog = el("dialog", { "aria-labelledby": "revoke-title", onclose: () => dialog.remove() });
  const revoke = async () => {
    const gone = await attempt(() => send("DELETE", `/admin/api/keys/${encodeURIComponent(key.name)}`));
    dialog.close();
    if (gone) {
      toast(text("Revoked: {name}", { name: key.name }));
      done();
    }
  };
  const cancel = el("button", { type: "button", autofocus: true, onclick: () => dialog.close() }, text("Cancel"));
  const go = el("button", { class: "danger", type: "button", onclick: revoke }, text("Revoke"));
  fill(
    dialog,
    el("h2", { id: "revoke-title" }, text("Revoke the key {name}?", { name: key.name })),
    el("p", { class: "muted" }, text("Programs that use it (…{tail}) are refused from now on. This cannot be undone.", { tail: key.tail })),
    el("div", { class: "dialog-foot" }, cancel, go),
  );
  document.body.append(dialog);
  dialog.showModal();
}
