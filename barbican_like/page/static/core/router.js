// The way from the part of the address behind # to a view. It has names and ids, and nothing that is secret.

/** What the address says: {path: ["secrets", ID], query: {...}}. */
export function here() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const segments = path.split("/").filter(Boolean).map(decoded);
  return { path: segments, query: Object.fromEntries(new URLSearchParams(query)) };
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The address of a view. */
export function to(...segments) {
  return `#/${segments.map(encodeURIComponent).join("/")}`;
}

/** Go there. */
export function go(...segments) {
  location.hash = to(...segments);
}

/** Change the query without a new step in the history. */
export function refine(query) {
  const kept = Object.entries(query).filter(([, value]) => value !== "" && value !== null && value !== undefined);
  const text = new URLSearchParams(kept).toString();
  const [path] = location.hash.split("?");
  history.replaceState(null, "", `${path || "#/"}${text ? `?${text}` : ""}`);
}
