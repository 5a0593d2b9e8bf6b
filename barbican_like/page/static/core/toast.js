// Short messages that go by themselves, read out by screen readers.

import { h } from "./dom.js";

const SECONDS = 6;
const MOST = 4;

const place = h("div", { class: "toasts", role: "status", "aria-live": "polite" });
document.body.append(place);

/** Say something; where a dialog is open, in it, since all else is out of reach then. */
export function say(text, tone = "", seconds = SECONDS) {
  const message = h("p", { class: `toast ${tone}` }, text);
  (document.querySelector("dialog[open]") ?? document.body).append(place);
  place.append(message);
  while (place.children.length > MOST) place.firstChild.remove();
  setTimeout(() => message.remove(), seconds * 1000);
}

/** Take all of them away. */
export function hush() {
  place.replaceChildren();
  document.body.append(place);
}
