# Runs a file that defines run_integration(notification, query, all_tokens, token, storage, log), as such files were
# always written. It is handed to `python3 -I -c`; its argument is the file. It reads one JSON object on standard input
# and says JSON lines on standard output: {"log": …}, {"failed": …}, and at last {"reply": …, "storage": …}.

import io
import json
import os
import re
import sys
import threading
import traceback

DIGITS = re.compile(r"(?:0|-?[1-9][0-9]{0,18})\Z")


def _key(key):
    """The one form of a key: JSON knows texts only, so a text of digits and the number are one key, the number."""
    if isinstance(key, str):
        return int(key) if DIGITS.match(key) else key
    if key is None or isinstance(key, (bool, float)):
        return json.dumps(key)
    return key if isinstance(key, int) else repr(key)


class Storage(dict):
    """A dictionary that finds under 0 what was kept under "0"."""

    def __init__(self, *pairs, **more):
        super().__init__()
        self.update(*pairs, **more)

    def __getitem__(self, key):
        return super().__getitem__(_key(key))

    def __setitem__(self, key, value):
        super().__setitem__(_key(key), value)

    def __delitem__(self, key):
        super().__delitem__(_key(key))

    def __contains__(self, key):
        return super().__contains__(_key(key))

    def __ior__(self, other):
        self.update(other)
        return self

    def get(self, key, default=None):
        return super().get(_key(key), default)

    def pop(self, key, *default):
        return super().pop(_key(key), *default)

    def setdefault(self, key, default=None):
        return super().setdefault(_key(key), default)

    def update(self, *pairs, **more):
        for key, value in dict(*pairs, **more).items():
            self[key] = value

    def has_key(self, key):
        return key in self


def _plain(value, where="storage"):
    """What is kept of a value, or TypeError that says where something stands that cannot be kept."""
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        raise TypeError("%s holds %d, which is too great to be kept; keep it as a text" % (where, value))
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    if isinstance(value, dict):
        return {str(_key(key)): _plain(item, "%s[%r]" % (where, key)) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item, "%s[%d]" % (where, at)) for at, item in enumerate(value)]
    kind = type(value).__name__
    raise TypeError("%s holds a %s, which cannot be kept: keep texts, numbers, lists and dictionaries" % (where, kind))


class Thing(dict):
    """A JSON object whose entries are attributes too; one that is not there is None."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self.get(name)


def _thing(value, inside=""):
    if isinstance(value, list):
        return [_thing(item) for item in value]
    if not isinstance(value, dict):
        return value
    thing = Thing((key, _thing(item, key)) for key, item in value.items())
    if inside == "message":
        thing.setdefault("content", thing.get("message"))
        sender = thing.get("from")
        thing.setdefault("sender", sender if isinstance(sender, Thing) else Thing(name=sender))
    return thing


def _notification(value):
    notification = _thing(value if isinstance(value, dict) else {})
    notification.setdefault("web_hook", notification.get("webhook_id"))
    return notification


class Log:
    """Lines for the log of kanbridge."""

    def __init__(self, say):
        self._say = say

    def info(self, message="", *rest):
        self._note("info", message, rest)

    def error(self, message="", *rest):
        self._note("error", message, rest)

    debug = info
    warning = error
    exception = error

    def _note(self, level, message, rest):
        text = str(message)
        if rest:
            try:
                text = text % rest
            except (TypeError, ValueError):
                text = " ".join([text] + [str(item) for item in rest])
        self._say({"log": level, "text": text})


class Printed(io.TextIOBase):
    """What is printed; no more of it than can be said."""

    def __init__(self, most):
        self._pieces, self._room = [], most

    def writable(self):
        return True

    def write(self, text):
        if self._room > 0:
            self._pieces.append(text[: self._room])
            self._room -= len(text)
        return len(text)

    def text(self):
        return "".join(self._pieces)


def _channel():
    """Standard output is ours alone: what programs started from the file print there goes to standard error."""
    ours = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    lock = threading.Lock()

    def say(line):
        # Halves of characters, which Python lets stand in texts, are no JSON.
        text = json.dumps(line, ensure_ascii=False, allow_nan=False) + "\n"
        with lock:
            ours.write(text.encode("utf-8", "replace"))
            ours.flush()

    return say


def _failed(error, path):
    """What failed and in which line of the user's file, and where exactly."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename != "<string>"]
    lines = [frame.lineno for frame in frames if frame.filename == path]
    if isinstance(error, SyntaxError) and error.filename == path:
        lines.append(error.lineno)
    where = " (%s, line %s)" % (os.path.basename(path), lines[-1]) if lines else ""
    trace = "".join(traceback.format_list(frames) + traceback.format_exception_only(type(error), error))
    return "%s: %s%s" % (type(error).__name__, error, where), trace


def _call(path, asked, storage, log):
    module = type(sys)("integration")
    module.__file__ = path
    sys.modules[module.__name__] = module
    with open(path, "rb") as file:
        exec(compile(file.read(), path, "exec"), module.__dict__)
    if asked.get("event") is not None:
        event = _thing(asked["event"])
        if event.type == "change":
            return module.on_change(change=event, storage=storage, log=log)
        return module.on_activity(activity=event, storage=storage, log=log)
    return module.run_integration(
        notification=_notification(asked.get("notification")),
        query=asked.get("query") or "",
        all_tokens=asked.get("tokens") or {},
        token=asked.get("token"),
        storage=storage,
        log=log,
    )


def main():
    path = sys.argv[1]
    asked = json.load(sys.stdin)
    before = asked.get("storage") or {}
    storage = json.loads(json.dumps(before), object_pairs_hook=Storage)
    say = _channel()
    printed = sys.stdout = Printed(asked.get("most_printed") or 0)
    sys.stdin, sys.argv = io.StringIO(""), [path]
    sys.path.insert(0, os.path.dirname(path))
    sys.dont_write_bytecode = True
    try:
        try:
            returned = _call(path, asked, storage, Log(say))
        except SystemExit as left:
            if left.code not in (None, 0):
                raise
            returned = None
        reply = printed.text() if returned is None else str(returned)
        answer = {"reply": reply[: (asked.get("most_printed") or 0)]}
        after = _plain(storage)
        if after != before:
            answer["storage"] = after
        json.dumps(after, allow_nan=False)
    except BaseException as error:
        failed, trace = _failed(error, path)
        say({"log": "error", "text": trace})
        say({"failed": failed})
        sys.stderr.flush()
        os._exit(1)
    say(answer)


main()
