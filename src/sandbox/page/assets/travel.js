// What travelled, for who wants to look behind: each gesture with its hooks, turns and calls.

import { keep, make, say, wide } from "./dom.js";

const list = document.getElementById("gestures");

/** Shows the newest state. */
export function show(gestures) {
  keep(list, gestures, (gesture) => gesture.id, build, fill);
}

/** Open where there is room for it; whoever closes one, or opens one, finds it so again. */
function build() {
  return make("li", {}, make("details", { open: wide.matches }, make("summary", { class: "gesture" }), make("ul", { class: "steps" })));
}

function fill(element, gesture) {
  const steps = [...gesture.hooks.map(hook), ...gesture.turns.flatMap((turn) => [turnLine(turn), ...turn.calls.map(call)])];
  element.querySelector("summary").replaceChildren(
    make("b", {}, gesture.who), ` ${gesture.what} `, make("span", { class: "number" }, `#${gesture.issue}`), ` ${gesture.title}`);
  element.querySelector("ul").replaceChildren(...steps);
}

const ms = (span) => (span === null ? "" : span < 10 ? `${span.toFixed(1)} ms` : `${Math.round(span)} ms`);

function line(kind, what, outcome, fine, span) {
  return make("li", { class: kind },
    make("span", { class: "what" }, what),
    make("span", { class: fine ? "outcome" : "outcome bad" }, outcome),
    make("span", { class: "span" }, ms(span)));
}

function hook(hook) {
  const answered = hook.status === null ? "no answer" : `${hook.status} ${hook.answer}`;
  const element = line("hook", `Hook · ${hook.event}`, answered, hook.status === 200, hook.ms);
  if (hook.delivery) element.append(make("span", { class: "id" }, `delivery ${hook.delivery}`));
  return element;
}

function turnLine(turn) {
  const element = line("turn", `Turn · ${turn.key}`, turn.ended, turn.fine, turn.ms);
  if (turn.fine && turn.calls.length === 0) say(element.querySelector(".outcome"), `${turn.ended}, no call to Trello`);
  return element;
}

function call(call) {
  return line("call", `Trello · ${call.route}`, call.status === null ? "no answer" : String(call.status), call.status === 200, call.ms);
}
