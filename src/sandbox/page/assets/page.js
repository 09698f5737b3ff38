// The page: hears the server's events and shows them. Each event holds a whole part of the state (issues, board,
// room, travel), so a page that missed some is right again with the next.

import * as board from "./board.js";
import * as issues from "./issues.js";
import * as room from "./room.js";
import * as travel from "./travel.js";
import { say } from "./dom.js";

const link = document.getElementById("link");
const toast = document.getElementById("toast");
const AGAIN = 2000;
const TOLD = 5000;
let forgotten;

function tell(sentence) {
  say(toast, sentence);
  clearTimeout(forgotten);
  forgotten = setTimeout(() => say(toast, ""), TOLD);
}

function linked(state, sentence) {
  link.dataset.state = state;
  say(link, sentence);
}

function listen() {
  const events = new EventSource("events");
  const hear = (name, show) => events.addEventListener(name, (event) => show(JSON.parse(event.data)));
  events.addEventListener("open", () => linked("live", "Live"));
  hear("issues", issues.show);
  hear("board", board.show);
  hear("room", room.show);
  hear("travel", travel.show);
  events.addEventListener("error", () => {
    linked("lost", "Connection lost, trying again…");
    if (events.readyState === EventSource.CLOSED) setTimeout(listen, AGAIN);
  });
}

async function act(gesture) {
  try {
    const answer = await fetch("gestures", {
      method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(gesture),
    });
    return await answer.json();
  } catch {
    return { error: "The demo does not answer. Does it still run in its terminal?" };
  }
}

issues.start(act, board.choose);
board.start(act, tell);
room.start(act, { card: board.seek, issue: issues.choose });
listen();
