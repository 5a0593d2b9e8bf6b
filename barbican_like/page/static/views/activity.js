// Activity: the feed as it comes, bounded, with filters, a pause, and the detail of each change.

import * as api from "../core/api.js";
import * as dialog from "../core/dialog.js";
import { h, paced, show } from "../core/dom.js";
import { field, values } from "../core/form.js";
import { clock, date, number, orNothing } from "../core/format.js";
import { NAMES, live } from "../core/live.js";
import { badge, facts, table } from "../core/table.js";
import { View, empty, renew } from "../core/view.js";

const SHOWN = 100;
const REDRAW = 500;
const BEHIND = [200, 1000, 5000]; // how far to look back: most rows may be other projects'
const MOST = 1000;

const COLUMNS = [
  { label: "When", cell: (change) => clock(change.time ?? change.received / 1000) },
  { label: "What", lead: true, cell: (change) => h("span", {}, change.name, " ", h("span", { class: "quiet" }, labelOf(change))) },
  { label: "Change", cell: (change) => [badge(change.op), change.what && ` ${change.what}`] },
  { label: "Status", cell: (change) => [change.old_status && `${change.old_status} → `, orNothing(change.new_status)] },
  { label: "By", cell: (change) => change.actor ?? "the program" },
  { label: "Detail", cell: (change) => h("button", { type: "button", "aria-label": `Detail of change ${change.seq}`, onclick: () => detail(change) }, "Detail") },
];

/** What a change is about, in a word. */
export function labelOf({ name, snapshot, object }) {
  if (name === "activity" && snapshot?.action) return `${snapshot.action} ${snapshot.object.type}`;
  return snapshot?.name || snapshot?.meta?.name || snapshot?.hrn || object.id;
}

class Activity extends View {
  title() {
    return "Activity";
  }

  open() {
    this.paused = false;
    this.before = [];
    this.hold = h("button", { type: "button", "aria-pressed": "false", onclick: () => this.pause() }, "Pause");
    this.bar = this.filters();
    this.note = h("p", { class: "hint", role: "status" });
    this.list = h("div", { class: "feed" });
    show(this.actions, this.hold);
    show(this.content, this.bar, this.note, this.list);
    const soon = paced(() => this.heard(), REDRAW);
    live.addEventListener("change", soon, { signal: this.signal });
    live.addEventListener("gap", () => this.look(), { signal: this.signal });
    this.look();
  }

  filters() {
    const again = () => this.draw();
    return h("form", { class: "filters", role: "search", "aria-label": "Filter the changes", oninput: again, onsubmit: (event) => event.preventDefault() },
      field({ name: "name", label: "Of", kind: "select", options: [["", "everything"], ...NAMES] }),
      field({ name: "op", label: "Change", kind: "select", options: [["", "any"], "created", "updated", "deleted"] }),
      field({ name: "status", label: "Status", kind: "search" }),
      field({ name: "actor", label: "By", kind: "search" }));
  }

  /** What was before this page was opened: the last rows of the feed. */
  look() {
    const ask = async () => {
      const { last_seq: last } = await api.get("api/v1/activity/changes", { since: "now", limit: 1 }, { signal: this.signal });
      let rows = [];
      for (const behind of BEHIND) {
        const since = await this.oldest(Math.max(0, last - behind));
        rows = (await api.get("api/v1/activity/changes", { since, limit: MOST }, { signal: this.signal })).result;
        if (rows.length >= SHOWN || !since) break;
      }
      return rows.slice(-SHOWN);
    };
    return this.load(this.list, ask, (rows) => {
      this.before = rows.reverse().map(({ time, data }) => ({ time, ...data }));
      return this.rows();
    });
  }

  /** A place that is still kept. */
  async oldest(place) {
    try {
      await api.get("api/v1/activity/changes", { since: place, limit: 1 }, { signal: this.signal });
      return place;
    } catch (error) {
      if (error.status === 410) return undefined;
      throw error;
    }
  }

  heard() {
    if (this.signal.aborted) return;
    if (this.paused) show(this.note, `Paused. ${number(this.waiting())} newer changes wait.`);
    else this.draw();
  }

  waiting() {
    return live.changes.filter((change) => change.seq > this.top).length;
  }

  pause() {
    this.paused = !this.paused;
    this.top = live.changes[0]?.seq ?? this.before[0]?.seq ?? 0;
    this.hold.setAttribute("aria-pressed", String(this.paused));
    show(this.hold, this.paused ? "Go on" : "Pause");
    show(this.note, this.paused ? "Paused." : "");
    if (!this.paused) this.draw();
  }

  draw() {
    if (!this.list.hasAttribute("aria-busy")) renew(this.list, this.rows());
  }

  rows() {
    const wanted = values(this.bar);
    const newest = this.paused ? live.changes.filter((change) => change.seq <= this.top) : live.changes;
    const known = new Set(newest.map((change) => change.seq));
    const all = [...newest, ...this.before.filter((change) => !known.has(change.seq))];
    const fits = all.filter((change) => Object.entries(wanted).every(([name, text]) => !text || matches(change, name, text)));
    fits.sort((one, other) => other.seq - one.seq);
    return table({
      caption: "Changes, the newest first",
      columns: COLUMNS,
      rows: fits.slice(0, SHOWN),
      nothing: empty(all.length ? "No change fits these filters." : "None of the last changes is yours to see. What changes shows up here at once."),
    });
  }
}

function matches(change, name, text) {
  const value = name === "status" ? change.new_status : change[name];
  return (value ?? "").toLowerCase().startsWith(text.toLowerCase());
}

/** All that a change says, with the log and the messages of an event. */
export function detail(change) {
  const { log = [], messages = [], ...rest } = change.snapshot ?? {};
  return dialog.open(`Change ${change.seq}`, (close) => [
    facts([
      ["What", `${change.object.type} ${labelOf(change)}`],
      ["Id", h("code", {}, change.object.id)],
      ["Change", [change.op, change.what && ` of ${change.what}`]],
      ["Status", [change.old_status && `${change.old_status} → `, orNothing(change.new_status)]],
      ["By", change.actor ?? "the program"],
      change.time && ["When", date(change.time)],
    ]),
    lines("Log", log, (entry) => `${clock(entry.timestamp)} ${entry.type}: ${entry.message}`),
    lines("Messages", messages, (entry) => `${clock(entry.timestamp)} ${entry.from}: ${entry.message}`),
    h("h3", {}, "As it was then"),
    h("pre", { tabindex: "0", "aria-label": "The object after the change" }, JSON.stringify(rest, null, 2)),
    h("div", { class: "buttons" }, h("button", { type: "button", onclick: () => close() }, "Close")),
  ]);
}

function lines(title, entries, shown) {
  return entries.length > 0 && [h("h3", {}, title), h("ul", { class: "lines" }, entries.map((entry) => h("li", {}, shown(entry))))];
}

customElements.define("view-activity", Activity);
