// Jobs: transfers between sites with their progress, and new ones, tried dry first.

import * as api from "../core/api.js";
import * as dialog from "../core/dialog.js";
import { progress } from "../core/chart.js";
import { h, show } from "../core/dom.js";
import { field, values } from "../core/form.js";
import { age, bytes } from "../core/format.js";
import * as router from "../core/router.js";
import { badge, table } from "../core/table.js";
import { say } from "../core/toast.js";
import { View, empty } from "../core/view.js";

export const ROOM = "workqueue/api/v1.0";
export const UNFINISHED = ["NEW", "SUBMITTED", "RUNNING"];
const PAGE = 25;
const EVERY = 3;
const TYPES = ["LIST", "COPY", "REMOVE", "RENAME", "MKDIR"];

/** How far a job is: its bytes where it has any, else its elements. */
export function far(job) {
  const ended = job.num_done + job.num_failed + job.num_cancelled;
  const [part, whole, words] = job.bytes_total > 0
    ? [job.bytes_done, job.bytes_total, `${bytes(job.bytes_done)} of ${bytes(job.bytes_total)}`]
    : [ended, job.num_elements, `${ended} of ${job.num_elements}`];
  return h("div", { class: "far" }, progress(`Progress of job ${job.id}`, part, whole, job.num_failed > 0 && "bad"), h("span", {}, words));
}

class Jobs extends View {
  title() {
    return "Jobs";
  }

  open() {
    this.marks = [];
    this.bar = h("form", { class: "filters", role: "search", "aria-label": "Filter the jobs", oninput: () => this.from([]), onsubmit: (event) => event.preventDefault() },
      field({ name: "status", label: "Status", kind: "select", options: [["", "any"], ...UNFINISHED, "DONE", "FAILED", "CANCELLED"] }),
      field({ name: "type", label: "Type", kind: "select", options: [["", "any"], ...TYPES] }));
    this.list = h("div");
    show(this.actions,
      h("button", { type: "button", class: "primary", onclick: () => this.add() }, "New job"),
      h("a", { class: "button", href: "#/sites" }, "Sites"));
    show(this.content, this.bar, this.list);
    this.look();
    this.every(EVERY, () => this.moving && this.look()); // no feed tells of single bytes
    this.follow(["jobs"], () => this.look());
  }

  from(marks) {
    this.marks = marks;
    return this.look();
  }

  look() {
    const marker = this.marks.at(-1);
    const ask = () => api.get(`${ROOM}/jobs`, { ...values(this.bar), limit: PAGE, marker }, { signal: this.signal });
    return this.load(this.list, ask, (jobs) => this.draw(jobs));
  }

  draw(jobs) {
    this.moving = jobs.some((job) => UNFINISHED.includes(job.status));
    const columns = [
      { label: "Job", lead: true, cell: (job) => h("a", { href: router.to("jobs", job.id) }, `${job.type} ${job.id}`) },
      { label: "Status", cell: (job) => [badge(job.status), job.dry_run && " dry run"] },
      { label: "From", cell: (job) => job.src_filepath },
      { label: "To", cell: (job) => job.dst_filepath ?? "–" },
      { label: "Progress", cell: far },
      { label: "Failed", number: true, cell: (job) => job.num_failed },
      { label: "Age", number: true, cell: (job) => age(job.created) },
    ];
    const nothing = empty("There are no jobs here.", h("p", {}, "A job lists, copies, removes or renames files at sites, or makes folders there."));
    return [
      table({ caption: "Jobs, the newest first", columns, rows: jobs, nothing }),
      (this.marks.length > 0 || jobs.length === PAGE) && h("nav", { class: "pager", "aria-label": "Pages" },
        h("button", { type: "button", disabled: this.marks.length === 0, onclick: () => this.from(this.marks.slice(0, -1)) }, "Newer"),
        h("button", { type: "button", disabled: jobs.length < PAGE, onclick: () => this.from([...this.marks, jobs.at(-1).id]) }, "Older")),
    ];
  }

  async add() {
    const sites = await api.get(`${ROOM}/sites`);
    if (sites.length === 0) {
      say("There are no sites yet: make one first.");
      router.go("sites");
      return;
    }
    const places = sites.map((site) => [String(site.id), site.name]);
    const target = h("div");
    const choose = (type) => show(target,
      type === "COPY" && field({ name: "dst_siteid", label: "To site", kind: "select", options: places }),
      (type === "COPY" || type === "RENAME") && field({ name: "dst_filepath", label: "To path", required: true }));
    choose("COPY");
    const made = await dialog.ask({
      title: "New job",
      submit: "Go on",
      fields: [
        field({ name: "type", label: "What", kind: "select", options: TYPES, value: "COPY", onchange: (event) => choose(event.target.value) }),
        field({ name: "src_siteid", label: "Site", kind: "select", options: places }),
        field({ name: "src_filepath", label: "Path", required: true }),
        target,
        field({ name: "dry_run", label: "A dry run first: only see what would be done", kind: "checkbox", value: true }),
      ],
      work: (given) => api.post(`${ROOM}/jobs`, bodyOf(given)),
    });
    if (made) router.go("jobs", made.id);
  }
}

function bodyOf({ type, src_siteid, src_filepath, dst_siteid, dst_filepath, dry_run }) {
  return {
    type, src_siteid: Number(src_siteid), src_filepath, dry_run,
    ...(dst_siteid ? { dst_siteid: Number(dst_siteid) } : {}),
    ...(dst_filepath ? { dst_filepath } : {}),
  };
}

customElements.define("view-jobs", Jobs);
