// Tables: a caption, sortable heads, rows that stay usable on a narrow screen.

import { h } from "./dom.js";
import { empty } from "./view.js";

/**
 * A table of rows. A column is {label, cell: (row) => node or text, sort?: key, number?: true, lead?: true}.
 * @param sort {key, down} and onsort(key, down), where the list can be sorted
 */
export function table({ caption, columns, rows, nothing, sort, onsort }) {
  if (rows.length === 0) return nothing instanceof Node ? nothing : empty(nothing ?? "There is nothing here.");
  const head = columns.map((column) => headOf(column, sort, onsort));
  return h(
    "div",
    { class: "scroll", role: "region", tabindex: "0", "aria-label": caption },
    h(
      "table",
      {},
      h("caption", { class: "unseen" }, caption),
      h("thead", {}, h("tr", {}, head)),
      h("tbody", {}, rows.map((row) => h("tr", {}, columns.map((column) => cellOf(column, row))))),
    ),
  );
}

function headOf(column, sort, onsort) {
  const kind = column.number ? "number" : undefined;
  if (!column.sort || !onsort) return h("th", { scope: "col", class: kind }, column.label);
  const current = sort?.key === column.sort;
  const order = current ? (sort.down ? "descending" : "ascending") : undefined;
  const mark = current ? (sort.down ? " ↓" : " ↑") : "";
  const turn = () => onsort(column.sort, current && !sort.down);
  return h(
    "th",
    { scope: "col", class: kind, "aria-sort": order },
    h("button", { type: "button", class: "plain", onclick: turn }, column.label, h("span", { "aria-hidden": "true" }, mark)),
  );
}

function cellOf(column, row) {
  const kind = column.number ? "number" : column.lead ? "lead" : undefined;
  const properties = { class: kind, scope: column.lead ? "row" : undefined, "data-label": column.label };
  return h(column.lead ? "th" : "td", properties, h("div", {}, column.cell(row)));
}

/** Which part of a list is shown, and the ways to the others. */
export function pager({ offset, limit, total, onpage }) {
  if (total <= limit && offset === 0) return null;
  const first = Math.min(offset + 1, total);
  const last = Math.min(offset + limit, total);
  const step = (label, place, off) =>
    h("button", { type: "button", disabled: off, onclick: () => onpage(place) }, label);
  return h(
    "nav",
    { class: "pager", "aria-label": "Pages" },
    step("Previous", Math.max(0, offset - limit), offset === 0),
    h("span", {}, `${first} to ${last} of ${total}`),
    step("Next", offset + limit, offset + limit >= total),
  );
}

/** Names and values. */
export function facts(pairs) {
  return h(
    "dl",
    { class: "facts" },
    pairs.filter(Boolean).map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))),
  );
}

const TONES = {
  good: ["ACTIVE", "RUNNING", "DONE", "SUCCESS", "live", "up", "running", "created", "approved", "APPROVED"],
  busy: ["READY", "PENDING", "QUEUED", "CLAIMED", "SUBMITTED", "STARTING", "NEW", "WAITING", "SCHEDULED", "RETRY", "initial"],
  bad: ["ERROR", "FAILED", "DEAD", "FATAL", "DENIED", "deleted", "degraded"],
  warn: ["BACKOFF", "STOPPING", "STOPPED", "EXITED", "CANCELLED", "WARNING", "CONFIRM", "unsupervised"],
};

/** A status: its word, with a colour that says the same. */
export function badge(status) {
  const tone = Object.keys(TONES).find((name) => TONES[name].includes(status)) ?? "none";
  return h("span", { class: `badge ${tone}` }, status ?? "–");
}
