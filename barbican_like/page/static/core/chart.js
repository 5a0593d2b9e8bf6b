// Small graphs.

import { h, svg } from "./dom.js";

const WIDTH = 240;
const HEIGHT = 48;

/**
 * A line over time, with its last value in words.
 * @param points [[x, y], ...] in the order of x
 */
export function spark({ label, points, shown, from, until }) {
  const [first, last] = [from ?? points[0]?.[0] ?? 0, until ?? points.at(-1)?.[0] ?? 1];
  const most = Math.max(...points.map(([, y]) => y), 0) || 1;
  const place = ([x, y]) => [
    (((x - first) / Math.max(last - first, 1e-9)) * WIDTH).toFixed(1),
    (HEIGHT - 2 - (y / most) * (HEIGHT - 6)).toFixed(1),
  ];
  const line = points.map((point) => place(point).join(",")).join(" ");
  const value = points.length ? shown(points.at(-1)[1]) : "nothing yet";
  const peak = points.length ? shown(most === 1 && !points.some(([, y]) => y) ? 0 : most) : "";
  return h(
    "figure",
    { class: "spark" },
    h("figcaption", {}, h("span", {}, label), h("strong", {}, value)),
    svg(
      "svg",
      { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": `${label}: now ${value}, at most ${peak}` },
      points.length > 1 && svg("polygon", { points: `${place(points[0])[0]},${HEIGHT} ${line} ${place(points.at(-1))[0]},${HEIGHT}` }),
      points.length > 1 && svg("polyline", { points: line }),
    ),
    h("span", { class: "peak", "aria-hidden": "true" }, peak && `at most ${peak}`),
  );
}

/** How much of something is done. */
export function progress(label, part, whole, tone) {
  return h("progress", { class: tone, "aria-label": label, max: Math.max(whole, 1), value: Math.min(part, Math.max(whole, 1)) });
}
