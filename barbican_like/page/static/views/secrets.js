// Secrets: the list, and new ones from a text, a file or a generator.

import * as api from "../core/api.js";
import * as dialog from "../core/dialog.js";
import { h, paced, show } from "../core/dom.js";
import { field } from "../core/form.js";
import { date, idOf, orNothing } from "../core/format.js";
import * as router from "../core/router.js";
import { pager, table } from "../core/table.js";
import { say } from "../core/toast.js";
import { View, empty } from "../core/view.js";

const PAGE = 20;
const TYPES = ["opaque", "symmetric", "passphrase", "private", "public", "certificate"];
const LARGEST_PART = 32_768;

/** A payload's type in a word, where it is one of the two that nearly all have. */
function kindOf(type) {
  return { "application/octet-stream": "bytes", "text/plain": "text" }[type] ?? type ?? "none yet";
}

const COLUMNS = [
  { label: "Name", sort: "name", lead: true, cell: (secret) => h("a", { href: router.to("secrets", idOf(secret.secret_ref)) }, secret.name || "without a name") },
  { label: "Type", sort: "secret_type", cell: (secret) => secret.secret_type },
  { label: "Algorithm", sort: "algorithm", cell: (secret) => [secret.algorithm, secret.bit_length].filter(Boolean).join(" ") || "–" },
  { label: "Payload", cell: (secret) => kindOf(secret.content_types?.default) },
  { label: "Consumers", number: true, cell: (secret) => secret.consumers?.length ?? 0 },
  { label: "Expires", sort: "expiration", cell: (secret) => date(secret.expiration) },
  { label: "Created", sort: "created", cell: (secret) => date(secret.created) },
];

class Secrets extends View {
  title() {
    return "Secrets";
  }

  open() {
    this.wanted = { sort: "created:desc", offset: 0, ...this.query };
    this.list = h("div");
    show(this.actions,
      h("button", { type: "button", class: "primary", onclick: () => this.add() }, "New secret"),
      h("button", { type: "button", onclick: () => this.generate() }, "Generate"));
    show(this.content, this.filters(), this.list);
    this.look();
    this.follow(["secrets"], () => this.look());
  }

  filters() {
    const narrow = paced(() => {
      const given = Object.fromEntries(new FormData(bar));
      this.wanted = { ...this.wanted, name: given.name.trim(), alg: given.alg.trim(), secret_type: given.secret_type, offset: 0 };
      this.look();
    }, 300);
    const bar = h("form", { class: "filters", role: "search", "aria-label": "Filter the secrets", oninput: narrow, onsubmit: (event) => event.preventDefault() },
      field({ name: "name", label: "Name", kind: "search", value: this.wanted.name, hint: "% stands for anything" }),
      field({ name: "alg", label: "Algorithm", kind: "search", value: this.wanted.alg }),
      field({ name: "secret_type", label: "Type", kind: "select", options: [["", "any"], ...TYPES], value: this.wanted.secret_type }));
    return bar;
  }

  look() {
    const { sort, offset } = this.wanted;
    router.refine({ ...this.wanted, offset: Number(offset) || "", sort: sort === "created:desc" ? "" : sort });
    return this.load(this.list, () => api.get("v1/secrets", { ...this.wanted, limit: PAGE }, { signal: this.signal }), (found) => this.draw(found));
  }

  draw({ secrets, total }) {
    const [key, way] = this.wanted.sort.split(":");
    const filtered = this.wanted.name || this.wanted.alg || this.wanted.secret_type;
    return [
      table({
        caption: "Secrets",
        columns: COLUMNS,
        rows: secrets,
        sort: { key, down: way === "desc" },
        onsort: (by, down) => this.go({ sort: `${by}:${down ? "desc" : "asc"}`, offset: 0 }),
        nothing: filtered ? empty("No secret has these properties.") : empty("There are no secrets in this project yet.",
          h("p", {}, "Store one that you have, or have a key generated.")),
      }),
      pager({ offset: Number(this.wanted.offset), limit: PAGE, total, onpage: (offset) => this.go({ offset }) }),
    ];
  }

  go(change) {
    this.wanted = { ...this.wanted, ...change };
    return this.look();
  }

  async add() {
    const text = field({ name: "payload", label: "Payload", kind: "textarea", hint: "Or choose a file. Without both, the payload can follow later." });
    const made = await dialog.ask({
      title: "New secret",
      submit: "Store",
      fields: [
        field({ name: "name", label: "Name" }),
        field({ name: "secret_type", label: "Type", kind: "select", options: TYPES, value: "opaque" }),
        text,
        field({ name: "file", label: "File", kind: "file" }),
        field({ name: "expiration", label: "Expires", kind: "datetime-local" }),
      ],
      work: async (given) => api.post("v1/secrets", await bodyOf(given)),
    });
    if (!made) return;
    say("The secret is stored.");
    router.go("secrets", idOf(made.secret_ref));
  }

  async generate() {
    const made = await dialog.ask({
      title: "Generate a secret",
      submit: "Generate and store",
      fields: [
        h("p", { class: "prose" }, "Random bytes from this browser, stored at once and shown only if you reveal them. For keys made by the server, order one."),
        field({ name: "name", label: "Name" }),
        field({ name: "kind", label: "What", kind: "select", options: [["password", "a password, 32 characters"], ["32", "a key, 256 bits"], ["16", "a key, 128 bits"]] }),
      ],
      work: ({ name, kind }) => api.post("v1/secrets", kind === "password" ? passwordOf(name) : keyOf(name, Number(kind))),
    });
    if (!made) return;
    say("The secret is generated and stored.");
    router.go("secrets", idOf(made.secret_ref));
  }
}

async function bodyOf({ name, secret_type, payload, file, expiration }) {
  const body = { secret_type };
  if (name) body.name = name;
  if (expiration) body.expiration = new Date(expiration).toISOString();
  if (file) return { ...body, ...packed(new Uint8Array(await file.arrayBuffer())) };
  if (payload) return { ...body, payload, payload_content_type: "text/plain" };
  return body;
}

function packed(bytes) {
  let text = "";
  for (let place = 0; place < bytes.length; place += LARGEST_PART) {
    text += String.fromCharCode(...bytes.subarray(place, place + LARGEST_PART));
  }
  return { payload: btoa(text), payload_content_type: "application/octet-stream", payload_content_encoding: "base64" };
}

function keyOf(name, length) {
  const random = crypto.getRandomValues(new Uint8Array(length));
  return { name: orUndefined(name), secret_type: "symmetric", bit_length: length * 8, ...packed(random) };
}

function passwordOf(name) {
  const random = crypto.getRandomValues(new Uint8Array(24));
  const text = btoa(String.fromCharCode(...random)).replaceAll("+", "-").replaceAll("/", "_");
  return { name: orUndefined(name), secret_type: "passphrase", payload: text, payload_content_type: "text/plain" };
}

const orUndefined = (text) => (orNothing(text) === text ? text : undefined);

customElements.define("view-secrets", Secrets);
