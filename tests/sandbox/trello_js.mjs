// Drives the look-alike of Trello with trello.js, which holds every answer against schemas of its own. Strictly: a key
// that its author has not met at Trello fails the call.
//
// Arguments: base URL with the version, key, token, id of a board, id of another member, a URL that answers hooks.

import assert from 'node:assert/strict';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

process.env.TRELLO_STRICT_SCHEMAS = 'true';
const modules = process.env.KANBRIDGE_TEST_NODE_MODULES ?? path.resolve('../../target/node/node_modules');
const { createTrelloClient } = await import(pathToFileURL(path.join(modules, 'trello.js/dist/index.js')).href);

const [host, apiKey, apiToken, board, member, receiver] = process.argv.slice(2);
const trello = createTrelloClient({ host, apiKey, apiToken });

async function refused(call, words) {
  await assert.rejects(call, error => error.message.includes(words) || assert.fail(`${error.message}: no ${words}`));
}

const names = things => things.map(thing => thing.name);

async function boards() {
  const whole = await trello.boards.getBoard({ id: board });
  assert.equal(whole.name, 'Heating');
  await trello.boards.getBoard({ id: board, fields: 'all' });
  const made = await trello.boards.createBoard({ name: 'Roof', desc: 'Above us', defaultLists: false });
  await trello.boards.updateBoard({ id: made.id, name: 'Roof and walls', closed: true });
  assert.equal((await trello.boards.getBoardField({ id: made.id, field: 'name' }))._value, 'Roof and walls');
  const mine = await trello.members.getMemberBoards({ id: 'me', filter: 'open' });
  assert.deepEqual(mine.map(each => each.id), [board]);
  await trello.boards.deleteBoard({ id: made.id });
  await trello.boards.updateBoardMember({ id: board, idMember: member, type: 'normal' });
  assert.equal((await trello.boards.getBoardMembers({ id: board })).length, 2);
  assert.equal((await trello.boards.getBoardMemberships({ id: board })).length, 2);
}

async function lists() {
  const list = await trello.lists.createList({ name: 'Waiting', idBoard: board, pos: 'bottom' });
  await trello.lists.updateList({ id: list.id, name: 'On hold' });
  assert.deepEqual(names(await trello.boards.getBoardLists({ id: board })).slice(-1), ['On hold']);
  await trello.lists.archiveList({ id: list.id, value: true });
  assert.equal((await trello.lists.getList({ id: list.id })).closed, true);
  assert.equal((await trello.lists.getListBoard({ id: list.id })).id, board);
  const [first, second] = await trello.boards.getBoardListsByFilter({ id: board, filter: 'open' });
  return [first.id, second.id];
}

async function labels() {
  const label = await trello.labels.createLabel({ name: 'cellar', color: 'sky_dark', idBoard: board });
  assert.equal((await trello.labels.updateLabel({ id: label.id, name: 'attic' })).name, 'attic');
  assert.equal((await trello.labels.getLabel({ id: label.id })).color, 'sky_dark');
  assert.ok(names(await trello.boards.getBoardLabels({ id: board, limit: 1000 })).includes('attic'));
  const extra = await trello.boards.createBoardLabel({ id: board, name: 'short-lived', color: 'red' });
  await trello.labels.deleteLabel({ id: extra.id });
  await refused(trello.labels.getLabel({ id: extra.id }), '404');
  return label.id;
}

async function cards([first, second], label) {
  const made = await trello.cards.createCard({
    idList: first,
    name: 'Boiler is cold',
    desc: 'Since Monday & longer',
    due: '2026-06-02T12:00:00.000Z',
    idLabels: [label],
    pos: 'top',
    urlSource: 'https://gitlab.example.com/team/app/-/issues/23',
  });
  const id = made.id;
  await trello.cards.updateCard({ id, name: 'Boiler is warm', idList: second, due: null, dueComplete: false });
  // Its strict schemas know of no other companions than these two.
  const card = await trello.cards.getCard({ id, attachments: true, members: true });
  assert.deepEqual([card.name, card.idList, card.desc], ['Boiler is warm', second, 'Since Monday & longer']);
  assert.equal((await trello.cards.getCardList({ id })).id, second);
  assert.equal((await trello.cards.getCardBoard({ id })).id, board);
  assert.deepEqual(names(await trello.boards.getBoardCards({ id: board })), ['Boiler is warm']);
  assert.deepEqual(names(await trello.lists.getListCards({ id: second })), ['Boiler is warm']);
  await trello.cards.removeCardLabel({ id, idLabel: label });
  await trello.cards.addCardLabel({ id, value: label });
  await trello.cards.createCardLabel({ id, name: 'urgent', color: 'red' });
  assert.equal((await trello.cards.getCard({ id })).labels.length, 2);
  await trello.cards.addCardMember({ id, value: member });
  assert.deepEqual((await trello.cards.getCardMembers({ id })).map(each => each.id), [member]);
  await trello.cards.removeCardMember({ id, idMember: member });
  assert.equal((await trello.cards.getCardField({ id, field: 'closed' }))._value, false);
  return id;
}

async function hangings(id) {
  await trello.cards.createCardAttachment({ id, url: 'https://example.com/plan', name: 'The plan' });
  const attachments = await trello.cards.getCardAttachments({ id });
  assert.deepEqual(names(attachments).slice(-1), ['The plan']);
  const idAttachment = attachments.at(-1).id;
  await trello.cards.getCardAttachment({ id, idAttachment });
  await trello.cards.deleteCardAttachment({ id, idAttachment });
  const list = await trello.checklists.createChecklist({ idCard: id, name: 'Before winter' });
  const item = await trello.checklists.createChecklistItem({ id: list.id, name: 'Bleed the radiators', checked: false });
  const done = await trello.cards.updateCardCheckItem({ id, idCheckItem: item.id, state: 'complete' });
  assert.equal(done.state, 'complete');
  assert.equal((await trello.cards.getCardCheckItemStates({ id })).length, 1);
  await trello.checklists.updateChecklist({ id: list.id, name: 'Before the frost' });
  assert.deepEqual(names(await trello.cards.getCardChecklists({ id })), ['Before the frost']);
  assert.deepEqual(names(await trello.boards.getBoardChecklists({ id: board })), ['Before the frost']);
  assert.equal((await trello.checklists.getChecklistItems({ id: list.id })).length, 1);
  await trello.checklists.deleteChecklistItem({ id: list.id, idCheckItem: item.id });
  await trello.checklists.deleteChecklist({ id: list.id });
}

async function talk(id) {
  const said = await trello.cards.createCardComment({ id, text: 'Who has the key?' });
  await trello.cards.updateCardComment({ id, idAction: said.id, text: 'I have the key' });
  await trello.actions.updateAction({ id: said.id, text: 'I have it' });
  assert.equal((await trello.actions.getAction({ id: said.id })).data.text, 'I have it');
  assert.equal((await trello.actions.getActionCard({ id: said.id })).id, id);
  assert.equal((await trello.actions.getActionBoard({ id: said.id })).id, board);
  assert.equal((await trello.actions.getActionList({ id: said.id })).idBoard, board);
  assert.equal((await trello.actions.getActionCreator({ id: said.id })).username, 'kanbridge');
  const second = await trello.cards.createCardComment({ id, text: 'Never mind' });
  await trello.cards.deleteCardComment({ id, idAction: second.id });
  const feed = await trello.cards.getCardActions({ id });
  assert.deepEqual(feed.map(action => action.type), ['commentCard', 'updateCard']);
  const wide = await trello.boards.getBoardActions({ boardId: board, limit: 5, filter: 'updateCard:idList,createCard' });
  assert.deepEqual(wide.map(action => action.type), ['updateCard', 'createCard']);
  const all = await trello.boards.getBoardActions({ boardId: board, limit: 1000 });
  const older = await trello.boards.getBoardActions({ boardId: board, before: all[3].id, limit: 1000 });
  assert.deepEqual(older.map(action => action.id), all.slice(4).map(action => action.id));
  await trello.actions.deleteAction({ id: said.id });
  await refused(trello.actions.getAction({ id: said.id }), '404');
}

async function webhooks() {
  const hook = await trello.webhooks.createWebhook({ callbackURL: receiver, idModel: board, description: 'all of it' });
  assert.deepEqual([hook.active, hook.consecutiveFailures], [true, 0]);
  await refused(
    trello.tokens.createTokenWebhook({ token: apiToken, callbackURL: receiver, idModel: board }),
    'A webhook with that callback, model, and token already exists',
  );
  await trello.webhooks.updateWebhook({ id: hook.id, description: 'still all of it' });
  assert.equal((await trello.webhooks.getWebhook({ id: hook.id })).description, 'still all of it');
  assert.equal((await trello.tokens.getTokenWebhooks({ token: apiToken })).length, 1);
  await trello.webhooks.deleteWebhook({ id: hook.id });
  const token = await trello.tokens.getToken({ token: apiToken, webhooks: true });
  assert.deepEqual([token.dateExpires, token.webhooks], [null, []]);
}

async function people() {
  const me = await trello.members.getMember({ id: 'me' });
  assert.equal((await trello.tokens.getTokenMember({ token: apiToken })).id, me.id);
  await trello.members.getMemberActions({ id: 'me' });
  await trello.members.getMemberCards({ id: 'me' });
  const stranger = createTrelloClient({ host, apiKey, apiToken: 'nonsense' });
  await refused(stranger.members.getMember({ id: 'me' }), 'invalid token');
}

await boards();
const columns = await lists();
const card = await cards(columns, await labels());
await hangings(card);
await talk(card);
await webhooks();
await people();
await trello.cards.deleteCard({ id: card });
await refused(trello.cards.getCard({ id: card }), 'The requested resource was not found.');
