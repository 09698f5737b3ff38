# kanbridge: help Says how often it was asked.
"""NAME, an integration of kanbridge: `NAME` in a room that takes commands, or `kanbridge integrations run NAME hello`.

A change counts from the next call on. What is printed is the answer, or what the function returns.
"""


def run_integration(notification, query, all_tokens, token, storage, log):
    # notification: what the chat server sent. notification.item.message.sender.name, .content, notification.item.room.name
    # query: what was said after the command
    # token: this script's token for this room; all_tokens: what the configuration shares (share_tokens = true)
    # storage: a dictionary that lasts; a key of digits is a number
    # log.info and log.error: for the log of kanbridge
    storage["calls"] = storage.get("calls", 0) + 1
    name = notification.item.message.sender.name or "you"
    log.info("asked by %s" % name)
    return "Hello %s, you said: %s. I was asked %d times." % (name, query, storage["calls"])


# To hear what happens on the board, write in the first twenty lines
#   # kanbridge: hears createCard,updateCard:idList
# and define
#
# def on_activity(activity, storage, log):
#     return "%s has a card more" % activity.data.board.name
