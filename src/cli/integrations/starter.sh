#!/bin/sh
# kanbridge: help Says how long the machine has been up.
#
# NAME, an integration of kanbridge: `NAME` in a room that takes commands, or `kanbridge integrations run NAME hello`.
# A change counts from the next call on.
#
# What is printed is the answer; to keep something as well, print {"reply": "…", "storage": {…}}. Standard error goes to
# the log of kanbridge, and so does the reason where the exit code is not 0. These variables are set:
#   KANBRIDGE_COMMAND  the word that it was called by     KANBRIDGE_QUERY  what was said after that
#   KANBRIDGE_ROOM     the room                           KANBRIDGE_PERSON who said it
#   KANBRIDGE_TOKEN    this script's token for the room
# Standard input has all of this and more as one JSON object: command, query, room, room_id, person, notification, token,
# tokens, storage, event.
set -eu

echo "asked for: $KANBRIDGE_QUERY" >&2
uptime
