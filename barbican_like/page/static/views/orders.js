// Orders: keys and key pairs that the server makes, and what has become of them.

import * as api from "../core/api.js";
import * as dialog from "../core/dialog.js";
import { h, show } from "../core/dom.js";
import { field } from "../core/form.js";
import { age, date, idOf, orNothing } from "../core/format.js";
import * as router from "../core/router.js";
import { badge, facts, pager, table } from "../core/table.js";
import { say } from "../core/toast.js";
import { View, empty, renew } from "../core/view.js";
import { card } from "./secret.js";

const PAGE = 20;
const LENGTHS = { rsa: ["2048", "3072", "4096"], ec: ["256", "384", "521"], dsa: ["2048", "3072"], aes: ["256", "192", "128"], hmacsha256: ["256", "512"] };

const result = (order) => {
  if (order.secret_ref) return h("a", { href: router.to("secrets", idOf(order.secret_ref)) }, "secret");
  if (order.container_ref) return h("a", { href: router.to("containers", idOf(order.container_ref)) }, "container");
  return order.error_reason ?? "–";
};

const COLUMNS = [
  { label: "Name", lead: true, cell: (order) => h("a", { href: router.to("orders", idOf(order.order_ref)) }, order.meta.name || "without a name") },
  { label: "Type", cell: (order) => order.type },
  { label: "Algorithm", cell: (order) => [order.meta.algorithm, order.meta.bit_length].filter(Boolean).join(" ") },
  { label: "Status", cell: (order) => badge(order.status) },
  { label: "Result", cell: result },
  { label: "Age", cell: (order) => age(order.created) },
];

class Orders extends View {
  title() {
    return "Orders";
  }

  open() {
    this.offset = Number(this.query.offset) || 0;
    this.list = h("div");
    show(this.actions,
      h("button", { type: "button", class: "primary", onclick: () => this.add("key") }, "Order a key"),
      h("button", { type: "button", onclick: () => this.add("asymmetric") }, "Order a key pair"));
    show(this.content, this.list);
    this.look();
    this.follow(["orders"], () => this.look());
  }

  look(offset = this.offset) {
    this.offset = offset;
    router.refine({ offset: offset || "" });
    return this.load(this.list, () => this.page(offset), ({ orders, total }) => [
      table({
        caption: "Orders, the newest first", columns: COLUMNS, rows: orders.reverse(),
        nothing: empty("Nothing was ordered in this project yet.", h("p", {}, "An accepted order is worked, whatever fails in between.")),
      }),
      pager({ offset, limit: PAGE, total, onpage: (place) => this.look(place) }),
    ]);
  }

  /** Some of the newest first, while the API lists the oldest first: so pages are counted from the end. */
  async page(offset) {
    const get = (query) => api.get("v1/orders", query, { signal: this.signal });
    const { total } = await get({ limit: 1 });
    const end = Math.max(0, total - offset);
    const begin = Math.max(0, end - PAGE);
    const { orders } = end > 0 ? await get({ offset: begin, limit: end - begin }) : { orders: [] };
    return { orders, total };
  }

  async add(type) {
    const pair = type === "asymmetric";
    const algorithms = pair ? ["rsa", "ec", "dsa", "ed25519", "x25519"] : ["aes", "hmacsha256"];
    const length = h("div");
    const choose = (algorithm) => show(length, LENGTHS[algorithm] && field({ name: "bit_length", label: "Bits", kind: "select", options: LENGTHS[algorithm] }));
    choose(algorithms[0]);
    const made = await dialog.ask({
      title: pair ? "Order a key pair" : "Order a key",
      submit: "Order",
      fields: [
        field({ name: "name", label: "Name" }),
        field({ name: "algorithm", label: "Algorithm", kind: "select", options: algorithms, onchange: (event) => choose(event.target.value) }),
        length,
      ],
      work: ({ name, algorithm, bit_length }) => api.post("v1/orders", {
        type,
        meta: {
          algorithm,
          ...(name ? { name } : {}),
          ...(bit_length ? { bit_length: Number(bit_length) } : {}),
          ...(algorithm === "aes" ? { mode: "cbc" } : {}),
          payload_content_type: "application/octet-stream",
        },
      }),
    });
    if (!made) return;
    say("The order is accepted.");
    router.go("orders", idOf(made.order_ref));
  }
}

class Order extends View {
  title() {
    return "Order";
  }

  open() {
    [this.id] = this.path;
    this.at = `v1/orders/${encodeURIComponent(this.id)}`;
    this.main = h("div");
    show(this.content, this.main);
    this.look();
    this.follow(["orders"], () => this.look());
  }

  look() {
    return this.load(this.main, () => api.get(this.at, {}, { signal: this.signal }), (order) => this.draw(order));
  }

  draw(order) {
    show(this.heading, order.meta.name || "Order without a name");
    renew(this.actions, h("button", { type: "button", class: "danger", onclick: () => this.remove() }, "Delete"));
    return card("About", facts([
      ["Id", h("code", {}, this.id)],
      ["Status", badge(order.status)],
      ["Type", order.type],
      ["Result", order.error_reason ? "–" : result(order)],
      ["Algorithm", orNothing([order.meta.algorithm, order.meta.bit_length, order.meta.mode].filter(Boolean).join(" "))],
      order.sub_status_message && ["Last word", order.sub_status_message],
      order.error_reason && ["Reason", `${order.error_status_code}: ${order.error_reason}`],
      ["Created", date(order.created)],
      ["Updated", date(order.updated)],
    ]));
  }

  async remove() {
    const done = await dialog.confirm({ title: "Delete this order?", text: "What it has made stays.", action: "Delete", danger: true, work: () => api.remove(this.at) });
    if (!done) return;
    say("The order is deleted.");
    router.go("orders");
  }
}

customElements.define("view-orders", Orders);
customElements.define("view-order", Order);
