// Calls the API: one function, one kind of error.

import * as session from "./session.js";

const PATIENCE = 30_000;
const VERSION = "key-manager 1.2";

/** What the API has refused, in its own words. */
export class ApiError extends Error {
  constructor(status, message, { field = null, retryAfter = null } = {}) {
    super(message);
    this.status = status;
    this.field = field;
    this.retryAfter = retryAfter;
  }
}

function meaning(status, said, retryAfter) {
  if (status === 429) return `Too many attempts. Try again in ${retryAfter ?? "a few"} seconds.`;
  if (said && typeof said.description === "string") return said.description;
  if (said && typeof said.title === "string") return said.title;
  return `The server answered ${status}.`;
}

/** The field that a refusal names. */
function fieldOf(said) {
  if (said && typeof said.field === "string") return said.field;
  return /Invalid property: '([\w.]+)'/.exec(said?.description ?? "")?.[1] ?? null;
}

async function refusal(answer) {
  let said = null;
  try {
    said = await answer.json();
  } catch {
    // It has no body that says more.
  }
  const retryAfter = answer.headers.get("Retry-After");
  return new ApiError(answer.status, meaning(answer.status, said, retryAfter), { field: fieldOf(said), retryAfter });
}

/**
 * One request; gives the answer. Paths are relative to the server: call("GET", "v1/secrets").
 * @throws {ApiError} for every refusal, and with status 0 where there is no answer.
 */
export async function call(method, path, { json, body, headers = {}, query, signal, own = true } = {}) {
  const url = session.address(path);
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== null && value !== "") url.searchParams.set(name, value);
  }
  const sent = { Accept: "application/json", ...(own ? session.headers() : {}), ...headers };
  if (url.pathname.includes("/v1/")) sent["OpenStack-API-Version"] = VERSION;
  if (json !== undefined) {
    body = JSON.stringify(json);
    sent["Content-Type"] = "application/json";
  }
  const limit = AbortSignal.timeout(PATIENCE);
  let answer;
  try {
    answer = await fetch(url, {
      method,
      headers: sent,
      body,
      credentials: "omit",
      cache: "no-store",
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, "The server cannot be reached at the moment.");
  }
  if (answer.ok) return answer;
  const error = await refusal(answer);
  if (error.status === 401 && own) session.end("Your sign-in is no longer valid. Please sign in again.");
  throw error;
}

async function parsed(answer) {
  if (answer.status === 204) return null;
  try {
    return await answer.json();
  } catch (error) {
    if (error.name === "AbortError") throw error; // whoever asked has left
    throw new ApiError(0, "The server's answer could not be read.");
  }
}

export const get = async (path, query, more) => parsed(await call("GET", path, { query, ...more }));
export const post = async (path, json, more) => parsed(await call("POST", path, { json, ...more }));
export const put = async (path, json, more) => parsed(await call("PUT", path, { json, ...more }));
export const remove = async (path, query, more) => parsed(await call("DELETE", path, { query, ...more }));
