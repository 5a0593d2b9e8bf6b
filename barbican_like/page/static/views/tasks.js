// Tasks: what waits, what is worked, what was given up; another try, or an end.

import * as api from "../core/api.js";
import * as dialog from "../core/dialog.js";
import { h, show } from "../core/dom.js";
import { field, values } from "../core/form.js";
import { age, duration, number, orNothing, shortId } from "../core/format.js";
import { badge, pager, table } from "../core/table.js";
import { say } from "../core/toast.js";
import { View, empty } from "../core/view.js";
import { card } from "./secret.js";

const PAGE = 20;
const EVERY = 5;
const NOTHING = {
  true: "No open task fits these filters.",
  false: "No task is open: everything that was asked for is done.",
};

/** A name that is broken between its words, where it must be. */
function breakable(name) {
  return name.split("_").map((word, place) => (place ? ["_", h("wbr"), word] : word));
}

class Tasks extends View {
  title() {
    return "Tasks";
  }

  open() {
    this.offset = 0;
    this.bar = h("form", { class: "filters", role: "search", "aria-label": "Filter the tasks", oninput: () => this.look(0), onsubmit: (event) => event.preventDefault() },
      field({ name: "status", label: "Status", kind: "select", options: [["", "any"], "READY", "SCHEDULED", "CLAIMED", "DEAD"] }),
      field({ name: "kind", label: "Kind", kind: "search", pattern: "[a-z0-9_]*" }));
    this.list = h("div");
    show(this.actions, h("button", { type: "button", onclick: () => this.retryAll() }, "Retry all dead ones"));
    show(this.content, this.bar, this.list);
    this.repeat(() => this.look(), EVERY);
    this.follow(["orders", "jobs"], () => this.look());
  }

  look(offset = this.offset) {
    this.offset = offset;
    const ask = () => api.get("operations/v1/tasks", { ...values(this.bar), offset, limit: PAGE }, { signal: this.signal });
    return this.load(this.list, ask, (found) => this.draw(found));
  }

  draw({ tasks, total, counts }) {
    const columns = [
      { label: "Kind", lead: true, cell: (task) => breakable(task.kind) },
      { label: "Status", cell: (task) => [badge(task.status), task.cancel_requested && " to be cancelled"] },
      { label: "About", cell: (task) => (task.entity_id === task.kind ? "–" : h("code", { title: task.entity_id }, shortId(task.entity_id))) },
      { label: "Project", cell: (task) => orNothing(task.project_id) },
      { label: "Tries", number: true, cell: (task) => number(task.attempts) },
      { label: "Last error", cell: (task) => orNothing(task.last_error) },
      { label: "Progress", cell: (task) => orNothing(task.progress) },
      { label: "Age", number: true, cell: (task) => age(task.created_at) },
      { label: "Actions", cell: (task) => this.buttons(task) },
    ];
    const sums = [
      { label: "Kind", lead: true, cell: (one) => breakable(one.kind) },
      { label: "Status", cell: (one) => badge(one.status) },
      { label: "Number", number: true, cell: (one) => number(one.number) },
      { label: "Oldest", number: true, cell: (one) => duration(one.oldest_seconds) },
    ];
    return [
      table({ caption: "Open tasks, the oldest first", columns, rows: tasks, nothing: empty(NOTHING[String(this.isFiltered())]) }),
      pager({ offset: this.offset, limit: PAGE, total, onpage: (place) => this.look(place) }),
      counts.length > 0 && card("By kind", table({ caption: "Tasks by kind and status", columns: sums, rows: counts })),
    ];
  }

  isFiltered() {
    return Object.values(values(this.bar)).some(Boolean);
  }

  buttons(task) {
    const name = `${task.kind} of ${shortId(task.entity_id)}`;
    return h("div", { class: "buttons" },
      h("button", { type: "button", "aria-label": `Retry ${name}`, onclick: () => this.command(task, "retry", "is tried again") }, "Retry"),
      h("button", { type: "button", "aria-label": `Cancel ${name}`, onclick: () => this.cancel(task) }, "Cancel"));
  }

  async command(task, action, done) {
    try {
      await api.post(`operations/v1/tasks/${task.id}/actions`, { action });
      say(`The task ${done}.`);
    } catch (error) {
      if (!(error instanceof api.ApiError)) throw error;
      say(error.message, "bad");
    }
    this.look();
  }

  async cancel(task) {
    const work = () => api.post(`operations/v1/tasks/${task.id}/actions`, { action: "cancel" });
    const done = await dialog.confirm({ title: "Cancel this task?", text: `${task.kind} is not worked any more, and what it is about ends in an error.`, action: "Cancel the task", work });
    if (done) this.look();
  }

  async retryAll() {
    try {
      const { tasks } = await api.post("operations/v1/tasks/actions", { action: "retry", all: true });
      say(`${tasks.length} tasks are tried again.`);
    } catch (error) {
      if (!(error instanceof api.ApiError)) throw error;
      say(error.message, "bad");
    }
    this.look();
  }
}

customElements.define("view-tasks", Tasks);
