//! The look-alike against Trello's own answers, recorded by others: status, content type, and the keys and types of
//! the body. They lie in `../shared/data`, or where `KANBRIDGE_RECORDED` says, and are read there.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{Api, id};
use crate::receiver::Receiver;

/// Exchanges that the look-alike does not cover: how their names begin or end, and why.
const NOT_COVERED: &[(&str, &str)] = &[
    ("DELETE_customFields", CUSTOM),
    ("GET_boards_ID_customFields", CUSTOM),
    ("GET_cards_ID_customFieldItems", CUSTOM),
    ("GET_customFields", CUSTOM),
    ("GET_customfields", CUSTOM),
    ("POST_customFields", CUSTOM),
    ("PUT_cards_ID_customField", CUSTOM),
    ("PUT_customFields", CUSTOM),
    ("GET_cards_ID_pluginData", "no Power-Up lives here"),
    ("GET_organizations", WORKSPACES),
    ("GET_members_ID_organizations", WORKSPACES),
    ("POST_organizations", WORKSPACES),
    ("PUT_organizations", WORKSPACES),
    ("GET_notifications", NOTIFICATIONS),
    ("GET_members_ID_notifications", NOTIFICATIONS),
    ("POST_cards_ID_attachments_200_2", FILES),
    ("POST_cards_ID_attachments_200_3", FILES),
];
const CUSTOM: &str = "a bridge of issues and cards uses no custom fields";
const WORKSPACES: &str = "workspaces are nobody's business here";
const NOTIFICATIONS: &str = "nobody is notified here";
const FILES: &str = "a file is uploaded, and only links are kept here";

/// Keys that the look-alike answers and a recorded answer may lack: Trello answers them today (they are in its OpenAPI
/// document or in later recordings), and the recording is older.
const NEWER: &[&str] = &[
    "aaBlockSyncUntil",
    "address",
    "appCreator",
    "attachments",
    "cardRole",
    "checklists",
    "color",
    "coordinates",
    "creationMethod",
    "dateClosed",
    "domainClaimed",
    "dueReminder",
    "email",
    "fileName",
    "hiddenPluginBoardButtons",
    "idMemberCreator",
    "idPlugin",
    "limits",
    "locationName",
    "mirrorSourceId",
    "start",
    "staticMapUrl",
    "stickers",
    "type",
];

/// Differences that are meant: how they end, and why.
const MEANT: &[(&str, &str)] = &[
    (".cover.edgeColor is missing", PICTURES),
    (".cover.scaled is missing", PICTURES),
    (".cover.sharedSourceUrl is missing", PICTURES),
    (".previews is empty", PICTURES),
    (".prefs.backgroundColor is ours alone", "the recorded boards have a picture behind them"),
    (".messagesDismissed is empty", "nobody is shown messages here"),
    (".oneTimeMessagesDismissed is empty", "nobody is shown messages here"),
    (".checkItemStates[0].id is missing", OBJECT),
    ("body[0].id is missing", OBJECT),
    (".premiumFeatures is empty", "nobody pays here"),
    (".siftDecision is missing", "in one answer of 2021 and in none since"),
    ("body.type is missing", "an item's type is in one answer of 2020 alone"),
];
const PICTURES: &str = "only links are kept here, and links have no pictures";
const OBJECT: &str = "it was `[object Object]` in 2020, and is gone";

pub(super) fn folder() -> PathBuf {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let folder = std::env::var_os("KANBRIDGE_RECORDED").map_or_else(beside, PathBuf::from).join("trello");
    assert!(folder.join("INDEX.csv").exists(), "no recorded traffic in {}", folder.display());
    folder
}

/// Name and content of every recorded file of a kind.
pub(super) fn recorded(kind: &str) -> Vec<(String, Value)> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder().join(kind)).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let read = |file: PathBuf| {
        let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
        (name, serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap())
    };
    files.into_iter().map(read).collect()
}

fn not_covered(name: &str) -> bool {
    NOT_COVERED.iter().any(|(start, _)| name.starts_with(start))
}

/// One of everything that a recorded exchange may speak of.
pub(super) struct Things {
    pub(super) api: Api,
    pub(super) other_list: String,
    pub(super) other_board: String,
    pub(super) card: String,
    pub(super) label: String,
    pub(super) other_label: String,
    pub(super) me: String,
    pub(super) member: String,
    pub(super) attachment: String,
    pub(super) checklist: String,
    pub(super) item: String,
    pub(super) comment: String,
    pub(super) webhook: String,
    pub(super) callback: String,
    _receiver: Receiver,
}

/// A card with everything on it, as most recorded cards have.
pub(super) async fn things() -> Things {
    let api = Api::start().await;
    let receiver = Receiver::start().await;
    let callback = receiver.url.clone();
    let hand = api.trello.by("kanbridge");
    let me = api.trello.add_member("kanbridge", "");
    let member = api.trello.add_member("bo", "Bo Lind");
    hand.invite(&api.board.id, "bo").unwrap();
    let label = hand.add_label(&api.board.id, "cellar", Some("green")).unwrap();
    let other_label = hand.add_label(&api.board.id, "urgent", Some("red")).unwrap();
    let card = hand.add_card(&api.board.lists[0], "Boiler", "cold").unwrap();
    hand.label_card(&card, &label).unwrap();
    hand.assign(&card, "kanbridge").unwrap();
    hand.set_due(&card, Some("2026-06-02T12:00:00Z".parse().unwrap())).unwrap();
    let attachment = hand.attach(&card, "https://gitlab.example.com/team/app/-/issues/23").unwrap();
    let item = hand.add_checklist(&card, "Before winter", &["Bleed the radiators"]).unwrap().remove(0);
    hand.tick(&item, true).unwrap();
    let comment = hand.comment(&card, "Seen").unwrap();
    let checklist = api.ok("GET", &format!("/cards/{card}/checklists"), &[]).await;
    let checklist = id(&checklist[0]).to_owned();
    let hook = [("idModel", api.board.id.as_str()), ("callbackURL", &callback)];
    let webhook = id(&api.ok("POST", "/webhooks", &hook).await).to_owned();
    let other = api.trello.add_board("Garden", &["Someday"]);
    let (other_list, other_board) = (api.board.lists[1].clone(), other.id);
    Things {
        api,
        other_list,
        other_board,
        card,
        label,
        other_label,
        me,
        member,
        attachment,
        checklist,
        item,
        comment,
        webhook,
        callback,
        _receiver: receiver,
    }
}

impl Things {
    /// The recorded path with our ids, in the places of theirs.
    fn path(&self, recorded: &str) -> String {
        let parts: Vec<&str> = recorded.trim_start_matches("/1/").split('/').collect();
        let ours: Vec<&str> = (0..parts.len()).map(|at| self.part(&parts, at)).collect();
        format!("/{}", ours.join("/"))
    }

    fn part<'a>(&'a self, parts: &[&'a str], at: usize) -> &'a str {
        match (parts[at.saturating_sub(1)], at) {
            ("actions", 1) => &self.comment,
            ("boards", 1) => &self.api.board.id,
            ("cards", 1 | 3) => &self.card,
            ("checklists", 1) => &self.checklist,
            ("labels", 1) => &self.label,
            ("lists", 1) => &self.api.board.lists[0],
            ("members", 1) => &self.me,
            ("tokens", 1) => "sandbox-token",
            ("webhooks", 1) => &self.webhook,
            ("attachments", 3) => &self.attachment,
            ("checkItem", 3) => &self.item,
            ("idLabels", 3) => &self.label,
            ("idMembers" | "membersVoted", 3) => &self.me,
            ("members", 3) => "bo",
            _ => parts[at],
        }
    }

    /// A recorded parameter's value, with our id where it is one.
    fn value<'a>(&'a self, path: &str, name: &str, value: &'a str) -> &'a str {
        match (name, path.rsplit('/').next().unwrap()) {
            ("callbackURL", _) => &self.callback,
            ("idBoard", "moveAllCards") => &self.api.board.id,
            ("idBoard", _) if path.starts_with("/lists/") => &self.other_board,
            ("idBoard" | "idModel", _) => &self.api.board.id,
            ("idList", "idBoard") => "",
            ("idList", _) => &self.other_list,
            ("idCard" | "idCardSource", _) => &self.card,
            ("idChecklistSource", _) => &self.checklist,
            ("idLabels", _) if !value.is_empty() => &self.other_label,
            ("idMembers", _) if !value.is_empty() => &self.member,
            ("value", "idLabels") => &self.other_label,
            ("value", "idMembers") => &self.member,
            ("value", "membersVoted") => &self.me,
            ("value", "idBoard") => &self.other_board,
            ("value", "idList") => &self.other_list,
            _ => value,
        }
    }

    /// What must have happened before: votes, and what is gone.
    async fn arrange(&self, name: &str, exchange: &Value) {
        let card = format!("/cards/{}", self.card);
        let voted =
            ["DELETE_cards_ID_membersVoted_ID_200", "POST_cards_ID_membersVoted_400", "GET_cards_ID_membersVoted"];
        let votes = exchange["response"]["body"]["idMembersVoted"].as_array();
        if votes.is_some_and(|votes| !votes.is_empty()) || voted.iter().any(|start| name.starts_with(start)) {
            self.api.ok("POST", &format!("{card}/membersVoted"), &[]).await;
        }
        if name == "POST_webhooks_200" {
            self.api.ok("DELETE", &format!("/webhooks/{}", self.webhook), &[]).await;
        }
        if name.ends_with("_404") {
            for path in [format!("/actions/{}", self.comment), format!("/checklists/{}", self.checklist)] {
                self.api.ok("DELETE", &path, &[]).await;
            }
            for path in [format!("/labels/{}", self.label), format!("/webhooks/{}", self.webhook)] {
                self.api.ok("DELETE", &path, &[]).await;
            }
        }
    }
}

/// Where `ours` lacks a key that `theirs` has, has another type, or has a key that neither they nor newer Trellos have.
pub(super) fn differences(theirs: &Value, ours: &Value, at: &str, found: &mut BTreeSet<String>) {
    match (theirs, ours) {
        (Value::Null, _) | (_, Value::Null) => {}
        (Value::Object(theirs), Value::Object(ours)) => {
            for (key, value) in theirs {
                match ours.get(key) {
                    Some(other) => differences(value, other, &format!("{at}.{key}"), found),
                    None => _ = found.insert(format!("{at}.{key} is missing")),
                }
            }
            let strange = ours.keys().filter(|key| !theirs.contains_key(*key) && !is_newer(key));
            found.extend(strange.map(|key| format!("{at}.{key} is ours alone")));
        }
        (Value::Array(theirs), Value::Array(ours)) => match (theirs.first(), ours.first()) {
            (Some(their), Some(our)) => differences(their, our, &format!("{at}[0]"), found),
            (Some(_), None) => _ = found.insert(format!("{at} is empty")),
            _ => {}
        },
        _ if std::mem::discriminant(theirs) == std::mem::discriminant(ours) => {}
        _ => _ = found.insert(format!("{at} is {ours} and not like {theirs}")),
    }
}

fn is_newer(key: &str) -> bool {
    NEWER.contains(&key) || key.ends_with("_light") || key.ends_with("_dark")
}

#[tokio::test]
#[ignore = "needs recorded traffic"]
async fn every_recorded_exchange_is_answered_alike() {
    let all = recorded("exchanges");
    let (mut wrong, mut seen) = (Vec::new(), 0);
    for (name, exchange) in all.iter().filter(|(name, _)| !not_covered(name)) {
        seen += 1;
        let mut found = BTreeSet::new();
        hold(name, exchange, &mut found).await;
        found.retain(|what| !MEANT.iter().any(|(end, _)| what.ends_with(end)));
        wrong.extend(found.into_iter().map(|what| format!("{name}: {what}")));
    }
    for (start, reason) in NOT_COVERED {
        assert!(all.iter().any(|(name, _)| name.starts_with(start)), "{start} ({reason}) names no exchange");
    }
    assert!(seen >= 150, "{seen}");
    assert!(wrong.is_empty(), "{} of {seen}:\n{}", wrong.len(), wrong.join("\n"));
}

/// Repeats a recorded call in a world of its own.
async fn hold(name: &str, exchange: &Value, found: &mut BTreeSet<String>) {
    let things = things().await;
    things.arrange(name, exchange).await;
    let (request, response) = (&exchange["request"], &exchange["response"]);
    let path = things.path(request["path"].as_str().unwrap());
    let query = request["query"].as_object().unwrap().iter().map(|(n, v)| (n.clone(), v.as_str().unwrap().to_owned()));
    let body = url::form_urlencoded::parse(request["body"].as_str().unwrap_or_default().as_bytes()).into_owned();
    let given: Vec<(String, String)> = query.chain(body).filter(|(n, _)| n != "key" && n != "token").collect();
    let params: Vec<(&str, &str)> = given
        .iter()
        .map(|(n, v)| (n.as_str(), things.value(&path, n, v)))
        .filter(|(n, v)| *n != "idList" || !v.is_empty())
        .collect();
    let (status, kind, body) = things.api.call(request["method"].as_str().unwrap(), &path, &params).await;
    if response["status"] != status {
        found.insert(format!("{status} and not {}: {body}", response["status"]));
        return;
    }
    if response["headers"]["Content-Type"] != kind.as_str() {
        found.insert(format!("`{kind}` and not {}", response["headers"]["Content-Type"]));
    }
    if let (Value::String(theirs), Value::String(ours)) = (&response["body"], &body)
        && theirs != ours
    {
        found.insert(format!("`{ours}` and not `{theirs}`"));
    }
    let (theirs, ours) = (without_data(&response["body"]), without_data(&body));
    differences(&theirs, &ours, "body", found);
}

/// Actions differ in `data`, and in what follows from it, by their type; those are held against each other by type.
fn without_data(body: &Value) -> Value {
    let mut body = body.clone();
    let actions = match &mut body {
        Value::Array(all) => all.iter_mut().collect(),
        one => vec![one],
    };
    for action in
        actions.into_iter().filter(|action| action["idMemberCreator"].is_string() && action["data"].is_object())
    {
        for field in ["data", "display", "limits", "member", "entities"] {
            if action[field].is_object() {
                action[field] = json!({});
            }
        }
        // A feed's newest action may have a second member, whichever type it has.
        action.as_object_mut().unwrap().remove("member");
    }
    body
}
