// Forms: labels, hints, faults at their fields, and one try at a time.

import { ApiError } from "./api.js";
import { freshId, h, show } from "./dom.js";

/**
 * A field with its label: {name, label, kind, hint, value, options, required, ...attributes}.
 * kind: an input's type, "textarea", "select" or "checkbox".
 */
export function field({ name, label, kind = "text", hint, value, options, ...attributes }) {
  const id = freshId("field");
  const about = [hint && `${id}-hint`, `${id}-fault`].filter(Boolean).join(" ");
  const shared = { id, name, "aria-describedby": about, autocomplete: "off", ...attributes };
  let input;
  if (kind === "select") {
    input = h("select", shared, options.map((option) => optionOf(option, value)));
  } else if (kind === "textarea") {
    input = h("textarea", { rows: 4, spellcheck: "false", ...shared, value: value ?? "" });
  } else if (kind === "checkbox") {
    input = h("input", { type: kind, ...shared, checked: Boolean(value) });
  } else {
    input = h("input", { type: kind, spellcheck: "false", ...shared, ...(kind === "file" ? {} : { value: value ?? "" }) });
  }
  // What always has a value is not left out, so it need not be called optional.
  const mayBeBlank = !attributes.required && kind !== "checkbox" && kind !== "select";
  const said = h("label", { for: id }, label, mayBeBlank && h("span", { class: "optional" }, " optional"));
  return h(
    "div",
    { class: kind === "checkbox" ? "field check" : "field" },
    kind === "checkbox" ? [input, said] : [said, input],
    hint && h("p", { class: "hint", id: `${id}-hint` }, hint),
    h("p", { class: "fault", id: `${id}-fault` }),
  );
}

function optionOf(option, chosen) {
  const [value, text] = Array.isArray(option) ? option : [option, option];
  return h("option", { value, selected: value === chosen ? "" : undefined }, text);
}

/** What the fields of a form hold: texts trimmed but for passwords and long texts, files as files. */
export function values(form) {
  const found = {};
  for (const input of form.elements) {
    if (!input.name) continue;
    if (input.type === "checkbox") found[input.name] = input.checked;
    else if (input.type === "file") found[input.name] = input.files[0] ?? null;
    else if (input.type === "password" || input.tagName === "TEXTAREA") found[input.name] = input.value;
    else found[input.name] = input.value.trim();
  }
  return found;
}

/** A form; `work` is given its values, and what it throws of ApiError is shown where it belongs. */
export function form({ fields, submit, work, cancel, danger = false }) {
  const alert = h("p", { class: "fault", role: "alert" });
  const button = h("button", { type: "submit", class: danger ? "primary danger" : "primary" }, submit);
  const buttons = h("div", { class: "buttons" }, button, cancel && h("button", { type: "button", onclick: cancel }, "Cancel"));
  const made = h("form", { novalidate: true, onsubmit: sent }, fields, alert, buttons);

  async function sent(event) {
    event.preventDefault();
    clear(made, alert);
    const missing = [...made.elements].find((input) => !input.checkValidity?.());
    if (missing) return fault(made, alert, missing.name, missing.validationMessage);
    button.disabled = true;
    made.setAttribute("aria-busy", "true");
    try {
      await work(values(made));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      fault(made, alert, error.field, error.message);
    } finally {
      button.disabled = false;
      made.removeAttribute("aria-busy");
    }
    return undefined;
  }
  return made;
}

function clear(made, alert) {
  show(alert);
  for (const input of made.querySelectorAll("[aria-invalid]")) {
    input.removeAttribute("aria-invalid");
    show(document.getElementById(`${input.id}-fault`));
  }
}

function fault(made, alert, name, text) {
  const input = name && made.elements[name.split(".").pop()];
  const place = input?.id ? made.querySelector(`#${input.id}-fault`) : null;
  if (!place) {
    show(alert, text);
    return;
  }
  input.setAttribute("aria-invalid", "true");
  show(place, text);
  input.focus();
}
