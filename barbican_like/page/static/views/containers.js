// Containers: the list, new ones, and one of them.

import * as api from "../core/api.js";
import * as dialog from "../core/dialog.js";
import { h, show } from "../core/dom.js";
import { field } from "../core/form.js";
import { date, idOf, orNothing } from "../core/format.js";
import * as router from "../core/router.js";
import { badge, facts, pager, table } from "../core/table.js";
import { say } from "../core/toast.js";
import { View, empty, renew } from "../core/view.js";
import { acl } from "./acl.js";
import { card } from "./secret.js";

const PAGE = 20;
const MOST_SECRETS = 100;

// What a container of each type has; a generic one has any secrets, each with a name of its own.
const PARTS = {
  rsa: [["private_key", true], ["public_key", true], ["private_key_passphrase", false]],
  certificate: [["certificate", true], ["private_key", false], ["private_key_passphrase", false], ["intermediates", false]],
};

const COLUMNS = [
  { label: "Name", lead: true, cell: (one) => h("a", { href: router.to("containers", idOf(one.container_ref)) }, one.name || "without a name") },
  { label: "Type", cell: (one) => one.type },
  { label: "Secrets", number: true, cell: (one) => one.secret_refs.length },
  { label: "Consumers", number: true, cell: (one) => one.consumers.length },
  { label: "Created", cell: (one) => date(one.created) },
];

class Containers extends View {
  title() {
    return "Containers";
  }

  open() {
    this.offset = Number(this.query.offset) || 0;
    this.list = h("div");
    show(this.actions, h("button", { type: "button", class: "primary", onclick: () => this.add() }, "New container"));
    show(this.content, this.list);
    this.look();
    this.follow(["containers"], () => this.look());
  }

  look(offset = this.offset) {
    this.offset = offset;
    router.refine({ offset: offset || "" });
    const ask = () => api.get("v1/containers", { offset, limit: PAGE }, { signal: this.signal });
    return this.load(this.list, ask, ({ containers, total }) => [
      table({ caption: "Containers", columns: COLUMNS, rows: containers, nothing: empty("There are no containers in this project yet.") }),
      pager({ offset, limit: PAGE, total, onpage: (place) => this.look(place) }),
    ]);
  }

  async add() {
    const { secrets } = await api.get("v1/secrets", { limit: MOST_SECRETS, sort: "created:desc" });
    const parts = h("div");
    const type = field({ name: "type", label: "Type", kind: "select", options: ["generic", "rsa", "certificate"], onchange: (event) => show(parts, partsOf(event.target.value, secrets)) });
    show(parts, partsOf("generic", secrets));
    const made = await dialog.ask({
      title: "New container",
      submit: "Make",
      fields: [field({ name: "name", label: "Name" }), type, parts],
      work: (given) => api.post("v1/containers", bodyOf(given, secrets)),
    });
    if (!made) return;
    say("The container is made.");
    router.go("containers", idOf(made.container_ref));
  }
}

function partsOf(type, secrets) {
  const nameOf = (secret) => secret.name || `without a name, ${idOf(secret.secret_ref).slice(0, 8)}`;
  if (type === "generic") {
    if (secrets.length === 0) return h("p", { class: "hint" }, "There are no secrets to put in.");
    return h("fieldset", { class: "many" }, h("legend", {}, "Secrets"),
      secrets.map((secret, place) => field({ name: `secret-${place}`, label: nameOf(secret), kind: "checkbox" })));
  }
  return PARTS[type].map(([name, required]) => field({
    name, label: name.replaceAll("_", " "), kind: "select", required,
    options: [["", required ? "choose one" : "none"], ...secrets.map((secret) => [secret.secret_ref, nameOf(secret)])],
  }));
}

function bodyOf(given, secrets) {
  const chosen = given.type === "generic"
    ? secrets.filter((_, place) => given[`secret-${place}`]).map((secret) => ({ name: secret.name || idOf(secret.secret_ref), secret_ref: secret.secret_ref }))
    : PARTS[given.type].filter(([name]) => given[name]).map(([name]) => ({ name, secret_ref: given[name] }));
  return { type: given.type, secret_refs: chosen, ...(given.name ? { name: given.name } : {}) };
}

class Container extends View {
  title() {
    return "Container";
  }

  open() {
    [this.id] = this.path;
    this.at = `v1/containers/${encodeURIComponent(this.id)}`;
    this.main = h("div");
    show(this.content, this.main);
    this.look();
    this.follow(["containers"], () => this.look());
  }

  look() {
    const ask = async () => {
      const container = await api.get(this.at, {}, { signal: this.signal });
      const readers = await api.get(`${this.at}/acl`, {}, { signal: this.signal }).catch(() => undefined);
      return { container, readers };
    };
    return this.load(this.main, ask, (found) => this.draw(found));
  }

  draw({ container, readers }) {
    show(this.heading, container.name || "Container without a name");
    renew(this.actions, h("button", { type: "button", class: "danger", onclick: () => this.remove(container) }, "Delete"));
    return [
      card("About", facts([
        ["Id", h("code", {}, this.id)],
        ["Status", badge(container.status)],
        ["Type", container.type],
        ["Created", date(container.created)],
        ["Creator", orNothing(container.creator_id)],
      ])),
      card("Secrets", table({
        caption: "Secrets in it",
        columns: [
          { label: "Name", lead: true, cell: (one) => one.name || "without a name" },
          { label: "Secret", cell: (one) => h("a", { href: router.to("secrets", idOf(one.secret_ref)) }, idOf(one.secret_ref)) },
        ],
        rows: container.secret_refs,
        nothing: h("p", { class: "hint" }, "It is empty."),
      })),
      card("Who may read it", acl(this.at, readers, () => this.look())),
      card("Consumers", table({
        caption: "Consumers",
        columns: [{ label: "Name", lead: true, cell: (one) => one.name }, { label: "Address", cell: (one) => one.URL }],
        rows: container.consumers,
        nothing: h("p", { class: "hint" }, "Nobody has said that he uses it."),
      })),
    ];
  }

  async remove(container) {
    const users = container.consumers;
    const text = [
      h("p", {}, "The secrets in it stay."),
      users.length > 0 && h("p", {}, "These use it, and will not find it any more:"),
      users.length > 0 && h("ul", {}, users.map((user) => h("li", {}, `${user.name}: ${user.URL}`))),
    ];
    const done = await dialog.confirm({ title: `Delete ${container.name || "this container"}?`, text, action: "Delete", danger: true, work: () => api.remove(this.at) });
    if (!done) return;
    say("The container is deleted.");
    router.go("containers");
  }
}

customElements.define("view-containers", Containers);
customElements.define("view-container", Container);
