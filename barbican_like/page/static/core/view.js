// What every view is: an element with a heading, a place for its content, and states that are designed.

import { ApiError } from "./api.js";
import { h, paced, show } from "./dom.js";
import { live } from "./live.js";

const REDRAW = 400;
const WITHOUT_FEED = 15;

export class View extends HTMLElement {
  #ending = new AbortController();
  #turn = 0;

  /** Aborted when the view is left. */
  get signal() {
    return this.#ending.signal;
  }

  connectedCallback() {
    this.heading = h("h1", { tabindex: "-1" }, this.title());
    this.actions = h("div", { class: "actions" });
    this.content = h("div", { class: "content" });
    show(this, h("header", { class: "view-head" }, this.heading, this.actions), this.content);
    this.open();
  }

  disconnectedCallback() {
    this.#ending.abort();
    this.closed();
  }

  /** The heading; of a view that shows one thing its name, once it is known. */
  title() {
    return "";
  }

  /** Show what there is. */
  open() {}

  /** Forget what must not stay. */
  closed() {}

  /**
   * Call this again whenever the feed tells of things of these names, or has missed some; while there is no
   * feed, now and then.
   */
  follow(names, look) {
    const soon = paced(() => !this.signal.aborted && look(), REDRAW);
    const heard = ({ detail }) => names.includes(detail.name) && soon();
    live.addEventListener("change", heard, { signal: this.signal });
    live.addEventListener("gap", soon, { signal: this.signal });
    this.every(WITHOUT_FEED, () => live.state !== "live" && soon());
  }

  /** Call this now and every so many seconds, while somebody looks; for what no feed tells. */
  repeat(look, seconds) {
    this.every(seconds, look);
    look();
  }

  /** Call this every so many seconds, while somebody looks. */
  every(seconds, look) {
    const turn = () => document.visibilityState === "visible" && look();
    const timer = setInterval(turn, seconds * 1000);
    this.signal.addEventListener("abort", () => clearInterval(timer));
  }

  /**
   * Fill a place with what `ask` gets and `draw` makes of it: first a state that says that it loads, then the
   * content, or what went wrong with a way to try again. The answer to a question that was asked before the
   * last one is dropped.
   */
  async load(place, ask, draw) {
    const turn = (this.#turn += 1);
    place.turn = turn;
    if (!place.hasChildNodes()) show(place, loading());
    place.setAttribute("aria-busy", "true");
    try {
      const found = await ask();
      if (this.signal.aborted || place.turn !== turn) return;
      renew(place, draw(found));
    } catch (error) {
      if (this.signal.aborted || place.turn !== turn) return;
      show(place, failure(error, () => this.load(place, ask, draw)));
    } finally {
      if (place.turn === turn) place.removeAttribute("aria-busy");
    }
  }
}

const FOCUSABLE = "a[href], button, input, select, textarea, summary, [tabindex]";

/** What tells an element from others of its place. */
const markOf = (one) => one.getAttribute("aria-label") ?? one.getAttribute("href") ?? (one.name || one.textContent);

/** Replace a place's content, and leave the focus on what had it; where that has gone, on the place's first. */
export function renew(place, ...content) {
  const held = place.contains(document.activeElement) ? markOf(document.activeElement) : null;
  show(place, ...content);
  if (held === null) return;
  const all = [...place.querySelectorAll(FOCUSABLE)];
  (all.find((one) => markOf(one) === held) ?? all[0])?.focus({ preventScroll: true });
}

export function loading() {
  return h("div", { class: "state loading" }, h("p", {}, "Loading …"));
}

export function empty(text, ...more) {
  return h("div", { class: "state" }, h("p", {}, text), more);
}

/** What went wrong, in words, with what can be done. */
export function failure(error, again) {
  if (!(error instanceof ApiError)) throw error;
  if (error.status === 403) {
    return h("div", { class: "state" }, h("h2", {}, "Not for you to see"), h("p", {}, error.message));
  }
  if (error.status === 404) {
    return h("div", { class: "state" }, h("h2", {}, "Not found"), h("p", {}, error.message));
  }
  return h(
    "div",
    { class: "state failed", role: "alert" },
    h("h2", {}, "This could not be loaded"),
    h("p", {}, error.message),
    again && h("button", { type: "button", onclick: again }, "Try again"),
  );
}
