// One secret: what is known of it, its payload for half a minute, metadata, readers, consumers.

import * as api from "../core/api.js";
import * as dialog from "../core/dialog.js";
import { h, show } from "../core/dom.js";
import { field } from "../core/form.js";
import { date, orNothing } from "../core/format.js";
import * as router from "../core/router.js";
import { badge, facts, table } from "../core/table.js";
import { say } from "../core/toast.js";
import { View, empty, renew } from "../core/view.js";
import { acl } from "./acl.js";

const SHOWN_SECONDS = 30;

class Secret extends View {
  title() {
    return "Secret";
  }

  open() {
    [this.id] = this.path;
    this.at = `v1/secrets/${encodeURIComponent(this.id)}`;
    this.payload = h("div", { class: "payload" });
    this.main = h("div");
    show(this.content, this.main);
    this.look();
    this.follow(["secrets"], () => this.look());
  }

  closed() {
    this.hide();
  }

  look() {
    const ask = async () => {
      const more = { signal: this.signal };
      const secret = await api.get(this.at, {}, more);
      const [metadata, readers] = await Promise.all([
        api.get(`${this.at}/metadata`, {}, more).catch(denied),
        api.get(`${this.at}/acl`, {}, more).catch(denied),
      ]);
      return { secret, metadata: metadata?.metadata, readers };
    };
    return this.load(this.main, ask, (found) => this.draw(found));
  }

  draw({ secret, metadata, readers }) {
    show(this.heading, secret.name || "Secret without a name");
    renew(this.actions, h("button", { type: "button", class: "danger", onclick: () => this.remove(secret) }, "Delete"));
    this.type = secret.content_types?.default;
    if (!this.shown) this.offer();
    return [
      card("About", facts([
        ["Id", h("code", {}, this.id)],
        ["Status", badge(secret.status)],
        ["Type", secret.secret_type],
        ["Algorithm", orNothing([secret.algorithm, secret.bit_length, secret.mode].filter(Boolean).join(" "))],
        ["Content", this.type ?? "none yet"],
        ["Created", date(secret.created)],
        ["Updated", date(secret.updated)],
        ["Expires", date(secret.expiration)],
        ["Creator", orNothing(secret.creator_id)],
      ])),
      card("Payload", this.payload),
      card("Metadata", this.metadata(metadata)),
      card("Who may read it", acl(this.at, readers, () => this.look())),
      card("Consumers", consumers(secret.consumers ?? [])),
    ];
  }

  offer() {
    if (!this.type) {
      show(this.payload, h("p", {}, "There is no payload yet."),
        h("button", { type: "button", onclick: () => this.fill() }, "Add the payload"));
      return;
    }
    show(this.payload,
      h("p", { class: "hint" }, `It is fetched when you ask for it, and hidden again after ${SHOWN_SECONDS} seconds.`),
      h("button", { type: "button", onclick: () => this.reveal() }, "Reveal the payload"),
      h("p", { class: "fault", role: "alert" }));
  }

  async reveal() {
    try {
      const answer = await api.call("GET", `${this.at}/payload`, { headers: { Accept: "*/*" }, signal: this.signal });
      const bytes = new Uint8Array(await answer.arrayBuffer());
      if (!this.signal.aborted) this.present(bytes);
    } catch (error) {
      if (!(error instanceof api.ApiError)) throw error;
      show(this.payload.querySelector(".fault"), error.message);
    }
  }

  present(bytes) {
    const [text, form] = readable(bytes);
    bytes.fill(0);
    const left = h("span", { class: "left" });
    const copy = h("button", { type: "button", onclick: () => copied(text) }, "Copy");
    const hide = h("button", { type: "button", onclick: () => this.hide() }, "Hide now");
    show(this.payload,
      h("pre", { class: "secret", tabindex: "0", "aria-label": "The payload" }, text),
      h("p", { class: "hint" }, form, " ", left),
      h("div", { class: "buttons" }, copy, hide));
    copy.focus();
    this.count(left, SHOWN_SECONDS);
  }

  count(place, seconds) {
    clearTimeout(this.shown);
    show(place, `Hidden in ${seconds} s.`);
    if (seconds === 0) this.hide();
    else this.shown = setTimeout(() => this.count(place, seconds - 1), 1000);
  }

  hide() {
    clearTimeout(this.shown);
    this.shown = null;
    if (this.isConnected) this.offer();
    else show(this.payload);
  }

  async fill() {
    const done = await dialog.ask({
      title: "Add the payload",
      submit: "Store",
      fields: [field({ name: "payload", label: "Payload", kind: "textarea", required: true, hint: "It cannot be changed afterwards." })],
      work: async ({ payload }) => {
        await api.call("PUT", this.at, { body: payload, headers: { "Content-Type": "text/plain" } });
        return true;
      },
    });
    if (done) this.look();
  }

  metadata(found) {
    if (found === undefined) return empty("You may not see its metadata.");
    const rows = Object.entries(found);
    const change = async (next) => {
      await api.put(`${this.at}/metadata`, { metadata: next });
      this.look();
      return true;
    };
    const drop = (name) => dialog.confirm({
      title: "Remove this metadatum?", text: name, action: "Remove",
      work: () => change(Object.fromEntries(rows.filter(([key]) => key !== name))),
    });
    const add = () => dialog.ask({
      title: "Set a metadatum", submit: "Set",
      fields: [
        field({ name: "key", label: "Name", required: true, pattern: "[A-Za-z0-9_\\-]+", hint: "Letters, digits, _ and -." }),
        field({ name: "value", label: "Value" }),
      ],
      work: ({ key, value }) => change({ ...found, [key.toLowerCase()]: value }),
    });
    return [
      rows.length > 0 && table({
        caption: "Metadata",
        columns: [
          { label: "Name", lead: true, cell: ([name]) => name },
          { label: "Value", cell: ([, value]) => value },
          { label: "Action", cell: ([name]) => h("button", { type: "button", "aria-label": `Remove ${name}`, onclick: () => drop(name) }, "Remove") },
        ],
        rows,
      }),
      rows.length === 0 && h("p", { class: "hint" }, "There is none."),
      h("button", { type: "button", onclick: add }, "Set a metadatum"),
    ];
  }

  async remove(secret) {
    const users = secret.consumers ?? [];
    const text = users.length === 0
      ? h("p", {}, "Its payload is gone for good, and it leaves the containers that it is in.")
      : [h("p", {}, "These use it, and will not find it any more:"),
        h("ul", {}, users.map((user) => h("li", {}, `${user.service}: ${user.resource_type} ${user.resource_id}`)))];
    const done = await dialog.confirm({
      title: `Delete ${secret.name || "this secret"}?`,
      text,
      action: users.length ? "Delete all the same" : "Delete",
      danger: true,
      work: () => api.remove(this.at, users.length ? { force: "true" } : {}),
    });
    if (!done) return;
    say("The secret is deleted.");
    router.go("secrets");
  }
}

export function card(title, ...content) {
  return h("section", { class: "card" }, h("h2", {}, title), content);
}

function consumers(found) {
  return table({
    caption: "Consumers",
    columns: [
      { label: "Service", lead: true, cell: (one) => one.service },
      { label: "What", cell: (one) => one.resource_type },
      { label: "Id", cell: (one) => h("code", {}, one.resource_id) },
    ],
    rows: found,
    nothing: h("p", { class: "hint" }, "Nobody has said that he uses it."),
  });
}

/** A payload as text where it is one, else in base64. */
function readable(bytes) {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    if (!/[\u0000-\u0008\u000e-\u001f]/.test(text)) return [text, "Text."];
  } catch {
    // It is no UTF-8, so it is shown as bytes.
  }
  return [btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")), `${bytes.length} bytes, in base64.`];
}

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    say("Copied. Clear the clipboard when you are done.");
  } catch {
    say("The browser does not let this page copy: mark the text and copy it.", "bad");
  }
}

function denied(error) {
  if (error instanceof api.ApiError && error.status === 403) return undefined;
  throw error;
}

customElements.define("view-secret", Secret);
