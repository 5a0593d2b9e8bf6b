// Overview: is everything well, what waits, what has failed, what has just happened.

import * as api from "../core/api.js";
import { spark } from "../core/chart.js";
import { h, paced, show } from "../core/dom.js";
import { age, date, duration, number, orNothing } from "../core/format.js";
import { live } from "../core/live.js";
import * as router from "../core/router.js";
import * as session from "../core/session.js";
import { badge, table } from "../core/table.js";
import { View } from "../core/view.js";
import { labelOf } from "./activity.js";
import { card } from "./secret.js";

const STEP = 30;
const SPAN = 1800;
const EVERY = 10;
const LAST = 8;
const VIEW_OF = { tasks: "tasks", services: "services", orders: "orders", jobs: "jobs" };
const OWN_VIEW = ["orders", "jobs"];

class Overview extends View {
  title() {
    return "Overview";
  }

  open() {
    this.tiles = h("div");
    this.whole = h("div");
    this.rates = h("div");
    this.last = h("div");
    const changes = card("Last changes", this.last);
    changes.append(h("p", {}, h("a", { href: "#/activity" }, "All changes")));
    show(this.content, this.tiles, this.whole, this.rates, changes);
    this.count();
    this.draw();
    this.follow(["secrets", "containers", "orders"], () => this.count());
    const soon = paced(() => !this.signal.aborted && this.draw(), 500);
    live.addEventListener("change", soon, { signal: this.signal });
    this.repeat(() => this.look(), EVERY);
  }

  /** What the project has. */
  count() {
    const one = async (name) => (await api.get(`v1/${name}`, { limit: 1 }, { signal: this.signal })).total;
    const ask = () => Promise.all(["secrets", "containers", "orders"].map(async (name) => [name, await one(name)]));
    return this.load(this.tiles, ask, (found) => h("ul", { class: "tiles", "aria-label": "In this project" },
      found.map(([name, total]) => h("li", {}, h("a", { href: router.to(name) }, h("strong", {}, number(total)), h("span", {}, name))))));
  }

  async look() {
    await Promise.all([this.operations(), this.speeds()]);
  }

  operations() {
    const ask = () => optional(api.get("operations/v1/overview", {}, { signal: this.signal }));
    return this.load(this.whole, ask, (found) => (found === null ? [] : [this.health(found), this.attention(found.attention), this.work(found)]));
  }

  health({ state, version, uptime_seconds: uptime, processes }) {
    const columns = [
      { label: "Process", lead: true, cell: (one) => one.name },
      { label: "State", cell: (one) => badge(one.state) },
      { label: "For", number: true, cell: (one) => duration(one.age_seconds) },
      { label: "Restarts", number: true, cell: (one) => number(one.restarts) },
      { label: "Pid", number: true, cell: (one) => orNothing(one.pid) },
    ];
    return card("Health",
      h("p", { class: "headline" }, badge(state), ` version ${version}`, uptime !== null && `, up for ${duration(uptime)}`),
      table({ caption: "Processes", columns, rows: processes, nothing: h("p", { class: "hint" }, "No supervisor tells of processes here.") }));
  }

  attention(found) {
    if (found.length === 0) return card("Wants attention", h("p", { class: "fine" }, "Nothing has failed."));
    const columns = [
      { label: "What", lead: true, cell: whatFailed },
      { label: "Reason", cell: (one) => one.reason },
      { label: "Project", cell: (one) => orNothing(one.project_id) },
      { label: "Since", cell: (one) => date(one.since) },
    ];
    return card("Wants attention", table({ caption: "Failures", columns, rows: found }));
  }

  work({ objects, tasks }) {
    const all = [
      ...Object.entries(objects).flatMap(([name, tallies]) => tallies.map((tally) => ({ name, ...tally }))),
      ...tasks.map((count) => ({ ...count, name: `task ${count.kind}` })),
    ];
    const rows = all.filter(({ number: many }) => many > 0);
    const columns = [
      { label: "What", lead: true, cell: (one) => one.name },
      { label: "Status", cell: (one) => (one.status === null ? "–" : badge(one.status)) },
      { label: "Number", number: true, cell: (one) => number(one.number) },
      { label: "Oldest waits for", number: true, cell: (one) => duration(one.oldest_seconds) },
    ];
    return card("Orders, tasks and the rest, of all projects", table({ caption: "By state", columns, rows, nothing: h("p", { class: "hint" }, "There is nothing yet.") }));
  }

  speeds() {
    const since = Math.floor(Date.now() / 1000) - SPAN;
    const ask = () => optional(api.get("operations/v1/rates", { since, step: STEP }, { signal: this.signal }));
    return this.load(this.rates, ask, (found) => (found === null ? [] : card("The last half hour", graphs(found))));
  }

  draw() {
    const rows = live.changes.slice(0, LAST);
    show(this.last, table({
      caption: "Last changes",
      columns: [
        { label: "What", lead: true, cell: (one) => [one.name, " ", h("span", { class: "quiet" }, labelOf(one))] },
        { label: "Change", cell: (one) => badge(one.op) },
        { label: "Status", cell: (one) => orNothing(one.new_status) },
        { label: "By", cell: (one) => one.actor ?? "the program" },
        { label: "Ago", cell: (one) => age(one.received / 1000) },
      ],
      rows,
      nothing: h("p", { class: "hint" }, "Nothing has changed since you signed in."),
    }));
  }
}

/** What has failed: a link to it where it is of the caller's project and has a view, else to its like. */
function whatFailed({ object, id, project_id: project }) {
  if (!(object in VIEW_OF)) return object;
  const isOwn = project !== null && project === session.who()?.projectId;
  const place = isOwn && OWN_VIEW.includes(object) ? [object, id] : [VIEW_OF[object]];
  return h("a", { href: router.to(...place) }, object === "jobs" && isOwn ? `job ${id}` : object);
}

function graphs({ requests, tasks, since, until }) {
  const sums = [
    ["Requests", requests],
    ["Server errors (5xx)", requests.filter((one) => one.class === "5xx")],
    ["Tasks worked", tasks],
  ];
  const rates = sums.map(([label, series]) => spark({
    label, from: since, until, points: summed(series, since, until), shown: (value) => `${number(value)}/s`,
  }));
  const slowest = series(requests, "p99");
  return h("div", { class: "sparks" }, rates,
    spark({ label: "Request time (p99)", from: since, until, points: slowest, shown: duration }),
    spark({ label: "Task time (p99)", from: since, until, points: series(tasks, "p99"), shown: duration }));
}

/** The sum of several series a step, with nothing where nothing was. */
function summed(all, since, until) {
  const sums = new Map(steps(since, until).map((at) => [at, 0]));
  for (const { points } of all) {
    for (const { at, per_second: rate } of points) sums.set(at, (sums.get(at) ?? 0) + rate);
  }
  return [...sums].sort(([one], [other]) => one - other);
}

/** The largest of several series a step. */
function series(all, member) {
  const found = new Map();
  for (const { points } of all) {
    for (const point of points) {
      if (point[member] !== null) found.set(point.at, Math.max(found.get(point.at) ?? 0, point[member]));
    }
  }
  return [...found].sort(([one], [other]) => one - other);
}

function steps(since, until) {
  const first = Math.ceil(since / STEP) * STEP;
  return Array.from({ length: Math.max(0, Math.floor((until - first) / STEP)) }, (_, place) => first + place * STEP);
}

/** Null where the caller may not see it, or this server has no such thing. */
async function optional(asked) {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof api.ApiError && (error.status === 403 || error.status === 404)) return null;
    throw error;
  }
}

customElements.define("view-overview", Overview);
