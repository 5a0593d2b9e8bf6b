// Sites: places where files are, the credential that is shown to each, and whether it answers.

import * as api from "../core/api.js";
import * as dialog from "../core/dialog.js";
import { h, show } from "../core/dom.js";
import { field } from "../core/form.js";
import { date, duration, idOf } from "../core/format.js";
import * as router from "../core/router.js";
import { badge, facts, table } from "../core/table.js";
import { say } from "../core/toast.js";
import { View, empty, renew } from "../core/view.js";
import { ROOM } from "./jobs.js";
import { card } from "./secret.js";

const PROTOCOLS = ["FILE", "SFTP", "DUMMY", "S3", "WEBDAV", "HTTP"];
const AUTHS = ["NONE", "PASSWORD", "SSH_KEY", "S3_KEY", "TOKEN"];
const MOST_SECRETS = 100;

class Sites extends View {
  title() {
    return "Sites";
  }

  open() {
    this.list = h("div");
    show(this.actions, h("button", { type: "button", class: "primary", onclick: () => this.add() }, "New site"), h("a", { class: "button", href: "#/jobs" }, "Jobs"));
    show(this.content, this.list);
    this.look();
    this.follow(["sites"], () => this.look());
  }

  look() {
    const columns = [
      { label: "Name", lead: true, cell: (site) => h("a", { href: router.to("sites", site.id) }, site.name) },
      { label: "Protocols", cell: (site) => site.protocols.join(", ") },
      { label: "Wants", cell: (site) => site.auth },
      { label: "For", cell: (site) => (site.visibility === "public" ? "every project" : "this project") },
      { label: "Last change", cell: (site) => date(site.timestamp) },
    ];
    return this.load(this.list, () => api.get(`${ROOM}/sites`, {}, { signal: this.signal }), (rows) =>
      table({ caption: "Sites", columns, rows, nothing: empty("There are no sites yet.", h("p", {}, "A site is a place where files are: a folder, an SFTP server, a bucket.")) }));
  }

  async add() {
    const made = await dialog.ask({
      title: "New site",
      submit: "Make",
      fields: [
        field({ name: "name", label: "Name", required: true }),
        field({ name: "description", label: "Description" }),
        field({ name: "protocol", label: "Protocol", kind: "select", options: PROTOCOLS }),
        field({ name: "url", label: "Address", required: true, hint: "Such as file:///srv/in or sftp://host:22/srv/in; without a name or a password in it." }),
        field({ name: "auth", label: "What it wants to be shown", kind: "select", options: AUTHS }),
        field({ name: "host_keys", label: "Host keys", kind: "textarea", hint: "Of an SFTP server, one a line, as ssh-keyscan prints them without the name." }),
      ],
      work: ({ name, description, protocol, url, auth, host_keys }) => api.post(`${ROOM}/sites`, {
        name, description, auth, endpoints: [{ protocol, url }],
        ...(host_keys.trim() ? { host_keys: host_keys.split("\n").map((line) => line.trim()).filter(Boolean) } : {}),
      }),
    });
    if (made) router.go("sites", made.id);
  }
}

class Site extends View {
  title() {
    return "Site";
  }

  open() {
    [this.id] = this.path;
    this.at = `${ROOM}/sites/${encodeURIComponent(this.id)}`;
    this.main = h("div");
    this.checked = h("div", { role: "status" });
    this.rest = card("Does it answer?", this.checked);
    this.rest.hidden = true; // until it is known that there is such a site
    show(this.content, this.main, this.rest);
    show(this.checked, this.button());
    this.look();
    this.follow(["sites"], () => this.look());
  }

  button() {
    return h("button", { type: "button", onclick: () => this.check() }, "Check it now");
  }

  look() {
    const more = { signal: this.signal };
    const none = (error) => (error.status === 404 ? null : Promise.reject(error));
    const ask = async () => ({ site: await api.get(this.at, {}, more), credential: await api.get(`${this.at}/credential`, {}, more).catch(none) });
    return this.load(this.main, ask, (found) => this.draw(found));
  }

  draw({ site, credential }) {
    show(this.heading, site.name);
    this.rest.hidden = false;
    renew(this.actions, site.is_owner && h("button", { type: "button", class: "danger", onclick: () => this.remove(site) }, "Delete"));
    const endpoints = [
      { label: "Protocol", lead: true, cell: (one) => one.protocol },
      { label: "Address", cell: (one) => h("code", {}, one.url) },
    ];
    return [
      card("About", facts([
        ["Description", site.description || "–"],
        ["For", site.visibility === "public" ? "every project" : "this project"],
        ["Wants", site.auth],
        ["Connections at once", site.limits.connections],
        ["Made", date(site.created)],
      ]), table({ caption: "Endpoints", columns: endpoints, rows: site.endpoints })),
      card("Credential", this.credential(site, credential)),
    ];
  }

  credential(site, found) {
    if (site.auth === "NONE") return h("p", { class: "hint" }, "It wants none.");
    return [
      found === null
        ? h("p", {}, "This project has chosen none yet, so its jobs wait.")
        : facts([
          ["Secret", h("a", { href: router.to("secrets", idOf(found.secret_ref)) }, idOf(found.secret_ref))],
          ["Expires", date(found.expires)],
          ["Chosen", date(found.timestamp)],
        ]),
      h("div", { class: "buttons" },
        h("button", { type: "button", onclick: () => this.choose() }, found === null ? "Choose a secret" : "Choose another"),
        found !== null && h("button", { type: "button", onclick: () => this.forget() }, "Take it away")),
    ];
  }

  async choose() {
    const { secrets } = await api.get("v1/secrets", { limit: MOST_SECRETS, sort: "created:desc" });
    const options = secrets.map((secret) => [secret.secret_ref, secret.name || idOf(secret.secret_ref)]);
    const done = await dialog.ask({
      title: "Choose a secret",
      submit: "Use it",
      fields: [field({ name: "secret_ref", label: "Secret", kind: "select", required: true, options, hint: "Its payload is a JSON object, such as a username and a password. It stays where it is." })],
      work: ({ secret_ref }) => api.put(`${this.at}/credential`, { secret_ref }),
    });
    if (done) this.look();
  }

  async forget() {
    const done = await dialog.confirm({ title: "Take the credential away?", text: "The secret stays. Jobs that need it wait for another.", action: "Take it away", work: () => api.remove(`${this.at}/credential`) });
    if (done) this.look();
  }

  check() {
    const columns = [
      { label: "Address", lead: true, cell: (one) => h("code", {}, one.url) },
      { label: "Answers", cell: (one) => badge(one.ok ? "up" : "ERROR") },
      { label: "After", number: true, cell: (one) => duration(one.latency) },
      { label: "Reason", cell: (one) => one.error?.reason ?? "–" },
    ];
    show(this.checked);
    return this.load(this.checked, () => api.get(`${this.at}/check`, {}, { signal: this.signal }), ({ ok, endpoints }) => [
      h("p", {}, ok ? "It answers." : "It does not answer as it should."),
      table({ caption: "The check", columns, rows: endpoints }),
      this.button(),
    ]);
  }

  async remove(site) {
    const done = await dialog.confirm({ title: `Delete ${site.name}?`, text: "The files that are there stay.", action: "Delete", danger: true, work: () => api.remove(this.at) });
    if (done) router.go("sites");
  }
}

customElements.define("view-sites", Sites);
customElements.define("view-site", Site);
