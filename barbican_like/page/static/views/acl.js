// Who may read a secret or a container.

import * as api from "../core/api.js";
import * as dialog from "../core/dialog.js";
import { h } from "../core/dom.js";
import { field } from "../core/form.js";
import { facts } from "../core/table.js";
import { empty } from "../core/view.js";

/** The list of readers, with a way to change it; `look` is called after a change. */
export function acl(at, found, look) {
  if (found === undefined) return empty("You may not see who may read it.");
  const read = found.read ?? {};
  const open = read["project-access"] !== false;
  const users = read.users ?? [];
  const change = async () => {
    const done = await dialog.ask({
      title: "Who may read it",
      submit: "Save",
      fields: [
        field({ name: "open", label: "Everybody in the project", kind: "checkbox", value: open }),
        field({ name: "users", label: "These users too", kind: "textarea", value: users.join("\n"), hint: "User ids, one a line." }),
      ],
      work: async (given) => {
        const names = given.users.split(/\s+/).filter(Boolean);
        await api.put(`${at}/acl`, { read: { "project-access": given.open, users: names } });
        return true;
      },
    });
    if (done) look();
  };
  return [
    facts([
      ["The project", open ? "may read it" : "may not, but for its creator"],
      ["Users besides", users.length ? users.join(", ") : "none"],
    ]),
    h("button", { type: "button", onclick: change }, "Change"),
  ];
}
