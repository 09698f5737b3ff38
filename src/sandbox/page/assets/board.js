// The board's lists with their cards, and one card seen closely.

import { chip, day, face, glide, keep, make, say, wide } from "./dom.js";

const lists = document.getElementById("lists");
const dialog = document.getElementById("card");

let cards = [];
let first = true;
let chosen = null;
let looked = null;
/** A card is in somebody's hand: the board stands still under it, and what is new waits. */
let dragged = false;
let waiting = null;
let named = [];
let act = async () => {};
let tell = () => {};

/** `does(gesture)` carries a person's gesture out; `tells(sentence)` says what happened to the card in question. */
export function start(does, tells) {
  act = does;
  tell = tells;
  dialog.addEventListener("close", () => (looked = null));
  // A click beside the dialog closes it; Escape does so by itself.
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
}

/** Shows the newest state. */
export function show(state) {
  if (dragged) {
    waiting = state;
    return;
  }
  const before = cards;
  named = state.lists;
  cards = state.lists.flatMap((list) => list.cards.map((card) => ({ ...card, list: list.id })));
  say(document.getElementById("board-name"), state.name);
  const change = () => {
    const heads = state.lists.map(({ id, name, cards }) => ({ id, name, count: cards.length }));
    keep(lists, heads, (list) => list.id, buildList, fillList);
    // The element of a card goes with it from list to list, and with it focus and glide; so all move first.
    for (const card of cards) adopt(card);
    for (const list of state.lists) keep(placeOf(list.id), on(list), (card) => card.id, buildCard, fillCard);
  };
  if (first) change();
  else glide(elements, change);
  first = false;
  mark();
  if (placed(before) !== placed(cards)) reveal();
  if (looked) fillDialog();
  announce(before);
}

/** Rings the card of the issue that is being looked at. */
export function choose(iid) {
  chosen = iid;
  mark();
  reveal();
}

/** Shows the card of this address closely; where it has left the board, says so. */
export function seek(address) {
  const card = cards.find((other) => other.address === address);
  if (card) look(card.id);
  else tell("That card is not on the board any more.");
}

const on = (list) => cards.filter((card) => card.list === list.id);
const elements = () => [...lists.querySelectorAll("ul > li")];

const placeOf = (list) => lists.querySelector(`[data-key="${list}"] ul`);

function adopt(card) {
  const place = placeOf(card.list);
  const element = lists.querySelector(`li[data-key="${card.id}"]`);
  if (!place || !element || element.parentElement === place) return;
  const focused = element.contains(document.activeElement) ? document.activeElement : null;
  place.append(element);
  focused?.focus({ preventScroll: true });
}

function buildList(list) {
  const title = `list-${list.id}`;
  const head = make("h3", { id: title });
  const drop = (event) => {
    event.preventDefault();
    move(event.dataTransfer.getData("text/plain"), list.id);
  };
  return make("div", { class: "list", dragover: (event) => event.preventDefault(), drop }, head, make("ul", { "aria-labelledby": title }), make("p", { class: "empty" }));
}

function fillList(element, list) {
  element.querySelector("h3").replaceChildren(list.name, " ", make("span", { class: "count" }, String(list.count)));
  say(element.querySelector(".empty"), list.count === 0 ? "No cards" : "");
}

function buildCard(card) {
  const take = (event) => {
    dragged = true;
    event.dataTransfer.setData("text/plain", card.id);
  };
  const button = make("button", { type: "button", class: "card", click: () => look(card.id) });
  return make("li", { draggable: "true", dragstart: take, dragend: letGo }, button);
}

function letGo() {
  dragged = false;
  const state = waiting;
  waiting = null;
  if (state) show(state);
}

function fillCard(element, card) {
  element.dataset.issue = card.issue ?? "";
  const meta = [...card.labels.map(chip), card.due && make("span", { class: "due" }, `due ${day(card.due)}`)];
  element.firstElementChild.replaceChildren(
    make("span", { class: "card-name" }, card.name),
    make("span", { class: "meta" }, ...meta.filter(Boolean), ...card.members.map(face)),
  );
}

function mark() {
  for (const element of elements()) {
    element.classList.toggle("chosen", chosen !== null && element.dataset.issue === String(chosen));
  }
}

const placed = (all) => all.find((card) => card.issue === chosen)?.list;

/** Where the board stands beside the issues, the card that is looked at comes into sight; elsewhere nobody is pulled. */
function reveal() {
  const card = chosen !== null && elements().find((element) => element.classList.contains("chosen"));
  if (card && wide.matches) card.scrollIntoView({ block: "nearest", behavior: "instant" });
}

/** One sentence about the card of the issue that is being looked at: the board may be out of sight, or not be seen. */
function announce(before) {
  if (chosen === null) return;
  const name = (card) => named.find((list) => list.id === card.list)?.name;
  const [old, now] = [before, cards].map((all) => all.find((card) => card.issue === chosen));
  if (now && !old) tell(`Its card stands in ${name(now)}.`);
  else if (now && old.list !== now.list) tell(`Its card moved to ${name(now)}.`);
  else if (now && JSON.stringify(old) !== JSON.stringify(now)) tell("Its card was updated.");
  else if (old && !now) tell("Its card left the board.");
}

// A card seen closely.

function look(id) {
  looked = id;
  fillDialog();
  dialog.showModal();
}

/** Moves a card by hand, with the mouse or without. */
async function move(card, list) {
  const moved = cards.find((other) => other.id === card);
  if (!moved || moved.list === list) return;
  const { error } = await act({ do: "move", card, list });
  tell(error ?? `The card moved to ${named.find((other) => other.id === list).name}. Now its issue follows.`);
}

function fillDialog() {
  const card = cards.find((other) => other.id === looked);
  if (!card) return dialog.close();
  const body = make(
    "div", { class: "closely" },
    make("h2", { id: "card-title" }, card.name),
    make("p", { class: "meta" }, ...card.labels.map(chip), card.due && make("span", { class: "due" }, `due ${day(card.due)}`),
      ...card.members.map(face)),
    make("p", { class: "text" }, card.description),
    make("form", { method: "dialog", class: "buttons" }, make("button", { autofocus: true }, "Back to the board"),
      ...named.filter((list) => list.id !== card.list).map((list) =>
        make("button", { click: () => move(card.id, list.id) }, `Move to ${list.name}`))),
  );
  const had = dialog.contains(document.activeElement);
  dialog.replaceChildren(body);
  if (had) dialog.querySelector("button").focus();
}
