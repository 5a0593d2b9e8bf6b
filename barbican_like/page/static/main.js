// The page: the frame around the views, who is signed in, and which view the address asks for.

import * as api from "./core/api.js";
import { h, show } from "./core/dom.js";
import { live } from "./core/live.js";
import * as router from "./core/router.js";
import * as session from "./core/session.js";
import { hush, say } from "./core/toast.js";
import { failure } from "./core/view.js";
import "./views/sign-in.js";

// By the first word of the address: the list's element, that of one thing, the name in the navigation, and what
// defines the elements. That comes after the first paint, which need not wait for it.
const VIEWS = {
  overview: ["view-overview", null, "Overview", () => import("./views/overview.js")],
  secrets: ["view-secrets", "view-secret", "Secrets", () => Promise.all([import("./views/secrets.js"), import("./views/secret.js")])],
  containers: ["view-containers", "view-container", "Containers", () => import("./views/containers.js")],
  orders: ["view-orders", "view-order", "Orders", () => import("./views/orders.js")],
  jobs: ["view-jobs", "view-job", "Jobs", () => Promise.all([import("./views/jobs.js"), import("./views/job.js")])],
  sites: ["view-sites", "view-site", "Sites", () => import("./views/sites.js")],
  activity: ["view-activity", null, "Activity", () => import("./views/activity.js")],
  requests: ["view-requests", "view-request", "Requests", () => import("./views/requests.js")],
  services: ["view-services", "view-service", "Services", () => import("./views/services.js")],
  tasks: ["view-tasks", null, "Tasks", () => import("./views/tasks.js")],
};
const LIVE = {
  off: ["There is no gateway of the live feed: reload a view to see what is new.", "Not live"],
  connecting: ["Connecting to the live feed.", "Connecting"],
  live: ["Changes are shown as they happen.", "Live"],
  broken: ["The live connection is broken. It goes on where it was as soon as the gateway answers.", "Reconnecting"],
};
const PATIENCE = 1000;
const THEMES = { auto: "Auto", light: "Light", dark: "Dark" };

let settings = null;
let turns = 0;

const main = h("main", { id: "main", tabindex: "-1" });
const links = h("ul");
const menu = h("button", { type: "button", class: "menu", "aria-expanded": "false", "aria-controls": "navigation", onclick: unfold }, "Menu");
const state = h("p", { class: "live", role: "status" });
const caller = h("span", { class: "caller" });
const theme = h("select", { "aria-label": "Colours", onchange: () => paint(theme.value) }, Object.entries(THEMES).map(([name, label]) => h("option", { value: name }, label)));
const leave = h("button", { type: "button", onclick: () => session.end() }, "Sign out");
const break_ = h("p", { class: "break", role: "alert", hidden: true });
const account = h("div", { class: "account" }, state, caller, leave);
const navigation = h("nav", { id: "navigation", "aria-label": "Views" }, links);

function frame() {
  document.querySelector("header").remove(); // the one that was painted before this was loaded
  document.body.prepend(
    h("a", { class: "skip", href: "#main", onclick: skip }, "Skip to the content"),
    h("header", { class: "top" }, menu, h("a", { class: "brand", href: "#/overview" }, "Key manager"), account, theme),
    navigation,
    h("div", { class: "middle" }, break_, main),
  );
}

function skip(event) {
  event.preventDefault();
  main.focus();
}

function unfold() {
  const open = menu.getAttribute("aria-expanded") !== "true";
  menu.setAttribute("aria-expanded", String(open));
  document.body.classList.toggle("unfolded", open);
}

function fold() {
  menu.setAttribute("aria-expanded", "false");
  document.body.classList.remove("unfolded");
}

function paint(name) {
  document.documentElement.dataset.theme = name;
  try {
    localStorage.setItem("theme", name); // the only thing that is kept, and nobody's secret
  } catch {
    // This browser keeps nothing: the choice holds until the page is closed.
  }
}

function keptTheme() {
  try {
    return localStorage.getItem("theme");
  } catch {
    return null;
  }
}

/** Show the view that the address asks for. */
async function route() {
  const turn = (turns += 1);
  fold();
  const signedIn = session.who() !== null;
  document.body.classList.toggle("outside", !signedIn);
  if (!signedIn) return present("view-sign-in", "Sign in", [], { settings });
  const { path, query } = router.here();
  const name = Object.hasOwn(VIEWS, path[0] ?? "") ? path[0] : "overview";
  const [list, one, label, load] = VIEWS[name];
  for (const link of links.querySelectorAll("a")) {
    if (link.dataset.view === name) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  try {
    await load();
  } catch {
    const fault = new api.ApiError(0, "A part of the page cannot be fetched. Where the server is a newer one, load the page anew.");
    return turn === turns && show(main, failure(fault, route));
  }
  return turn === turns && present(path.length > 1 && one ? one : list, label, path.slice(1), { query });
}

function present(tag, label, path, given) {
  const view = document.createElement(tag);
  Object.assign(view, { path }, given);
  document.title = `${label} · Key manager`;
  show(main, view);
  view.heading?.focus({ preventScroll: true });
  scrollTo(0, 0);
}

function begin() {
  const { name, project } = session.who();
  show(caller, project ? `${name} in ${project}` : name);
  live.begin(settings.live);
  route();
}

function ended({ detail: why }) {
  live.end();
  hush();
  document.querySelectorAll("dialog").forEach((dialog) => dialog.close());
  show(caller);
  history.replaceState(null, "", location.pathname);
  route();
  say(why ?? "You are signed out.");
}

function showLive() {
  const [text, word] = LIVE[live.state];
  show(state, word);
  state.className = `live ${live.state}`;
  state.title = text;
  break_.hidden = live.state !== "broken";
  show(break_, live.state === "broken" ? text : "");
}

async function start() {
  const kept = keptTheme();
  theme.value = Object.hasOwn(THEMES, kept) ? kept : "auto";
  document.documentElement.dataset.theme = theme.value;
  show(links, Object.entries(VIEWS).map(([name, [, , label]]) => h("li", {}, h("a", { href: router.to(name), "data-view": name }, label))));
  frame();
  showLive();
  live.addEventListener("state", showLive);
  session.events.addEventListener("begun", begin);
  session.events.addEventListener("ended", ended);
  session.events.addEventListener("idle", ({ detail }) => say(`You will be signed out in ${detail} seconds, unless you press a key.`, "", detail));
  addEventListener("unhandledrejection", refused);
  addEventListener("hashchange", route);
  try {
    settings = await api.get("ui/session", {}, { own: false });
  } catch (error) {
    settings = { fault: error.message };
  }
  await route();
  requestIdleCallback(fetchViews, { timeout: PATIENCE });
}

/** Say what an action was refused with that nothing else tells of. */
function refused(event) {
  if (!(event.reason instanceof api.ApiError)) return;
  event.preventDefault();
  say(event.reason.message, "bad");
}

/** Have all views at hand, so that they open at once, and even after the server was replaced by a newer one. */
function fetchViews() {
  for (const [, , , load] of Object.values(VIEWS)) load().catch(() => {}); // the view itself says so
}

start();
