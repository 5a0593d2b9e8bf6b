// Requests: what waits for a decision, and whose it is to make.

import * as api from "../core/api.js";
import * as dialog from "../core/dialog.js";
import { h, show } from "../core/dom.js";
import { field } from "../core/form.js";
import { age, clock, date, orNothing } from "../core/format.js";
import * as router from "../core/router.js";
import { badge, facts, table } from "../core/table.js";
import { say } from "../core/toast.js";
import { View, empty, renew } from "../core/view.js";
import { card } from "./secret.js";

const PAGE = 50;

const words = ({ action, object }) => `${action} ${object.type}`;
const about = (request) => `${words(request)} ${request.object.id ?? request.id}`;

class Requests extends View {
  title() {
    return "Requests";
  }

  open() {
    this.marks = [];
    this.list = h("div");
    show(this.content, this.list);
    this.look();
    this.follow(["activity"], () => this.look());
  }

  /** Show the page behind the last of these marks. */
  from(marks) {
    this.marks = marks;
    return this.look();
  }

  look() {
    const columns = [
      { label: "What", lead: true, cell: (one) => h("a", { href: router.to("requests", one.id) }, words(one)) },
      { label: "Object", cell: (one) => orNothing(one.object.id) },
      { label: "By", cell: (one) => orNothing(one.user) },
      { label: "Waits for", number: true, cell: (one) => age(one.created) },
      { label: "Decision", cell: (one) => decide(one, () => this.look()) },
    ];
    const ask = () => api.get("api/v1/requests", { limit: PAGE, marker: this.marks.at(-1) }, { signal: this.signal });
    return this.load(this.list, ask, ({ result, next }) => [
      table({ caption: "Requests, the newest first", columns, rows: result, nothing: empty("Nothing waits for a decision.") }),
      (this.marks.length > 0 || next) && h("nav", { class: "pager", "aria-label": "Pages" },
        h("button", { type: "button", disabled: this.marks.length === 0, onclick: () => this.from(this.marks.slice(0, -1)) }, "Newer"),
        h("button", { type: "button", disabled: !next, onclick: () => this.from([...this.marks, next]) }, "Older")),
    ]);
  }
}

/** The two ways, or that it is not for the caller to decide. */
function decide(request, look) {
  if (request.status !== "PENDING") return badge(request.status);
  if (!request.executable) return h("span", { class: "quiet" }, "not yours to decide");
  const button = (action, label, kind) => h("button", { type: "button", class: kind, "aria-label": `${label} ${about(request)}`, onclick: () => decision(request, action, label, look) }, label);
  return h("div", { class: "buttons" }, button("approve", "Approve", "primary"), button("deny", "Deny"));
}

async function decision(request, action, label, look) {
  const done = await dialog.ask({
    title: `${label} ${about(request)}?`,
    submit: label,
    fields: [field({ name: "message", label: "Message", kind: "textarea", hint: "For who has asked." })],
    work: ({ message }) => api.put(`api/v1/requests/${request.id}`, { action, ...(message.trim() ? { message: message.trim() } : {}) }),
  });
  if (done) say(action === "approve" ? "Approved." : "Denied.");
  look();
}

class Request extends View {
  title() {
    return "Request";
  }

  open() {
    [this.id] = this.path;
    this.main = h("div");
    show(this.content, this.main);
    this.look();
    this.follow(["activity"], () => this.look());
  }

  /** The request; one that was decided is an event only. */
  async request() {
    const id = encodeURIComponent(this.id);
    try {
      return (await api.get(`api/v1/requests/${id}`, {}, { signal: this.signal })).result[0];
    } catch (error) {
      if (error.status !== 404) throw error;
      return (await api.get(`api/v1/activity/${id}`, {}, { signal: this.signal })).result[0];
    }
  }

  look() {
    return this.load(this.main, () => this.request(), (found) => this.draw(found));
  }

  draw(found) {
    show(this.heading, words(found));
    renew(this.actions, decide(found, () => this.look()));
    const entry = ({ timestamp, type, from, message }) => h("li", {}, `${clock(timestamp)} ${type ?? from}: ${message}`);
    return [
      card("About", facts([
        ["Status", badge(found.status)],
        ["Object", orNothing(found.object.id)],
        ["By", orNothing(found.user)],
        found.manager && ["Decided by", found.manager],
        ["Asked", date(found.created)],
        ["Last change", date(found.updated)],
      ])),
      card("What is asked for", h("pre", { tabindex: "0", "aria-label": "Data" }, JSON.stringify(found.data, null, 2))),
      found.messages?.length > 0 && card("Messages", h("ul", { class: "lines" }, found.messages.map(entry))),
      found.log?.length > 0 && card("Log", h("ul", { class: "lines" }, found.log.map(entry))),
    ];
  }
}

customElements.define("view-requests", Requests);
customElements.define("view-request", Request);
