// The demo in a real browser, as a person uses it. `node demo.mjs URL FOLDER`: screenshots go into FOLDER.
// KANBRIDGE_TEST_NODE_MODULES names the folder that holds playwright-core and axe-core, KANBRIDGE_TEST_CHROMIUM the browser.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";

const modules = process.env.KANBRIDGE_TEST_NODE_MODULES ?? "../../target/node/node_modules";
const require = createRequire(resolve(modules, "..", "package.json"));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const [url, folder] = process.argv.slice(2);
const SIZES = { narrow: [320, 640], phone: [375, 812], desktop: [1280, 800] };
const OTHERS = { laptop: [1280, 900], picture: [1560, 860] };
mkdirSync(folder, { recursive: true });

const executablePath = process.env.KANBRIDGE_TEST_CHROMIUM ?? "/usr/bin/chromium";
// Chromium's own sandbox does not work for root, which CI is; the page comes from this machine.
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
const wrong = [];
/** What the browser's own console says of failures that are asked for here, whenever it gets to it. */
const asked = [];

async function open(size, colorScheme, reducedMotion = "no-preference") {
  const [width, height] = SIZES[size] ?? OTHERS[size];
  const context = await browser.newContext({ viewport: { width, height }, colorScheme, reducedMotion, hasTouch: width < 500 });
  const page = await context.newPage();
  page.on("console", (said) => ["error", "warning"].includes(said.type()) && wrong.push(`console: ${said.text()}`));
  page.on("pageerror", (error) => wrong.push(`error: ${error.message}`));
  page.on("response", (answer) => answer.status() >= 400 && wrong.push(`${answer.status()} ${answer.url()}`));
  await page.goto(url);
  await page.getByText("Live", { exact: true }).waitFor();
  return page;
}

/** The card of an issue, on the list of this name. */
const card = (page, list, iid) =>
  page.locator(".list", { has: page.getByRole("heading", { name: new RegExp(`^${list} `) }) }).getByRole("button", {
    name: new RegExp(`^\\[ ISSUE ${iid} \\]`),
  });

const focused = (page) => page.evaluate(() => document.activeElement.textContent.trim());

const still = (page) => page.waitForFunction(() => document.getAnimations().every((animation) => animation.playState === "finished"));

/** Nothing for an accessibility checker to say, and nothing to scroll sideways. */
async function sound(page, where) {
  await still(page);
  await page.evaluate(axe);
  const { violations, passes } = await page.evaluate(() => window.axe.run(document));
  const told = violations.map((v) => `${where}: ${v.id}: ${v.help} [${v.nodes.map((node) => node.target.join(" ")).join(" | ")}]`);
  wrong.push(...told);
  assert.ok(passes.length > 10, `${where}: the checker looked at nothing`);
  const [wide, room] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  if (wide > room) wrong.push(`${where}: ${wide} px wide in ${room}`);
}

async function theStoryIsTold() {
  const page = await open("desktop", "light");
  await page.waitForFunction(() => document.querySelectorAll(".lists .card").length === 10);
  await card(page, "Done", 1).waitFor();
  await card(page, "Done", 2).waitFor();
  await card(page, "Doing", 4).waitFor();
  await sound(page, "first screen");
  return page;
}

/** Everything here is done without a mouse. */
async function anIssueAndItsCard(page) {
  await page.getByRole("button", { name: "New issue" }).focus();
  await page.keyboard.press("Enter");
  await page.keyboard.type("Bees like the lavender by the gate");
  await page.keyboard.press("Tab");
  await page.keyboard.type("Keep a path free of them.");
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Enter");
  await card(page, "To do", 11).waitFor();
  assert.match(await focused(page), /^#11/);

  await page.getByRole("checkbox", { name: "doing" }).focus();
  await page.keyboard.press("Space");
  await card(page, "Doing", 11).waitFor();

  await page.getByLabel("Title").fill("Bees love the lavender by the gate");
  await page.keyboard.press("Enter");
  await card(page, "Doing", 11).filter({ hasText: "love" }).waitFor();

  await page.getByRole("button", { name: "Close issue" }).focus();
  await page.keyboard.press("Enter");
  await card(page, "Done", 11).waitFor();
  await page.getByRole("button", { name: "Reopen issue" }).focus();
  await page.keyboard.press("Enter");
  await card(page, "Doing", 11).waitFor();
  await sound(page, "an issue's desk");

  await page.keyboard.press("Escape");
  assert.match(await focused(page), /^#11 Bees love/);
}

async function behindTheGesture(page) {
  const newest = page.locator("#gestures > li").first();
  assert.match(await newest.locator(".gesture").innerText(), /^You reopened #11 Bees love the lavender/);
  await newest.locator(".hook", { hasText: "200 accepted" }).first().waitFor();
  await newest.locator(".turn", { hasText: "done" }).first().waitFor();
  await newest.locator(".call", { hasText: "PUT /cards/{id}" }).first().waitFor();
}

async function aCardSeenClosely(page) {
  const it = card(page, "Doing", 11);
  await it.focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: /^\[ ISSUE 11 \]/ });
  await dialog.getByText("Keep a path free of them.").waitFor();
  await sound(page, "a card seen closely");
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "hidden" });
  assert.match(await focused(page), /^\[ ISSUE 11 \]/);
}

/** Moved without a mouse, and then with one; the focus stays with the card. */
async function theIssueFollowsItsCard(page) {
  const closed = page.getByRole("list", { name: /^Closed/ }).getByRole("button", { name: /^#11/ });
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Move to Done" }).focus();
  await page.keyboard.press("Enter");
  await closed.waitFor();
  await card(page, "Done", 11).waitFor();
  assert.match(await focused(page), /^\[ ISSUE 11 \]/);

  // The mark of what is done comes last: a card that changes between press and pull is not taken along.
  await page.locator("#gestures > li").first().locator(".call", { hasText: "PUT /cards/{id}" }).first().waitFor();
  await still(page);
  await card(page, "Done", 11).dragTo(page.getByRole("heading", { name: /^Doing/ }));
  await page.getByRole("list", { name: /^Open/ }).getByRole("button", { name: /^#11/ }).waitFor();
  await card(page, "Doing", 11).waitFor();
}

/** What is said in the room, the newest last. */
const saying = (page, words) => page.locator("#said .saying", { hasText: words }).last();

/** Types in the room as a person does, and waits for the answer to that. */
async function asks(page, words, answer) {
  await page.getByLabel("Say something in the room").focus();
  await page.keyboard.type(words);
  await page.keyboard.press("Enter");
  const asked = page.locator("#said .typed", { hasText: words });
  await asked.last().waitFor();
  const after = page.locator("#said .typed ~ .saying:not(.typed)", { hasText: answer });
  await after.last().waitFor();
  assert.match(await focused(page), /^$/, "the focus stays in the field");
}

/** What people do on the board is told, and what is named can be looked at. */
async function theRoomHears(page) {
  const moved = saying(page, /^(kanbridge)?You moved #11 Bees love the lavender by the gate from Done to Doing$/);
  await moved.waitFor();
  const told = await page.locator("#said .saying").allInnerTexts();
  assert.equal(told.filter((text) => text.includes("created #11")).length, 1, told.join(" | "));
  assert.ok(!told.some((text) => /attached|added/.test(text)), `what comes with a card is told as the card: ${told.join(" | ")}`);
  const link = moved.getByRole("link", { name: "#11 Bees love the lavender by the gate" });
  await link.focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: /^\[ ISSUE 11 \]/ });
  await dialog.waitFor();
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "hidden" });
  assert.equal(await focused(page), "#11 Bees love the lavender by the gate");
}

/** People ask there, and act; all by keyboard. */
async function theRoomAnswers(page) {
  await asks(page, "help", "move <card> to <list>");
  await asks(page, "plough the field", "I do not know plough");
  await asks(page, "list Dxing", "did you mean Doing?");
  await asks(page, "list Doing", /Doing has \d cards[^]*#11 Bees love/);
  await asks(page, "new Buy seeds", "New issue Buy seeds");
  await card(page, "To do", 12).waitFor();
  await asks(page, "move #12 to Done", /#12 Buy seeds moved to Done/);
  await card(page, "Done", 12).waitFor();
  await page.getByRole("list", { name: /^Closed/ }).getByRole("button", { name: /^#12 Buy seeds/ }).waitFor();
  await saying(page, "New issue Buy seeds").getByRole("link").focus();
  await page.keyboard.press("Enter");
  assert.match(await focused(page), /^#12/, "an issue that is named opens at the desk");
  await page.keyboard.press("Escape");
  await sound(page, "the room");
}

/** The room needs no scrolling on a common desktop; a new sentence is seen where nobody reads further up. */
async function theRoomIsInSight() {
  const page = await open("laptop", "light");
  await saying(page, "#12 Buy seeds moved to Done").waitFor();
  const field = await page.getByLabel("Say something in the room").boundingBox();
  assert.ok(field.y + field.height < OTHERS.laptop[1], `the field stands at ${field.y}`);
  const below = await page.locator("#said").evaluate((room) => room.scrollHeight - room.scrollTop - room.clientHeight);
  assert.ok(below < 2, `${below} px below what is seen`);
  await page.context().close();
}

/** All of it on one picture: an issue at the desk, its card, and what the room heard. */
async function theReadmesPicture() {
  const page = await open("picture", "light");
  await page.getByRole("button", { name: /^#11 Bees love/ }).first().click();
  await page.locator(".chosen .card").waitFor();
  await still(page);
  await page.mouse.move(0, 0);
  await page.screenshot({ path: `${folder}/readme.png` });
  await page.context().close();
}

/** Tab reaches everything and comes out again at the end: no traps. */
async function byKeyboardThroughout(page) {
  await page.reload();
  await card(page, "Doing", 11).waitFor();
  const reached = await page.evaluate(() => document.querySelectorAll("button:not([disabled]), a[href], summary").length);
  const seen = new Set();
  for (let step = 0; step < reached + 5; step++) {
    await page.keyboard.press("Tab");
    const { name, ring, out } = await page.evaluate(() => {
      const at = document.activeElement;
      const style = getComputedStyle(at);
      return { out: at === document.body, name: at.textContent.trim(), ring: style.outlineStyle !== "none" && style.outlineWidth !== "0px" };
    });
    if (out) break;
    if (!ring) wrong.push(`no ring around what has the focus: ${name}`);
    seen.add(name);
  }
  assert.ok([...seen].some((name) => name === "New issue"), "Tab reaches the button");
  assert.ok([...seen].some((name) => name.startsWith("[ ISSUE 11 ]")), "Tab reaches the cards");
}

async function inEverySize(what, lights) {
  for (const size of Object.keys(SIZES)) {
    for (const light of lights) {
      const page = await open(size, light);
      await page.locator(".card").first().waitFor();
      await sound(page, `${what}, ${size}, ${light}`);
      await page.screenshot({ path: `${folder}/${size}-${light}-${what}.png`, fullPage: size !== "desktop" });
      await page.getByRole("button", { name: "New issue" }).click();
      await sound(page, `${what}, ${size}, ${light}, a new issue`);
      await page.context().close();
    }
  }
}

async function nothingMovesForWhoWantsItCalm() {
  const page = await open("desktop", "light", "reduce");
  await card(page, "Doing", 11).waitFor();
  await page.evaluate(() => {
    const watch = () => (window.moving = Math.max(window.moving ?? 0, document.getAnimations().length));
    new MutationObserver(watch).observe(document.querySelector(".lists"), { subtree: true, childList: true });
  });
  await gesture({ do: "close", iid: 11 });
  await card(page, "Done", 11).waitFor();
  const moving = await page.waitForFunction(() => window.moving !== undefined && { count: window.moving });
  assert.equal((await moving.jsonValue()).count, 0, "nothing glides");
  await page.context().close();
}

async function aBadGestureIsExplained(page) {
  asked.push("422");
  await page.getByRole("button", { name: "New issue" }).click();
  await page.getByLabel("Title").fill("   ");
  const answered = page.waitForResponse((answer) => answer.url().endsWith("/gestures"));
  await page.getByRole("button", { name: "Open issue" }).click();
  assert.equal((await answered).status(), 422);
  await page.getByRole("alert").filter({ hasText: "title" }).waitFor();
  await page.keyboard.press("Escape");
}

async function aLostConnectionComesBack() {
  asked.push("ERR_FAILED");
  const page = await open("desktop", "light");
  await page.route("**/events", (route) => route.abort());
  await page.reload();
  await page.getByText("Connection lost").waitFor();
  await page.unroute("**/events");
  await page.getByText("Live", { exact: true }).waitFor();
  await card(page, "Done", 1).waitFor();
  await page.context().close();
}

async function gesture(body) {
  const answer = await fetch(new URL("gestures", url), {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body),
  });
  assert.equal(answer.status, 200, await answer.text());
}

async function manyCards() {
  for (let number = 1; number <= 40; number++) {
    await gesture({ do: "open", title: `Bed ${number} wants a sign`, text: "", labels: ["feature"], people: ["ana"], due: null });
  }
  const page = await open("desktop", "light");
  await page.waitForFunction(() => document.querySelectorAll(".lists .card").length === 52, null, { timeout: 90_000 });
  await page.context().close();
}

try {
  const page = await theStoryIsTold();
  await anIssueAndItsCard(page);
  await behindTheGesture(page);
  await aCardSeenClosely(page);
  await theIssueFollowsItsCard(page);
  await theRoomHears(page);
  await theRoomAnswers(page);
  await theRoomIsInSight();
  await theReadmesPicture();
  await byKeyboardThroughout(page);
  await aBadGestureIsExplained(page);
  await inEverySize("story", ["light", "dark"]);
  await nothingMovesForWhoWantsItCalm();
  await aLostConnectionComesBack();
  await manyCards();
  await inEverySize("many", ["light"]);
  assert.deepEqual(wrong.filter((line) => !asked.some((words) => line.includes(words))), []);
} finally {
  await browser.close();
}
