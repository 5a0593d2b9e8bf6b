// Services: what the supervisors keep running, how it does, and commands to it.

import * as api from "../core/api.js";
import * as dialog from "../core/dialog.js";
import { spark } from "../core/chart.js";
import { h, show } from "../core/dom.js";
import { age, bytes, date, number, orNothing } from "../core/format.js";
import * as router from "../core/router.js";
import { badge, facts, table } from "../core/table.js";
import { say } from "../core/toast.js";
import { View, empty, renew } from "../core/view.js";
import { card } from "./secret.js";

const EVERY = 5;
const MIB = 1024 * 1024;
const at = (transaction, ...more) => ["contexts/v1/contexts", transaction, ...more].map((part, place) => (place ? encodeURIComponent(part) : part)).join("/");

class Services extends View {
  title() {
    return "Services";
  }

  open() {
    this.list = h("div");
    show(this.content, this.list);
    this.look();
    this.follow(["services"], () => this.look());
  }

  look() {
    const more = { signal: this.signal };
    const ask = async () => {
      const { contexts } = await api.get("contexts/v1/contexts", { limit: 100 }, more);
      const known = await Promise.all(contexts.map((one) => api.get(at(one.transaction), {}, more).then((found) => [one, found], gone)));
      return known.filter(Boolean);
    };
    return this.load(this.list, ask, (found) => (found.length === 0 ? empty("No supervisor is running here.") : found.map(([one, now]) => this.context(one, now))));
  }

  context({ transaction, name, created }, { tasks }) {
    const columns = [
      { label: "Service", lead: true, cell: (task) => h("a", { href: router.to("services", transaction, task.service_id) }, task.serviceName || task.service_id) },
      { label: "State", cell: (task) => badge(task.state) },
      { label: "Wanted", cell: (task) => task.desired },
      { label: "Pid", number: true, cell: (task) => orNothing(task.pid) },
      { label: "For", number: true, cell: (task) => age(task.since) },
      { label: "Restarts", number: true, cell: (task) => number(task.restarts) },
      { label: "Actions", cell: (task) => commands(transaction, task.service_id, task.serviceName || task.service_id, task.desired === "up", () => this.look()) },
    ];
    return card(name, h("p", { class: "hint" }, `Since ${date(created)}.`), table({ caption: `Task services of ${name}`, columns, rows: tasks, nothing: empty("It has no task services.") }));
  }
}

/** Null for a context whose supervisor has ended. */
function gone(error) {
  if (error instanceof api.ApiError && [404, 409, 503].includes(error.status)) return null;
  throw error;
}

function commands(transaction, id, name, isUp, look) {
  const button = (action, label) => h("button", { type: "button", "aria-label": `${label} ${name}`, onclick: () => command(transaction, id, name, action, look) }, label);
  return h("div", { class: "buttons" }, isUp ? [button("restart", "Restart"), button("stop", "Stop"), button("reload", "Reload")] : button("start", "Start"));
}

async function command(transaction, id, name, action, look) {
  const work = () => api.post(at(transaction, "actions"), { action, task_id: id });
  try {
    if (action === "stop" || action === "restart") {
      const done = await dialog.confirm({ title: `${action === "stop" ? "Stop" : "Restart"} ${name}?`, text: "What it is doing is ended first, as far as it takes no longer than it may.", action: action === "stop" ? "Stop" : "Restart", work });
      if (!done) return;
    } else {
      await work();
    }
    say(`${name}: ${action} is under way.`);
  } catch (error) {
    if (!(error instanceof api.ApiError)) throw error;
    say(error.message, "bad");
  }
  look();
}

class Service extends View {
  title() {
    return "Service";
  }

  open() {
    [this.transaction, this.id] = this.path;
    this.main = h("div");
    this.graphs = h("div");
    show(this.content, this.main, this.graphs);
    this.repeat(() => this.look(), EVERY);
  }

  look() {
    const more = { signal: this.signal };
    this.load(this.main, () => api.get(at(this.transaction, "services", this.id), {}, more), (found) => this.draw(found));
    const ask = () => api.get(at(this.transaction, "stats"), {}, more).catch(unwatched);
    this.load(this.graphs, ask, ({ services }) => card("The last hour", history(services[this.id] ?? [])));
  }

  draw(service) {
    show(this.heading, service.serviceName || service.service_id);
    renew(this.actions, commands(this.transaction, this.id, service.serviceName, service.desired === "up", () => this.look()));
    return [
      card("About", facts([
        ["State", badge(service.state)],
        ["Wanted", service.desired],
        ["Pid", orNothing(service.pid)],
        ["In this state for", age(service.since)],
        ["Restarts", number(service.restarts)],
        service.exit_code !== null && ["Ended with", service.exit_code],
      ])),
      card("Last lines of its log", service.log.length
        ? h("pre", { class: "log", tabindex: "0", "aria-label": "Log" }, service.log.join("\n"))
        : h("p", { class: "hint" }, "It has said nothing.")),
    ];
  }
}

/** The answer where no monitor runs beside the supervisor. */
function unwatched(error) {
  if (error instanceof api.ApiError && error.status === 503) return { services: {} };
  throw error;
}

function history(points) {
  if (points.length === 0) return h("p", { class: "hint" }, "No monitor has told anything of it.");
  const of = (member, factor = 1) => points.map((point) => [point.timestamp, (point[member] ?? 0) * factor]);
  return h("div", { class: "sparks" },
    spark({ label: "CPU", points: of("cpu_percent"), shown: (value) => `${number(value)} %` }),
    spark({ label: "Memory", points: of("rss", MIB), shown: bytes }),
    spark({ label: "Open files", points: of("open_fds"), shown: number }));
}

customElements.define("view-services", Services);
customElements.define("view-service", Service);
