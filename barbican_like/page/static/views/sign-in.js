// The sign-in, as the server's pipeline wants it.

import * as api from "../core/api.js";
import { h, show } from "../core/dom.js";
import { field, form } from "../core/form.js";
import * as session from "../core/session.js";
import { View, empty } from "../core/view.js";

const ABOUT = {
  noauth: "This server lets anybody on its own machine in: say for which project you look.",
  basic: "Your name and your password stay in this tab's memory, and go with each request.",
  keystone: "The server asks Keystone for a token. It stays in this tab's memory.",
};

const FIELDS = {
  noauth: () => [
    field({ name: "project", label: "Project", value: "demo", required: true }),
    field({ name: "user", label: "User", hint: "Who you are in the records of changes." }),
    field({ name: "roles", label: "Roles", hint: "With commas between them. Without any: all." }),
  ],
  basic: () => [
    field({ name: "user", label: "Name", required: true, autocomplete: "username" }),
    field({ name: "password", label: "Password", kind: "password", required: true, autocomplete: "current-password" }),
  ],
  password: () => [
    field({ name: "user", label: "User", required: true, autocomplete: "username" }),
    field({ name: "password", label: "Password", kind: "password", required: true, autocomplete: "current-password" }),
    field({ name: "project", label: "Project", required: true }),
    field({ name: "domain", label: "Domain", value: "default", required: true }),
  ],
  token: () => [field({ name: "token", label: "Token", kind: "password", required: true, hint: "A token for a project." })],
};

class SignIn extends View {
  title() {
    return "Sign in";
  }

  open() {
    if (!this.settings?.auth) {
      show(this.content, empty(this.settings?.fault ?? "The server does not say how to sign in."));
      return;
    }
    const { auth } = this.settings;
    const place = h("div");
    const choice = auth === "keystone" && this.choice(place);
    show(this.content, h("p", { class: "prose" }, ABOUT[auth]), choice, place,
      h("p", { class: "hint" }, `barbican_like ${this.settings.version}`));
    this.form(place, auth === "keystone" ? "password" : auth);
  }

  choice(place) {
    const way = (value, label, checked) => h("label", {},
      h("input", { type: "radio", name: "way", value, checked, onchange: () => this.form(place, value) }), label);
    return h("fieldset", { class: "choice" }, h("legend", {}, "Sign in with"),
      way("password", "a password", true), way("token", "a token", false));
  }

  form(place, kind) {
    show(place, form({ fields: FIELDS[kind](), submit: "Sign in", work: (given) => this.enter(given) }));
    place.querySelector("input").focus();
  }

  async enter(given) {
    const { auth, idle } = this.settings;
    const known = auth === "keystone" ? await api.post("ui/session", given, { own: false }) : given;
    const made = session.WAYS[auth](known);
    await api.call("GET", "v1/", { headers: made.headers, own: false });
    session.begin(made, idle);
  }
}

customElements.define("view-sign-in", SignIn);
