// Who is signed in. Credentials are in this module's memory and nowhere else: a reload or a sign-out ends them.

const BASE = new URL("../", document.baseURI);
const WARNING = 60;

let credentials = null;
let caller = null;
let timers = [];
let idleSeconds = 1800;
let lastStir = 0; // timers stand still while a machine sleeps, this clock does not

/** Tells "begun", "ended" (detail: why, or null) and "idle" (detail: seconds that are left). */
export const events = new EventTarget();

/** Where the API is. */
export function address(path) {
  return new URL(path, BASE);
}

/** The headers of a request, empty while nobody is signed in. */
export function headers() {
  return credentials ?? {};
}

/** Who is signed in: {name, project, projectId}, each null where it is not known; or null. */
export function who() {
  return caller;
}

function bytesOf(text) {
  return String.fromCharCode(...new TextEncoder().encode(text));
}

/** What to send for each way to sign in, of the fields of its form. */
export const WAYS = {
  noauth({ project, user, roles }) {
    const found = { "X-Project-Id": bytesOf(project) };
    if (user) found["X-User-Id"] = bytesOf(user);
    if (roles) found["X-Roles"] = bytesOf(roles);
    return { headers: found, caller: { name: user || "anybody", project, projectId: project } };
  },
  basic({ user, password }) {
    return {
      headers: { Authorization: `Basic ${btoa(bytesOf(`${user}:${password}`))}` },
      caller: { name: user, project: null, projectId: null },
    };
  },
  keystone({ token, user, project, project_id: projectId }) {
    return { headers: { "X-Auth-Token": token }, caller: { name: user, project, projectId } };
  },
};

/** Begin, with what WAYS has made. */
export function begin(made, idle) {
  credentials = made.headers;
  caller = made.caller;
  idleSeconds = idle;
  lastStir = Date.now();
  stir();
  events.dispatchEvent(new CustomEvent("begun"));
}

/** End, and forget. */
export function end(why = null) {
  if (credentials === null) return;
  credentials = null;
  caller = null;
  timers.forEach(clearTimeout);
  events.dispatchEvent(new CustomEvent("ended", { detail: why }));
}

function stir() {
  if (credentials === null) return;
  if (Date.now() - lastStir > idleSeconds * 1000) {
    leave();
    return;
  }
  lastStir = Date.now();
  timers.forEach(clearTimeout);
  const left = Math.min(WARNING, Math.floor(idleSeconds / 2));
  const warn = () => events.dispatchEvent(new CustomEvent("idle", { detail: left }));
  timers = [setTimeout(warn, (idleSeconds - left) * 1000), setTimeout(leave, idleSeconds * 1000)];
}

function leave() {
  end("You were signed out, because nothing was done here for a while.");
}

for (const kind of ["keydown", "pointerdown"]) document.addEventListener(kind, stir, { passive: true });
