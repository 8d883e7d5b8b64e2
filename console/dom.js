// Elements from data. Text is always text: nothing here parses HTML, so what people typed is inert.

const LINKS = new Set(["http:", "https:", "mailto:", "tel:"]);

// An element. `attributes`: `on` maps events to functions, `style` is set property by property (the
// policy of the page refuses style attributes), `data` fills the dataset; true and false are with
// and without the attribute; null and undefined are left out.
export function h(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) set(made, name, value);
  return put(made, ...children);
}

// Children as nodes: arrays are flattened, null, undefined and false are nothing, the rest is text.
export function put(parent, ...children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    parent.append(child instanceof Node ? child : String(child));
  }
  return parent;
}

// Other children in the place of those there are.
export function fill(parent, ...children) {
  parent.replaceChildren();
  return put(parent, ...children);
}

// An address that may be followed; else null. Keeps `javascript:` of a profile from being a link.
export function safe(address) {
  try {
    return LINKS.has(new URL(address, location.origin).protocol) ? String(address) : null;
  } catch {
    return null;
  }
}

function set(made, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name === "on") {
    for (const [event, run] of Object.entries(value)) made.addEventListener(event, run);
  } else if (name === "style") {
    for (const [property, to] of Object.entries(value)) made.style.setProperty(property, to);
  } else if (name === "data") {
    Object.assign(made.dataset, value);
  } else if (name === "value") {
    made.value = value;
  } else if (name === "href" || name === "src" || name === "action") {
    const address = safe(value);
    if (address !== null) made.setAttribute(name, address);
  } else if (name.startsWith("on")) {
    throw new TypeError(`${name}: give functions in \`on\``);
  } else {
    made.setAttribute(name, value === true ? "" : String(value));
  }
}
