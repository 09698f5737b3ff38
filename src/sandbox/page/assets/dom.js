// Making elements, and keeping a list of them in step with data without taking the focus from anybody.

/** An element: `make("a", { href: "#x", class: "y" }, "text", child)`. Functions become listeners, `false` nothing. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child != null && child !== false));
  return element;
}

/** Sets the text of an element, and touches nothing when it is the same. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Keeps the children of `parent` in step with `items`. An element is made once for each key and lives as long as its
 * item: focus and animations stay with it. `fill` runs when the item is another than before.
 */
export function keep(parent, items, key, build, fill) {
  const before = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let at = parent.firstElementChild;
  for (const item of items) {
    const name = String(key(item));
    const element = before.get(name) ?? build(item);
    const told = JSON.stringify(item);
    if (element.told !== told) fill(element, item);
    element.told = told;
    element.dataset.key = name;
    before.delete(name);
    if (element === at) at = at.nextElementSibling;
    else move(parent, element, at);
  }
  for (const gone of before.values()) gone.remove();
}

/** Moving an element drops its focus in some browsers. */
function move(parent, element, before) {
  const focused = element.contains(document.activeElement) ? document.activeElement : null;
  parent.insertBefore(element, before);
  focused?.focus({ preventScroll: true });
}

/** Whether issues and board stand side by side; the same as in page.css. */
export const wide = matchMedia("(min-width: 56rem)");

const calm = matchMedia("(prefers-reduced-motion: reduce)");

/** Runs `change`, and lets the elements that `find` gives glide from where they were. New ones drop in. */
export function glide(find, change) {
  if (calm.matches) return change();
  const before = new Map(find().map((element) => [element, element.getBoundingClientRect()]));
  change();
  for (const element of find()) {
    const from = before.get(element);
    const to = element.getBoundingClientRect();
    if (!from) {
      // No fading: half-faded text could not be read.
      element.animate([{ transform: "translateY(-10px) scale(.96)" }, {}], { duration: 320, easing: "ease-out" });
    } else if (from.left !== to.left || from.top !== to.top) {
      const by = `translate(${from.left - to.left}px, ${from.top - to.top}px)`;
      element.animate([{ transform: by }, {}], { duration: 420, easing: "cubic-bezier(.2, .7, .2, 1)" });
    }
  }
}

/** A label: a dot in its colour beside its name in ink, so that it can be read whatever the colour. */
export function chip(label) {
  const dot = make("span", { class: "dot" });
  if (label.color) dot.style.setProperty("--dot", label.color);
  return make("span", { class: "chip" }, dot, label.name);
}

/** A person, as initial letters. */
export function face(name) {
  const initials = name.split(/\s+/).map((part) => part[0]).join("").slice(0, 2).toUpperCase();
  return make("span", { class: "face", title: name }, make("span", { "aria-hidden": "true" }, initials),
    make("span", { class: "unseen" }, name));
}

/** `2026-12-01…` as `1 Dec`. */
export function day(date) {
  const moment = new Date(`${date.slice(0, 10)}T12:00:00`);
  return moment.toLocaleDateString("en-GB", { day: "numeric", month: "short" });
}
