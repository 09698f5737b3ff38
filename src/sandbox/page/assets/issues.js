// The left side: the list of issues, and the desk at which one is opened or changed.
//
// Labels, people and the due date take effect at once, as in GitLab's side bar; title and text when they are saved.

import { chip, day, face, keep, make, say } from "./dom.js";

const open = document.getElementById("open-issues");
const closed = document.getElementById("closed-issues");
const lists = document.getElementById("issue-lists");
const desk = document.getElementById("desk");

let known = { issues: [], labels: [], people: [] };
let act = async () => {};
let chosen = null;
let onChoose = () => {};

/** `does(gesture)` carries a person's gesture out and gives the answer; `chooses(iid)` hears which issue is looked at. */
export function start(does, chooses) {
  act = does;
  onChoose = chooses;
  document.getElementById("new-issue").addEventListener("click", () => showDesk(null));
}

/** Shows the newest state. */
export function show(state) {
  known = state;
  say(document.getElementById("project"), state.project);
  const of = (wanted) => state.issues.filter((issue) => issue.state === wanted);
  keep(open, of("opened"), (issue) => issue.iid, buildRow, fillRow);
  keep(closed, of("closed"), (issue) => issue.iid, buildRow, fillRow);
  say(document.getElementById("open-count"), String(of("opened").length));
  say(document.getElementById("closed-count"), String(of("closed").length));
  document.getElementById("closed-title").hidden = of("closed").length === 0;
  if (chosen !== null) fillDesk();
}

/** Looks at an issue. */
export function choose(iid) {
  showDesk(iid);
}

function buildRow(issue) {
  return make("li", {}, make("button", { type: "button", class: "issue", click: () => showDesk(issue.iid) }));
}

function fillRow(row, issue) {
  const meta = [...issue.labels.map(chip), issue.due && make("span", { class: "due" }, `due ${day(issue.due)}`)];
  row.firstElementChild.replaceChildren(
    make("span", { class: "issue-title" }, make("span", { class: "number" }, `#${issue.iid}`), " ", issue.title),
    make("span", { class: "meta" }, ...meta.filter(Boolean), ...issue.assignees.map((person) => face(person.name))),
  );
}

// The desk.

function showDesk(iid) {
  chosen = iid ?? "new";
  lists.hidden = true;
  desk.hidden = false;
  desk.replaceChildren(buildDesk(iid));
  if (iid !== null) fillDesk();
  onChoose(iid);
  desk.querySelector(iid === null ? "input" : "h3").focus();
}

function leaveDesk() {
  const from = chosen;
  chosen = null;
  desk.hidden = true;
  desk.replaceChildren();
  lists.hidden = false;
  onChoose(null);
  const row = lists.querySelector(`li[data-key="${from}"] button`);
  (row ?? document.getElementById("new-issue")).focus();
}

function buildDesk(iid) {
  const isNew = iid === null;
  const form = make(
    "form",
    { class: "desk", submit: save, autocomplete: "off" },
    make("div", { class: "desk-head" },
      make("button", { type: "button", class: "quiet", click: leaveDesk }, "← All issues"),
      !isNew && make("button", { type: "button", name: "toggle", click: toggle }, "Close issue")),
    make("h3", { tabindex: "-1" }, isNew ? "New issue" : ""),
    make("p", { class: "fault", role: "alert", hidden: true }),
    make("label", {}, "Title", make("input", { name: "title", required: true, maxlength: "255" })),
    make("label", {}, "Text", make("textarea", { name: "text", rows: "3" })),
    !isNew && make("button", { class: "main-button" }, "Save"),
    group("Labels", "labels", known.labels.map((label) => [label.name, chip(label)])),
    group("People", "people", known.people.map((person) => [person.username, person.name])),
    make("label", { class: "short" }, "Due", make("input", { name: "due", type: "date", change: () => isNew || send("due") })),
    isNew && make("button", { class: "main-button" }, "Open issue"),
  );
  form.addEventListener("keydown", (event) => event.key === "Escape" && !unsaved() && leaveDesk());
  return form;
}

function group(title, name, choices) {
  const choice = ([value, ...shown]) =>
    make("label", { class: "choice" },
      make("input", { type: "checkbox", name, value, change: () => chosen === "new" || send(name) }), ...shown);
  return make("fieldset", {}, make("legend", {}, title), make("div", { class: "choices" }, ...choices.map(choice)));
}

const form = () => desk.querySelector("form");
const checked = (name) => [...form().querySelectorAll(`[name="${name}"]:checked`)].map((box) => box.value);
const theIssue = () => known.issues.find((issue) => issue.iid === chosen);

/** What the issue says goes into the fields, but not over what a person is typing. */
function fillDesk() {
  const issue = theIssue();
  if (!issue) return;
  const at = form();
  say(at.querySelector("h3"), `#${issue.iid} ${issue.state === "closed" ? "Closed" : "Open"}`);
  for (const [name, value] of [["title", issue.title], ["text", issue.text], ["due", issue.due ?? ""]]) {
    const field = at.elements[name];
    const edited = field.was !== undefined && field.value !== field.was;
    if (!edited) field.value = value;
    field.was = value;
  }
  for (const box of at.querySelectorAll("[name=labels]")) box.checked = issue.labels.some((it) => it.name === box.value);
  for (const box of at.querySelectorAll("[name=people]")) {
    box.checked = issue.assignees.some((it) => it.username === box.value);
  }
  say(at.elements.toggle, issue.state === "closed" ? "Reopen issue" : "Close issue");
}

/** Whether a person has written something here that GitLab does not have. */
function unsaved() {
  return ["title", "text"].map((name) => form().elements[name]).some((field) => field.value.trim() !== (field.was ?? "").trim());
}

async function save(event) {
  event.preventDefault();
  const at = form();
  const [title, text] = [at.elements.title.value, at.elements.text.value];
  if (chosen !== "new") return unsaved() && done(await act({ do: "edit", iid: chosen, title, text }));
  const answer = await act({
    do: "open", title, text, labels: checked("labels"), people: checked("people"), due: at.elements.due.value || null,
  });
  if (done(answer)) showDesk(answer.iid);
}

async function send(name) {
  const value = name === "due" ? { due: form().elements.due.value || null } : { [name]: checked(name) };
  const gesture = { due: "due", labels: "label", people: "assign" }[name];
  done(await act({ do: gesture, iid: chosen, ...value }));
}

async function toggle() {
  done(await act({ do: theIssue().state === "closed" ? "reopen" : "close", iid: chosen }));
}

/** Shows why a gesture failed, where it did. */
function done(answer) {
  const fault = desk.querySelector(".fault");
  if (fault) {
    fault.hidden = !answer.error;
    say(fault, answer.error ?? "");
  }
  return !answer.error;
}
