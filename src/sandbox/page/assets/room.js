// The chat room: what is told of the board, and what people ask there.

import { keep, make, say } from "./dom.js";

const room = document.getElementById("said");
const form = document.getElementById("say");
const words = document.getElementById("words");
const fault = document.getElementById("room-fault");

let act = async () => {};
let see = {};
let first = true;

/** `does(gesture)` carries a person's gesture out; `sees.card(address)` and `sees.issue(iid)` show what a sentence names. */
export function start(does, sees) {
  act = does;
  see = sees;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = words.value.trim();
    if (!text) return;
    words.value = "";
    words.focus();
    const { error } = await act({ do: "say", text });
    say(fault, error ? `No answer came: ${error}` : "");
  });
  for (const button of document.querySelectorAll("#hints button")) {
    button.addEventListener("click", () => {
      words.value = button.textContent;
      form.requestSubmit();
    });
  }
}

/** Shows the newest state. Whoever reads what was said earlier is left there. */
export function show(state) {
  const below = room.scrollHeight - room.scrollTop - room.clientHeight < 40;
  say(document.getElementById("room-name"), state.name);
  const said = state.said.map((saying, at, all) => ({ ...saying, goesOn: at > 0 && all[at - 1].who === saying.who }));
  keep(room, said, (saying) => saying.id, () => make("li"), fill);
  say(document.getElementById("silence"), state.said.length === 0 ? "Nothing was said yet." : "");
  if (first || below) room.scrollTop = room.scrollHeight;
  first = false;
}

function fill(element, saying) {
  element.className = ["saying", saying.who && "typed", saying.goesOn && "goes-on"].filter(Boolean).join(" ");
  element.replaceChildren(
    make("span", { class: saying.goesOn ? "unseen" : "who" }, saying.who ?? "kanbridge"),
    make("p", {}, ...marked(saying.text)),
    ...saying.frames.map(frame),
  );
}

function frame({ color, text, fields }) {
  const facts = fields.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, ...marked(value))));
  const element = make("div", { class: "frame" }, text && make("p", {}, ...marked(text)), facts.length > 0 && make("dl", {}, ...facts));
  if (color) element.style.setProperty("--frame", color);
  return element;
}

// Rocket.Chat's markup, as far as the bridge writes it: a backslash, **bold**, `code`, <address|text>, _slanted_.
const MARKS = /\\([^\w\s])|\*\*((?:\\.|[^\\])+?)\*\*|`([^`]+)`|<(https?:[^|>\s]+)\|([^<>|]+)>|(?<!\w)_((?:\\.|[^_\\])+)_(?!\w)/g;

const bare = (text) => text.replace(/\\([^\w\s])/g, "$1");

function marked(text) {
  const parts = [];
  let at = 0;
  for (const found of text.matchAll(MARKS)) {
    const [whole, escaped, bold, code, address, label, slanted] = found;
    parts.push(text.slice(at, found.index));
    at = found.index + whole.length;
    if (escaped) parts.push(escaped);
    else if (bold) parts.push(make("b", {}, bare(bold)));
    else if (code) parts.push(make("code", {}, code));
    else if (slanted) parts.push(make("i", {}, bare(slanted)));
    else parts.push(reference(label, address));
  }
  parts.push(text.slice(at));
  return parts;
}

/** A link. What it leads to is on this page: the look-alikes have no pages of their own, and Trello does not know them. */
function reference(text, address) {
  const { pathname } = new URL(address);
  const issue = pathname.match(/\/-\/issues\/(\d+)$/);
  const to = (part, look) => make("a", { href: part, click: (event) => (event.preventDefault(), look()) }, text);
  if (issue) return to("#issues", () => see.issue(Number(issue[1])));
  if (pathname.startsWith("/c/")) return to("#board", () => see.card(address));
  if (pathname.startsWith("/b/")) return make("a", { href: "#board" }, text);
  return make("a", { href: address, rel: "noreferrer" }, text);
}
