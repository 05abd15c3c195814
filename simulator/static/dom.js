// Small building blocks for the page. Text always goes through text nodes, never through HTML.

const SVG = "http://www.w3.org/2000/svg";

/** Make an element; properties go on as attributes, except `on…` functions; children are nodes or text. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** Make one of the icons defined in index.html. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

/** Return the address when it is http(s), otherwise an empty string. */
export function safeUrl(text) {
  try {
    const url = new URL(text);
    return url.protocol === "http:" || url.protocol === "https:" ? url.href : "";
  } catch {
    return "";
  }
}

/** Make a link that opens beside the page, or plain content when the address is not http(s). */
export function link(address, attributes, ...children) {
  const href = safeUrl(address);
  if (!href) return el("span", attributes, ...children);
  return el("a", { ...attributes, href, target: "_blank", rel: "noopener noreferrer" }, ...children);
}

/** Turn text into nodes in which http(s) addresses are links; everything else stays text. */
export function withLinks(text) {
  const nodes = [];
  let from = 0;
  for (const match of text.matchAll(/https?:\/\/[^\s<>"']+/g)) {
    let address = match[0].replace(/[.,;:!?…]+$/, "");
    if (address.endsWith(")") && !address.includes("(")) address = address.slice(0, -1);
    if (!safeUrl(address)) continue;
    nodes.push(text.slice(from, match.index), link(address, {}, address));
    from = match.index + address.length;
  }
  nodes.push(text.slice(from));
  return nodes.filter((node) => node !== "");
}

/** Ask with a <dialog>; resolves with the form's fields, or null when it was cancelled. */
export function ask(dialog, values = {}) {
  const form = dialog.querySelector("form");
  for (const [name, value] of Object.entries(values)) form.elements[name].value = value;
  dialog.returnValue = "";
  // A plain button, so that Enter in a field means the other one.
  form.querySelector("[data-cancel]").onclick = () => dialog.close("cancel");
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener(
      "close",
      () => resolve(dialog.returnValue === "ok" ? Object.fromEntries(new FormData(form)) : null),
      { once: true },
    );
  });
}
