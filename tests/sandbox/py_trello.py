"""Drives the look-alike of Trello with py-trello, as its users do.

Arguments: base URL with the version, key, token, id of a board, username of another member, a URL that answers hooks.
"""

import datetime
import sys

import requests
from trello import TrelloClient
from trello.exceptions import ResourceUnavailable, Unauthorized

base, key, token, board_id, other, receiver = sys.argv[1:]


class Rebased:
    """py-trello knows only Trello's own address, and takes an HTTP service that may know better."""

    def __init__(self):
        self.session = requests.Session()

    def request(self, method, url, **keywords):
        return self.session.request(method, base + url.split("trello.com/1", 1)[1], timeout=20, **keywords)

    def post(self, url, **keywords):
        return self.request("POST", url, **keywords)


def client(**keywords):
    return TrelloClient(api_key=key, http_service=Rebased(), **keywords)


# Without a token of its own it puts its secret into the query; with one it signs an OAuth 1 header.
in_query = client(api_secret=token)
signed = client(api_secret="a-secret", token=token, token_secret="another")


def refused(kind, call, *arguments):
    try:
        call(*arguments)
    except kind as error:
        return str(error)
    raise AssertionError(f"{call} was not refused")


def boards(trello):
    board = trello.get_board(board_id)
    assert board.name == "Heating" and not board.closed, board
    assert board_id in [each.id for each in trello.list_boards()]
    made = trello.add_board("Roof", default_lists=False)
    made.set_name("Roof and walls")
    made.set_description("Above us")
    made.close()
    made.fetch()
    assert (made.name, made.description, made.closed) == ("Roof and walls", "Above us", True)
    assert made.id not in [each.id for each in trello.list_boards("open")]
    made.open()
    made.delete()
    assert "not found" in refused(ResourceUnavailable, trello.get_board, made.id)
    return board


def lists(board):
    names = [each.name for each in board.list_lists("open")]
    assert names == ["To do", "Doing", "Done"], names
    waiting = board.add_list("Waiting", pos="bottom")
    waiting.set_name("On hold")
    waiting.set_pos("top")
    assert board.list_lists("open")[0].name == "On hold"
    waiting.close()
    waiting.fetch()
    assert waiting.closed and waiting.name == "On hold"
    waiting.open()
    assert board.get_list(waiting.id).closed is False
    return waiting


def labels(board):
    label = board.add_label("cellar", "sky")
    assert [each.name for each in board.get_labels() if each.id == label.id] == ["cellar"]
    assert "invalid value for color" in refused(ResourceUnavailable, board.add_label, "odd", "mauve")
    extra = board.add_label("short-lived", "null")
    board.delete_label(extra.id)
    assert extra.id not in [each.id for each in board.get_labels()]
    return label


def cards(board, column, label):
    card = column.add_card("Boiler is cold", desc="Since Monday", labels=[label], due="2026-06-02", position="top")
    assert card.idList == column.id and card.short_url.startswith("https://trello.com/c/")
    card.set_name("Boiler is warm")
    card.set_description("Since Tuesday: Wärme 💧")
    card.set_due(datetime.datetime(2026, 6, 3, 12, tzinfo=datetime.timezone.utc))
    card.set_due_complete()
    card.change_pos("bottom")
    card.fetch()
    assert (card.name, card.description) == ("Boiler is warm", "Since Tuesday: Wärme 💧")
    assert board.client.get_card(card.id).is_due_complete and card.due_date.day == 3, card.due
    assert [each.name for each in card.labels] == ["cellar"], card.labels
    card.remove_due()
    card.remove_label(card.labels[0])
    card.add_label(label)
    card.fetch()
    assert not card.due and card.idLabels == [label.id]
    assert "Boiler is warm" in [each.name for each in board.get_cards(card_filter="open")]
    assert [each.id for each in column.list_cards_iter()] == [card.id]
    card.create_label("urgent", "red")
    return card


def members(board, card):
    board.add_member(in_query.get_member(other))
    people = {each.username: each for each in board.get_members()}
    card.add_member(people[other])
    card.fetch()
    assert card.idMembers == [people[other].id]
    card.remove_member(people[other])
    card.assign(people["kanbridge"].id)
    card.fetch()
    assert card.idMembers == [people["kanbridge"].id]
    assert "already" in refused(ResourceUnavailable, card.assign, people["kanbridge"].id)
    assert in_query.get_member("me").username == "kanbridge"


def talk(card):
    said = card.comment("Who has the key?")
    card.update_comment(said["id"], "I have the key")
    assert [each["data"]["text"] for each in card.get_comments()] == ["I have the key"]
    extra = card.comment("Never mind")
    card.delete_comment(extra)
    assert len(card.get_comments()) == 1
    card.attach(name="issue 23", url="https://gitlab.example.com/team/app/-/issues/23")
    attachments = card.get_attachments()
    assert [each.url for each in attachments] == ["https://gitlab.example.com/team/app/-/issues/23"]
    card.remove_attachment(attachments[0].id)
    assert card.fetch_attachments(force=True) == []


def checklists(card):
    steps = card.add_checklist("Before winter", ["Bleed the radiators", "Order oil"], [True, False])
    steps.set_checklist_item("Order oil", True)
    steps.rename_checklist_item("Order oil", "Order less oil")
    steps.add_checklist_item("Close windows")
    steps.delete_checklist_item("Close windows")
    steps.rename("Before the frost")
    # A card that was fetched before it had checklists does not look for any.
    (kept,) = card.client.get_card(card.id).fetch_checklists()
    assert kept.name == "Before the frost"
    assert [(item["name"], item["checked"]) for item in kept.items] == [
        ("Bleed the radiators", True),
        ("Order less oil", True),
    ]
    kept.delete()


def moves(board, card, columns):
    done = columns[-1]
    card.change_list(done.id)
    card.set_closed(True)
    card.set_closed(False)
    card.fetch()
    assert card.idList == done.id and not card.closed
    (move,) = card.list_movements()
    assert move["destination"]["id"] == done.id and move["source"]["name"] == "On hold"
    done.archive_all_cards()
    card.fetch()
    assert card.closed


def actions(board):
    all_of_them = board.fetch_actions("all", action_limit=1000)
    kinds = [each["type"] for each in all_of_them]
    for kind in ["createCard", "updateCard", "commentCard", "addMemberToCard", "updateCheckItemStateOnCard"]:
        assert kind in kinds, kind
    assert "addLabelToCard" not in kinds, "webhooks alone tell of labels"
    middle = all_of_them[len(all_of_them) // 2]
    older = board.fetch_actions("all", before=middle["id"], action_limit=1000)
    newer = board.fetch_actions("all", since=middle["date"], action_limit=1000)
    assert len(older) + len(newer) == len(all_of_them)
    assert all("display" not in each for each in all_of_them)


def webhooks(trello):
    hook = trello.create_hook(receiver, board_id, "all of it", token=token)
    assert [each.callback_url for each in trello.list_hooks(token)] == [receiver]
    message = refused(Exception, trello.create_hook, receiver, board_id, "again", token)
    assert "A webhook with that callback, model, and token already exists" in message
    hook.delete()
    assert trello.list_hooks(token) == []


def strangers():
    stranger = TrelloClient(api_key=key, api_secret="nonsense", http_service=Rebased())
    assert "invalid token" in refused(Unauthorized, stranger.get_board, board_id)
    assert "not found" in refused(ResourceUnavailable, in_query.get_card, "0" * 24)


for trello in (in_query, signed):
    board = boards(trello)
    column = lists(board)
    card = cards(board, column, labels(board))
    members(board, card)
    talk(card)
    checklists(card)
    moves(board, card, board.list_lists("open"))
    actions(board)
    webhooks(trello)
    card.delete()
    column.close()
    column.set_name("Past")
strangers()
