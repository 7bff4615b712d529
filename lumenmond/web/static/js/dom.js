// Building the page. Whatever a stranger wrote becomes text here, never markup.

const SVG = "http://www.w3.org/2000/svg";
// Controls, what parts lines, and what turns the direction of writing round, so that a name could
// pass for another: they show as pictures or as a dot.
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

/** The text with every control character made visible. */
export function visible(text) {
  return String(text).replace(CONTROL, (found) => {
    const code = found.charCodeAt(0);
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    return code === 0x7f ? "␡" : "·";
  });
}

/** An element: properties by name ("class", "text", "onclick", "aria-…"), then its children. */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) set(element, name, value);
  element.append(...children.flat().filter((child) => child != null && child !== false));
  return element;
}

/** The same for SVG; attributes only. */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

function set(element, name, value) {
  if (value == null || value === false) return;
  if (name === "text") element.textContent = value;
  else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else element.setAttribute(name, value === true ? "" : value);
}

/** A stranger's text, kept apart from the direction of what stands around it. */
export function foreign(text, properties = {}) {
  return h("bdi", { dir: "auto", ...properties, text: visible(text) });
}

/** Change a node's text only if it differs: what did not change is not laid out again. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Change an attribute only if it differs; null takes it away. */
export function setAttribute(element, name, value) {
  if (value == null) {
    if (element.hasAttribute(name)) element.removeAttribute(name);
  } else if (element.getAttribute(name) !== String(value)) {
    element.setAttribute(name, value);
  }
}

/** Bring a box's children to these, in this order. What stands right stays in the page untouched:
 *  an element that is moved loses its focus, its scroll position and the pointer that drags it. */
export function arrange(box, elements) {
  const wanted = new Set(elements);
  for (const element of [...box.children]) if (!wanted.has(element)) element.remove();
  let next = box.firstElementChild;
  for (const element of elements) {
    if (element === next) next = next.nextElementSibling;
    else box.insertBefore(element, next);
  }
}

/** Call back once in the next frame, however often it is asked for. */
export function onceAFrame(callback) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      callback();
    });
  };
}

/** Whether the reader asked the system for less motion. */
export function calm() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/** Say something to a screen reader, politely. */
export function announce(text) {
  const place = document.getElementById("announcer");
  // The same words again are news only as a new node.
  place.replaceChildren(h("span", { text: visible(text) }));
}
