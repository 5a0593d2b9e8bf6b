// Dialogs: the browser's own, which keep the focus inside and give it back.

import { freshId, h } from "./dom.js";
import { form } from "./form.js";

/** Open one with what `make(close)` gives; the promise ends with what close was given. */
export function open(title, make) {
  return new Promise((resolve) => {
    const id = freshId("title");
    let result;
    const close = (value) => {
      result = value;
      dialog.close();
    };
    const dialog = h("dialog", { "aria-labelledby": id }, h("h2", { id }, title), make(close));
    const leave = () => close();
    dialog.addEventListener("close", () => {
      removeEventListener("hashchange", leave);
      dialog.remove();
      resolve(result);
    });
    addEventListener("hashchange", leave);
    document.body.append(dialog);
    dialog.showModal();
    dialog.querySelector("input:not([type=hidden]), select, textarea")?.focus();
  });
}

/** Ask before something that cannot be undone; `work` is done while the dialog is open. */
export function confirm({ title, text, action, work, danger = false }) {
  return open(title, (close) =>
    form({
      fields: [h("div", { class: "prose" }, text)],
      submit: action,
      danger,
      cancel: () => close(false),
      work: async () => {
        await work();
        close(true);
      },
    }),
  );
}

/** A form in a dialog; closed when `work` has ended well. */
export function ask({ title, fields, submit, work }) {
  return open(title, (close) =>
    form({
      fields,
      submit,
      cancel: () => close(undefined),
      work: async (found) => close(await work(found)),
    }),
  );
}
