// The live connection: a websocket to the gateway that goes on where it was after a break.

import * as api from "./api.js";

// All that the feed tells of. Requests are events, which "activity" tells of: to watch both tells each twice.
export const NAMES = [
  "secrets", "containers", "orders", "jobs", "sites", "services", "activity",
  "authorities", "users", "projects", "slices", "resources", "leases",
];
const KEPT = 500;
const LONGEST_PAUSE = 15_000;
const TOKEN_SECONDS = 600;
const RESTART = 1012;
const LAGGING = 4408;
const GONE = 410;
const OVERLOADED = 503;

/**
 * Tells "change" (detail: the change), "gap" (changes were missed: look again) and "state"
 * (detail: off, connecting, live or broken).
 */
export class Live extends EventTarget {
  #address = null;
  #socket = null;
  #timers = new Set();
  #places = new Map();
  #failures = 0;
  #round = 0; // of begin() and end(): what an earlier one has asked for counts no more
  #kept = [];
  state = "off";

  /** The last changes, the newest first; at most KEPT. */
  get changes() {
    return this.#kept;
  }

  /** Begin; an address of null means that there is no gateway. */
  begin(address) {
    this.end();
    this.#address = address;
    if (address === null) return;
    this.#connect();
  }

  /** End, and forget what was told. */
  end() {
    this.#round += 1;
    this.#address = null;
    this.#timers.forEach(clearTimeout);
    this.#timers.clear();
    this.#socket?.close();
    this.#socket = null;
    this.#places.clear();
    this.#kept = [];
    this.#failures = 0;
    this.#become("off");
  }

  #become(state) {
    if (state === this.state) return;
    this.state = state;
    this.dispatchEvent(new CustomEvent("state", { detail: state }));
  }

  #later(work, milliseconds) {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      work();
    }, milliseconds);
    this.#timers.add(timer);
  }

  async #connect() {
    const round = this.#round;
    if (this.state !== "broken") this.#become("connecting");
    try {
      const place = this.#places.size === 0 ? await lastPlace() : null;
      const { token } = await api.post("api/v1/usertoken", { ttl: TOKEN_SECONDS });
      if (round !== this.#round) return;
      if (place !== null) NAMES.forEach((name) => this.#places.set(name, place));
      this.#open(token);
    } catch {
      if (round === this.#round) this.#again();
    }
  }

  #open(token) {
    const socket = new WebSocket(this.#address);
    this.#socket = socket;
    socket.onopen = () => this.#send({ command: "authenticate", token });
    socket.onmessage = ({ data }) => socket === this.#socket && this.#hear(JSON.parse(data));
    socket.onclose = ({ code }) => {
      if (socket !== this.#socket) return;
      this.#socket = null;
      if (code === LAGGING) this.#places.clear();
      this.#again(code === RESTART ? 1 : undefined);
    };
  }

  #send(message) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #hear(message) {
    if (message.result !== undefined) this.#answered(message);
    else if (message.command === "watch") this.#told(message);
  }

  #answered({ command, result }) {
    if (command === "authenticate") {
      if (result.code !== 1) return this.#socket?.close();
      this.#later(() => this.#renew(), (TOKEN_SECONDS * 1000 * 2) / 3);
      if (this.state === "live") return undefined;
      for (const [name, since] of this.#places) this.#send({ command: "watch", object: name, since });
      const after = this.state === "broken";
      this.#become("live");
      // What came in between may be lost, or may have failed to be shown.
      if (after) this.dispatchEvent(new CustomEvent("gap"));
    } else if (command === "watch" && [GONE, OVERLOADED].includes(result.status)) {
      if (result.status === GONE) this.#places.clear();
      this.#socket?.close();
    }
    return undefined;
  }

  async #renew() {
    const socket = this.#socket;
    try {
      const { token } = await api.post("api/v1/usertoken", { ttl: TOKEN_SECONDS });
      if (socket !== null && socket === this.#socket) this.#send({ command: "authenticate", token });
    } catch {
      // The connection ends with its token, and another is made.
    }
  }

  #told({ object: name, event, seq, data }) {
    this.#failures = 0;
    this.#places.set(name, event === "bookmark" ? data.last_seq : seq);
    if (event === "bookmark" || event === "ready") return;
    this.#kept.unshift({ ...data, received: Date.now() });
    if (this.#kept.length > KEPT) this.#kept.length = KEPT;
    this.dispatchEvent(new CustomEvent("change", { detail: data }));
  }

  #again(pause) {
    if (this.#address === null) return;
    this.#timers.forEach(clearTimeout);
    this.#timers.clear();
    this.#failures += 1;
    const wait = pause ?? Math.min(LONGEST_PAUSE, 250 * 2 ** this.#failures) * (0.75 + Math.random() / 2);
    this.#become("broken");
    this.#later(() => this.#connect(), wait);
  }
}

/** Where the feed ends now. */
async function lastPlace() {
  return (await api.get("api/v1/activity/changes", { since: "now", limit: 1 })).last_seq;
}

/** The page's one connection. */
export const live = new Live();
