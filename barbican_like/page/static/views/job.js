// One job: how far it is, its elements, what each try of them has said.

import * as api from "../core/api.js";
import * as dialog from "../core/dialog.js";
import { h, show } from "../core/dom.js";
import { bytes, date, duration, number, orNothing } from "../core/format.js";
import * as router from "../core/router.js";
import { badge, facts, table } from "../core/table.js";
import { say } from "../core/toast.js";
import { View, renew } from "../core/view.js";
import { ROOM, UNFINISHED, far } from "./jobs.js";
import { card } from "./secret.js";

const ELEMENTS = 50;
const PLANNED = 100;
const EVERY = 2;

class Job extends View {
  title() {
    return "Job";
  }

  open() {
    [this.id] = this.path;
    this.at = `${ROOM}/jobs/${encodeURIComponent(this.id)}`;
    this.marks = [];
    this.main = h("div");
    this.elements = h("div");
    this.rest = card("Elements", this.elements);
    this.rest.hidden = true; // until it is known that there is such a job
    show(this.content, this.main, this.rest);
    this.look();
    this.every(EVERY, () => !this.ended && this.look()); // no feed tells of single bytes
    this.follow(["jobs"], () => this.look());
  }

  look() {
    this.load(this.main, () => this.whole(), (found) => this.draw(found));
    this.page();
  }

  async whole() {
    const more = { signal: this.signal };
    const job = await api.get(this.at, {}, more);
    const planned = job.dry_run && job.status === "DONE";
    const plan = planned ? (await api.get(`${this.at}/elements/0/output`, {}, more)).plan : null;
    return { job, plan };
  }

  page() {
    const ask = () => api.get(`${this.at}/elements`, { limit: ELEMENTS, marker: this.marks.at(-1) }, { signal: this.signal });
    return this.load(this.elements, ask, (found) => this.list(found));
  }

  draw({ job, plan }) {
    this.ended = !UNFINISHED.includes(job.status);
    this.rest.hidden = false;
    show(this.heading, `${job.type} ${job.id}`);
    renew(this.actions, this.buttons(job));
    return [
      card("About", far(job), facts([
        ["Status", [badge(job.status), job.dry_run && " dry run"]],
        ["From", placeOf(job.src_filepath, job.src_siteid)],
        job.dst_filepath !== null && ["To", placeOf(job.dst_filepath, job.dst_siteid ?? job.src_siteid)],
        ["Elements", number(job.num_elements)],
        ["Done, failed, cancelled", `${job.num_done}, ${job.num_failed}, ${job.num_cancelled}`],
        ["Made", date(job.created)],
        ["Last change", date(job.timestamp)],
        job.error && ["First failure", `element ${job.error.elementid}: ${job.error.reason} (${job.error.code})`],
      ])),
      plan && this.plan(job, plan),
    ];
  }

  buttons(job) {
    const button = (label, work, kind) => h("button", { type: "button", class: kind, onclick: work }, label);
    if (!this.ended) return button("Cancel", () => this.command("cancel", "is being cancelled"));
    return [
      job.num_failed + job.num_cancelled > 0 && button("Retry", () => this.command("retry", "is tried again"), "primary"),
      button("Delete", () => this.remove(), "danger"),
    ];
  }

  plan(job, plan) {
    const columns = [
      { label: "What", cell: (one) => badge(one.action) },
      { label: "From", lead: true, cell: (one) => one.src_filepath },
      { label: "To", cell: (one) => one.dst_filepath ?? "–" },
      { label: "Size", number: true, cell: (one) => bytes(one.size) },
    ];
    return card("What would be done",
      h("p", {}, `${number(plan.files)} files, ${number(plan.directories)} folders, ${bytes(plan.bytes)}.`),
      table({ caption: "The first of them", columns, rows: plan.elements.slice(0, PLANNED) }),
      h("button", { type: "button", class: "primary", onclick: () => this.again(job) }, "Do it"));
  }

  list(found) {
    const columns = [
      { label: "Element", number: true, cell: (one) => one.id },
      { label: "What", cell: (one) => one.type },
      { label: "Path", lead: true, cell: (one) => one.src_filepath },
      { label: "Status", cell: (one) => badge(one.status) },
      { label: "Size", number: true, cell: (one) => bytes(one.size) },
      { label: "Speed", number: true, cell: (one) => (one.average > 0 ? `${bytes(one.average)}/s` : "–") },
      { label: "Reason", cell: (one) => orNothing(one.error?.reason) },
      { label: "Tries", cell: (one) => (one.attempts === 0 ? "0" : h("button", { type: "button", "aria-label": `Outputs of element ${one.id}`, onclick: () => this.outputs(one) }, `${one.attempts}: outputs`)) },
    ];
    return [
      table({ caption: "Elements", columns, rows: found }),
      (this.marks.length > 0 || found.length === ELEMENTS) && h("nav", { class: "pager", "aria-label": "Pages of elements" },
        h("button", { type: "button", disabled: this.marks.length === 0, onclick: () => this.turn(this.marks.slice(0, -1)) }, "Previous"),
        h("button", { type: "button", disabled: found.length < ELEMENTS, onclick: () => this.turn([...this.marks, found.at(-1).id]) }, "Next")),
    ];
  }

  turn(marks) {
    this.marks = marks;
    return this.page();
  }

  outputs(element) {
    const place = h("div", { class: "outputs" });
    const one = (attempt) => api.get(`${this.at}/elements/${element.id}/output/${attempt}`, {}, { signal: this.signal });
    const unfinished = (error) => (error.status === 400 ? null : Promise.reject(error));
    const ask = () => Promise.all(Array.from({ length: element.attempts }, (_, place_) => one(place_ + 1).catch(unfinished)));
    this.load(place, ask, (found) => found.filter(Boolean).map((output) => [
      h("h3", {}, `Try ${output.attempt} `, badge(output.status)),
      h("pre", { class: "log", tabindex: "0", "aria-label": `Log of try ${output.attempt}` }, output.log),
      output.listing && listing(output.listing),
    ]));
    return dialog.open(`Element ${element.id}`, (close) => [
      facts([["Path", element.src_filepath], ["Took", duration(element.elapsed)], ["Checksum", orNothing(element.checksum)]]),
      place,
      h("div", { class: "buttons" }, h("button", { type: "button", onclick: () => close() }, "Close")),
    ]);
  }

  async command(word, done) {
    try {
      await api.post(`${this.at}/${word}`);
      say(`The job ${done}.`);
    } catch (error) {
      if (!(error instanceof api.ApiError)) throw error;
      say(error.message, "bad");
    }
    this.ended = false;
    this.look();
  }

  async again(job) {
    const { type, protocol, src_siteid, src_filepath, dst_siteid, dst_filepath, extra_opts, priority, max_tries } = job;
    const target = type === "COPY" ? { dst_siteid, dst_filepath } : type === "RENAME" ? { dst_filepath } : {};
    const made = await api.post(`${ROOM}/jobs`, { type, protocol, src_siteid, src_filepath, extra_opts, priority, max_tries, ...target });
    say("The job is accepted.");
    router.go("jobs", made.id);
  }

  async remove() {
    const done = await dialog.confirm({ title: "Delete this job?", text: "Its elements and outputs go with it. The files stay as they are.", action: "Delete", danger: true, work: () => api.remove(this.at) });
    if (done) router.go("jobs");
  }
}

function placeOf(path, site) {
  return [path, " at ", h("a", { href: router.to("sites", site) }, `site ${site}`)];
}

function listing(folders) {
  const rows = Object.entries(folders).flatMap(([folder, files]) => files.map((file) => ({ folder, ...file }))).slice(0, PLANNED);
  return table({
    caption: "What is there",
    columns: [
      { label: "Folder", cell: (file) => file.folder },
      { label: "Name", lead: true, cell: (file) => file.name },
      { label: "Size", number: true, cell: (file) => bytes(file.st_size) },
      { label: "Changed", cell: (file) => date(file.st_mtime) },
    ],
    rows,
  });
}

customElements.define("view-job", Job);
