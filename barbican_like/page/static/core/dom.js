// Makes elements. Whatever comes from outside becomes a text node, so nothing that is stored can be markup.

const SVG = "http://www.w3.org/2000/svg";

function fill(node, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked" || name === "disabled") node[name] = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...texts(children));
  return node;
}

function texts(children) {
  return children
    .flat(Infinity)
    .filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (child instanceof Node ? child : document.createTextNode(String(child))));
}

/** An HTML element: h("a", {href: "#/", onclick: f}, "text", node, ...). */
export function h(tag, properties = {}, ...children) {
  return fill(document.createElement(tag), properties, children);
}

/** An SVG element. */
export function svg(tag, properties = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), properties, children);
}

/** Put these in the place of all that a node has. */
export function show(node, ...children) {
  node.replaceChildren(...texts(children));
  return node;
}

let last = 0;

/** An id for what labels and descriptions refer to. */
export function freshId(stem = "id") {
  last += 1;
  return `${stem}-${last}`;
}

/**
 * A function that runs `work` at most once in so many milliseconds, never before it has ended, and once more for
 * what came meanwhile.
 */
export function paced(work, milliseconds) {
  let busy = false;
  let again = false;
  const run = async () => {
    busy = true;
    again = false;
    const pause = new Promise((done) => {
      setTimeout(done, milliseconds);
    });
    try {
      await Promise.all([work(), pause]);
    } finally {
      busy = false;
    }
    if (again) run();
  };
  return () => {
    if (busy) again = true;
    else run();
  };
}
