"""Holds exchanges against Trello's OpenAPI document: the answers of the look-alike, and the requests of our client.

Arguments: the document, a file of exchanges (one JSON object a line: method, path, query, content_type, body, status,
answer_type, answer, and ours: whether our client asked). Prints what breaks the document; the document's own defects
are listed below, each with its reason, and one that nothing meets any more is told as well.
"""

import json
import re
import sys
import urllib.parse

import jsonschema

document = json.load(open(sys.argv[1]))
exchanges = [json.loads(line) for line in open(sys.argv[2])]

# Where the document is wrong: what it breaks, as a pattern over "operation: place: complaint", and why.
NULL = "a value that may be missing is not marked as nullable; recorded answers have null"
STRUCTURE = "a list or an object is declared as a string; recorded answers have the structure"
FIELDS = "one field is declared; the description and every client give several, with commas"
NESTED = "what comes along with a list of cards, or nested in a card, is told in the guides alone"
DEFECTS = [
    (r"answer: (\[\]\.)?(descData|softLimit|prefs\.backgroundImage(Scaled)?|idEnterprise|uploadedAvatar\w+): None", NULL),
    (r"answer: (\[\]\.)?(idTags|powerUps|memberships|messagesDismissed): \[", STRUCTURE),
    (r"answer: (\[\]\.)?ixUpdate: '\d+' is not of type", "declared as a number; recorded answers have a string"),
    (r"answer: (\[\]\.)?prefs\.background: '\w+' does not match", "a colour's name is a background too, and no id"),
    (r"answer: (\[\]\.)?prefs\.permissionLevel: 'private'", "the level of most boards is not among the values"),
    (r"answer: (\[\]\.)?labels\.\[\]: ", "a card's labels are declared as ids; recorded answers have whole labels"),
    (r"answer: (\[\]\.)?checkItemStates\.\[\]: ", STRUCTURE),
    (r"answer: avatarSource: 'none'", "the source of those without a picture is not among the values"),
    (r"^(GET|POST) /cards/\{id\}/attachments\S*: answer: all of it: one thing", "one attachment is declared as a list of them"),
    (r"^GET /boards/\{id\}/memberships: answer: all of it: a list", "the list of memberships is declared as one of them"),
    (r"answer: permissions\.\[\]\.modelType: '[A-Z]", "recorded answers begin the types with a capital"),
    (r"checkItem/\S+: answer: nameData: ", STRUCTURE),
    (r"checkItem/\S+: answer: pos: [\d.]+ is not of type 'string'", "declared as a string; recorded answers have a number"),
    (r"request: fields: '\w+(,\w+)+' is none of", FIELDS),
    (r"request: id(Labels|Members): '(\w+(,\w+)*)?' is none of", "one id is declared; the description gives several, or none"),
    (r"^GET /boards/\{id\}/labels: request: fields: 'name' is none of", "a label's field is declared as a whole label"),
    (r"^GET /boards/\{id\}/(cards|members): request: \w+: unknown", NESTED),
    (r"^GET /cards/\{id\}/actions: request: (fields|limit|member|memberCreator_fields): unknown", NESTED),
    (r"^GET /cards/\{id\}: request: actions_limit: unknown", NESTED),
    (r"^GET /cards/\{id\}: request: attachments: 'true'", "declared as a string and as a boolean at once"),
    (r"^POST /labels: request: color: 'null'", "no colour is described as allowed, and is not among the values"),
]


def schema_of(node):
    """An OpenAPI 3.0 schema as a JSON schema: `nullable` said in JSON's own words, beside `$ref` too."""
    if isinstance(node, list):
        return [schema_of(each) for each in node]
    if not isinstance(node, dict):
        return node
    if "oneOf" in node and len(node["oneOf"]) == 1:
        return schema_of(node["oneOf"][0])
    nullable = node.get("nullable") is True
    if "$ref" in node:
        plain = {"$ref": node["$ref"]}
    else:
        plain = {name: schema_of(value) for name, value in node.items() if name not in ("nullable", "example")}
    return {"anyOf": [plain, {"type": "null"}]} if nullable else plain


components = {"components": schema_of(document["components"])}


def complaints(schema, value):
    validator = jsonschema.Draft202012Validator({**schema_of(schema), **components})
    for error in validator.iter_errors(value):
        place = ".".join("[]" if isinstance(part, int) else part for part in error.absolute_path)
        yield f"{place or 'all of it'}: {error.message[:120]}"


def resolved(node):
    while "$ref" in node:
        target = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = target
    return node


def readings(schema, text):
    """What a parameter's text may mean under a schema."""
    yield text
    for each in [resolved(schema), *resolved(schema).get("oneOf", [])]:
        kind = resolved(each).get("type")
        if kind in ("number", "integer") and re.fullmatch(r"-?\d+(\.\d+)?", text):
            yield float(text) if "." in text else int(text)
        elif kind == "boolean" and text in ("true", "false"):
            yield text == "true"
        elif kind == "array":
            yield text.split(",")


paths = []
for template, operations in document["paths"].items():
    pattern = re.sub(r"\\\{[^}]+\\\}", "([^/]+)", re.escape(template.rstrip("/")))
    paths.append((template.count("{"), template, re.compile(f"{pattern}/?"), operations))
paths.sort(key=lambda each: each[0])


def operation_of(exchange):
    path = exchange["path"].removeprefix("/1")
    for _, template, pattern, operations in paths:
        if pattern.fullmatch(path) and exchange["method"].lower() in operations:
            shared = operations.get("parameters", [])
            return template, operations[exchange["method"].lower()], shared
    return None, None, None


def asked(exchange):
    pairs = urllib.parse.parse_qsl(exchange["query"], keep_blank_values=True)
    if exchange["content_type"].startswith("application/json"):
        pairs += list(json.loads(exchange["body"] or "{}").items())
    else:
        pairs += urllib.parse.parse_qsl(exchange["body"], keep_blank_values=True)
    return [(name, value) for name, value in pairs if name not in ("key", "token")]


def request_complaints(exchange, operation, shared):
    parameters = [resolved(each) for each in [*shared, *operation.get("parameters", [])]]
    known = {each["name"]: each for each in parameters if each["in"] == "query"}
    given = asked(exchange)
    for name, value in given:
        if name not in known:
            yield f"{name}: unknown"
            continue
        schema = known[name].get("schema", {})
        if all(list(complaints(schema, reading)) for reading in readings(schema, str(value))):
            yield f"{name}: {value!r} is none of {json.dumps(schema)[:100]}"
    for name, parameter in known.items():
        if parameter.get("required") and name not in dict(given):
            yield f"{name}: missing"


def answer_complaints(exchange, operation):
    content = operation["responses"].get("200", {}).get("content", {})
    if exchange["status"] != 200 or "application/json" not in content:
        return
    if not exchange["answer_type"].startswith("application/json"):
        yield f"all of it: is {exchange['answer_type']}"
        return
    schema, answer = content["application/json"].get("schema", {}), json.loads(exchange["answer"])
    if resolved(schema).get("type") == "array" and isinstance(answer, dict):
        yield "all of it: one thing is declared as a list"
        schema = schema["items"]
    if resolved(schema).get("type") == "object" and isinstance(answer, list):
        yield "all of it: a list is declared as one thing"
        schema = {"type": "array", "items": schema}
    yield from complaints(schema, answer)


found, met, held = {}, set(), set()
for exchange in exchanges:
    template, operation, shared = operation_of(exchange)
    if operation is None:
        if exchange["ours"] and exchange["status"] == 200:
            found.setdefault(f"{exchange['method']} {exchange['path']}: no such operation", 0)
        continue
    name = f"{exchange['method']} {template}"
    held.add(name)
    lines = [f"{name}: answer: {each}" for each in answer_complaints(exchange, operation)]
    if exchange["ours"]:
        lines += [f"{name}: request: {each}" for each in request_complaints(exchange, operation, shared)]
    for line in lines:
        reasons = [pattern for pattern, _ in DEFECTS if re.search(pattern, line)]
        met.update(reasons)
        if not reasons:
            found[line] = found.get(line, 0) + 1

for line, times in sorted(found.items()):
    print(f"{line} ({times} times)")
for pattern, reason in DEFECTS:
    if pattern not in met:
        print(f"nothing meets the defect {pattern!r} ({reason}) any more")
        found[pattern] = 1
print(f"{len(exchanges)} exchanges of {len(held)} operations")
sys.exit(1 if found or not exchanges else 0)
