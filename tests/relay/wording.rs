//! Every kind of action, and its sentence.

use std::collections::BTreeSet;

use kanbridge::model::{Activity, Tone};
use kanbridge::relay::{kinds, nameable, word};
use serde_json::{Value, json};

use super::{ANA, BO, about_bo, action, bare, read, shown};

/// The card of most actions, as it is shown.
const BOILER: &str = "[Boiler](https://trello.com/c/9BduUcVQ)";

fn said(activity: &Activity) -> String {
    shown(&word(activity).unwrap()).replace(BOILER, "BOILER")
}

/// An activity, and what is said of it; `BOILER` is the card, which leads to its page.
type Row = (Activity, &'static str);

fn cards() -> Vec<Row> {
    let list = || json!({"list": {"id": "53582e2da0fac5676a714279", "name": "To do"}});
    let pump = json!({"id": "53582e2da0fac5676a71428c", "name": "Pump", "shortLink": "r33ylX2Z"});
    vec![
        (action("createCard", list()), "Ana created BOILER in _To do_"),
        (action("createCard", json!({})), "Ana created BOILER"),
        (
            action("createCard", json!({"card": {"name": "[ ISSUE 9 ] Sign-in link expires"}})),
            "Ana created [#9 Sign-in link expires](https://trello.com/c/9BduUcVQ)",
        ),
        (action("emailCard", list()), "Ana created BOILER by e-mail in _To do_"),
        (
            action("copyCard", json!({"cardSource": pump})),
            "Ana created BOILER as a copy of [Pump](https://trello.com/c/r33ylX2Z)",
        ),
        (action("copyCard", json!({})), "Ana created BOILER as a copy"),
        (
            action("convertToCardFromCheckItem", json!({"cardSource": pump, "list": {"name": "To do"}})),
            "Ana made BOILER out of a checklist item of [Pump](https://trello.com/c/r33ylX2Z) in _To do_",
        ),
        (
            action("moveCardToBoard", json!({"boardSource": {"name": "Cellar"}, "list": {"name": "To do"}})),
            "Ana moved BOILER here, to _To do_, from _Cellar_",
        ),
        (
            action("moveCardFromBoard", json!({"boardTarget": {"name": "Cellar"}, "card": {"shortLink": null}})),
            "Ana moved *Boiler* to the board _Cellar_",
        ),
        (
            action("deleteCard", json!({"card": {"name": null}, "list": {"name": "To do"}})),
            "Ana deleted the card *#8* from _To do_",
        ),
        (action("deleteCard", json!({"card": {"name": null, "idShort": null}})), "Ana deleted the card *9BduUcVQ*"),
    ]
}

fn comments() -> Vec<Row> {
    let pump = json!({"id": "53582e2da0fac5676a71428c", "name": "Pump", "shortLink": "r33ylX2Z"});
    vec![
        (
            action("commentCard", json!({"text": " It **drips**, @bo!\r\nSee below. "})),
            "Ana commented on BOILER / > It **drips**, @bo!\nSee below.",
        ),
        (action("commentCard", json!({})), "Ana commented on BOILER"),
        (
            action("updateComment", json!({"action": {"text": "It dripped."}, "old": {"text": "It drips."}})),
            "Ana edited a comment on BOILER / > It dripped.",
        ),
        (action("deleteComment", json!({"action": {"id": ANA}})), "Ana deleted a comment on BOILER"),
        (
            about_bo("copyCommentCard", json!({"cardSource": pump, "text": "It drips."})),
            "Ana copied a comment by Bo from [Pump](https://trello.com/c/r33ylX2Z) to BOILER / > It drips.",
        ),
    ]
}

fn checklists() -> Vec<Row> {
    let item = |state: &str| json!({"checkItem": {"name": "Bleed it", "state": state}, "checklist": {"name": "Steps"}});
    vec![
        (action("addChecklistToCard", item("complete")), "Ana added the checklist _Steps_ to BOILER"),
        (
            bare("copyChecklist", json!({"checklist": {"name": "Steps"}, "checklistSource": {"name": "Plan"}})),
            "Ana added the checklist _Steps_ as a copy of _Plan_",
        ),
        (action("removeChecklistFromCard", item("complete")), "Ana removed the checklist _Steps_ from BOILER"),
        (
            action("updateChecklist", json!({"checklist": {"name": "Steps"}, "old": {"name": "Plan"}})),
            "Ana renamed the checklist _Plan_ to _Steps_ on BOILER",
        ),
        (action("createCheckItem", item("incomplete")), "Ana added _Bleed it_ to the checklist _Steps_ on BOILER"),
        (action("deleteCheckItem", item("incomplete")), "Ana removed _Bleed it_ from the checklist _Steps_ on BOILER"),
        (
            action("updateCheckItem", json!({"checkItem": {"name": "Bleed it"}, "old": {"name": "Bled"}})),
            "Ana renamed the checklist item _Bled_ to _Bleed it_ on BOILER",
        ),
        (action("updateCheckItemStateOnCard", item("complete")), "Ana completed _Bleed it_ on BOILER"),
        (action("updateCheckItemStateOnCard", item("incomplete")), "Ana marked _Bleed it_ on BOILER as not complete"),
        (action("updateCheckItemStateOnCard", json!({})), "Ana changed the state of a checklist item on BOILER"),
    ]
}

fn labels() -> Vec<Row> {
    let urgent = || json!({"label": {"name": "urgent", "color": "red"}, "value": "red"});
    vec![
        (action("addLabelToCard", urgent()), "Ana put the label _urgent_ on BOILER"),
        (
            action("addLabelToCard", json!({"label": {"name": "", "color": "green"}})),
            "Ana put the green label on BOILER",
        ),
        (action("removeLabelFromCard", urgent()), "Ana took the label _urgent_ off BOILER"),
        (action("createLabel", urgent()), "Ana created the label _urgent_"),
        (
            action("updateLabel", json!({"label": {"name": "urgent"}, "old": {"name": "soon"}})),
            "Ana renamed the label _soon_ to _urgent_",
        ),
        (
            action("updateLabel", json!({"label": {"name": "urgent", "color": "red"}, "old": {"color": "blue"}})),
            "Ana changed the colour of the label _urgent_ from blue to red",
        ),
        (action("deleteLabel", json!({"label": {"id": ANA}})), "Ana deleted a label"),
    ]
}

fn attachments() -> Vec<Row> {
    vec![
        (
            action("addAttachmentToCard", json!({"attachment": {"name": "a.pdf", "url": "https://example.com/a.pdf"}})),
            "Ana attached [a.pdf](https://example.com/a.pdf) to BOILER",
        ),
        (
            action("addAttachmentToCard", json!({"attachment": {"name": "a.pdf", "url": "javascript:alert(1)"}})),
            "Ana attached _a.pdf_ to BOILER",
        ),
        (
            action("deleteAttachmentFromCard", json!({"attachment": {"name": "a.pdf"}})),
            "Ana removed _a.pdf_ from BOILER",
        ),
    ]
}

fn custom_fields() -> Vec<Row> {
    let points = |value: Value| json!({"customField": {"name": "Points"}, "customFieldItem": {"value": value}});
    vec![
        (action("createCustomField", points(Value::Null)), "Ana created the custom field _Points_"),
        (action("addCustomField", points(Value::Null)), "Ana created the custom field _Points_"),
        (
            action("updateCustomField", json!({"customField": {"name": "Points"}, "old": {"name": "Size"}})),
            "Ana renamed the custom field _Size_ to _Points_",
        ),
        (
            action("updateCustomField", json!({"customField": {"name": "Points"}, "old": {"options": []}})),
            "Ana changed the options of the custom field _Points_",
        ),
        (action("deleteCustomField", points(Value::Null)), "Ana deleted the custom field _Points_"),
        (action("updateCustomFieldItem", points(json!({"number": "1"}))), "Ana set _Points_ to _1_ on BOILER"),
        (action("updateCustomFieldItem", points(json!({"checked": "true"}))), "Ana set _Points_ to _yes_ on BOILER"),
        (
            action("updateCustomFieldItem", points(json!({"date": "2016-05-11T10:00:00.000Z"}))),
            "Ana set _Points_ to _11 May 2016, 10:00 UTC_ on BOILER",
        ),
        (
            action(
                "updateCustomFieldItem",
                json!({"customField": {"name": "Points"}, "customFieldItem": {"idValue": ANA}}),
            ),
            "Ana chose another _Points_ on BOILER",
        ),
        (action("updateCustomFieldItem", points(Value::Null)), "Ana cleared _Points_ on BOILER"),
    ]
}

fn people() -> Vec<Row> {
    vec![
        (about_bo("addMemberToCard", json!({})), "Ana added Bo to BOILER"),
        (action("addMemberToCard", json!({"idMember": ANA})), "Ana joined BOILER"),
        (action("addMemberToCard", json!({"member": {"id": BO, "name": "Bo"}})), "Ana added Bo to BOILER"),
        (about_bo("removeMemberFromCard", json!({})), "Ana removed Bo from BOILER"),
        (action("removeMemberFromCard", json!({"idMember": ANA})), "Ana left BOILER"),
        (action("voteOnCard", json!({"voted": true})), "Ana voted for BOILER"),
        (action("voteOnCard", json!({"voted": false})), "Ana took back a vote for BOILER"),
        (about_bo("addMemberToBoard", json!({"memberType": "normal"})), "Ana added Bo to the board _Heating_"),
        (
            about_bo("addMemberToBoard", json!({"memberType": "admin"})),
            "Ana added Bo to the board _Heating_ as an admin",
        ),
        (about_bo("removeMemberFromBoard", json!({})), "Ana removed Bo from the board _Heating_"),
        (about_bo("makeAdminOfBoard", json!({})), "Ana made Bo an admin of the board _Heating_"),
        (about_bo("makeNormalMemberOfBoard", json!({})), "Ana made Bo a normal member of the board _Heating_"),
        (about_bo("makeObserverOfBoard", json!({})), "Ana made Bo an observer of the board _Heating_"),
        (about_bo("createBoardInvitation", json!({})), "Ana invited Bo to the board _Heating_"),
        (action("unconfirmedBoardInvitation", json!({})), "Ana invited somebody to the board _Heating_"),
        (action("deleteBoardInvitation", json!({})), "Ana took back an invitation to the board _Heating_"),
        (bare("memberJoinedTrello", json!({})), "Ana joined Trello"),
        (bare("updateMember", json!({"old": {"bio": ""}})), "Ana changed their profile"),
    ]
}

fn lists() -> Vec<Row> {
    let list = || json!({"list": {"id": "53582e2da0fac5676a714279", "name": "To do"}});
    vec![
        (action("createList", list()), "Ana created the list _To do_"),
        (
            action("updateList", json!({"list": {"name": "To do"}, "old": {"name": "Later"}})),
            "Ana renamed the list _Later_ to _To do_",
        ),
        (
            action("updateList", json!({"list": {"name": "To do", "closed": true}, "old": {"closed": false}})),
            "Ana archived the list _To do_",
        ),
        (
            action("updateList", json!({"list": {"name": "To do", "closed": false}, "old": {"closed": true}})),
            "Ana sent the list _To do_ back to the board",
        ),
        (
            action("updateList", json!({"list": {"name": "To do", "pos": 9}, "old": {"pos": 1.5}})),
            "Ana moved the list _To do_ to the right",
        ),
        (
            action("updateList", json!({"list": {"name": "To do"}, "old": {"softLimit": 5}})),
            "Ana changed the limit of the list _To do_",
        ),
        (
            action("moveListToBoard", json!({"list": {"name": "To do"}, "boardSource": {"name": "Cellar"}})),
            "Ana moved the list _To do_ here from _Cellar_",
        ),
        (
            action("moveListFromBoard", json!({"list": {"name": "To do"}, "boardTarget": {"name": "Cellar"}})),
            "Ana moved the list _To do_ to the board _Cellar_",
        ),
    ]
}

fn boards() -> Vec<Row> {
    let team = || json!({"organization": {"id": "53582e2da0fac5676a714270", "name": "Plumbers"}});
    vec![
        (action("createBoard", json!({})), "Ana created the board _Heating_"),
        (
            action("copyBoard", json!({"boardSource": {"id": ANA}})),
            "Ana created the board _Heating_ as a copy of another",
        ),
        (action("updateBoard", json!({"old": {"name": "Warmth"}})), "Ana renamed the board _Warmth_ to _Heating_"),
        (
            action("updateBoard", json!({"board": {"closed": true}, "old": {"closed": false}})),
            "Ana closed the board _Heating_",
        ),
        (
            action("updateBoard", json!({"board": {"closed": false}, "old": {"closed": true}})),
            "Ana reopened the board _Heating_",
        ),
        (
            action("updateBoard", json!({"board": {"desc": "Warm."}, "old": {"desc": ""}})),
            "Ana changed the description of the board _Heating_ / > Warm.",
        ),
        (
            action("updateBoard", json!({"old": {"prefs": {"background": "blue"}}})),
            "Ana changed the background of the board _Heating_",
        ),
        (
            action(
                "updateBoard",
                json!({"board": {"prefs": {"permissionLevel": "public"}}, "old": {"prefs": {"permissionLevel": "org"}}}),
            ),
            "Ana made the board _Heating_ public",
        ),
        (action("createBoardPreference", json!({})), "Ana changed the settings of the board _Heating_"),
        (action("addToOrganizationBoard", team()), "Ana put the board _Heating_ into the workspace _Plumbers_"),
        (action("removeFromOrganizationBoard", team()), "Ana took the board _Heating_ out of the workspace _Plumbers_"),
        (action("enablePlugin", json!({"plugin": {"name": "Voting"}})), "Ana switched the Power-Up _Voting_ on"),
        (action("disablePlugin", json!({"plugin": {"name": "Voting"}})), "Ana switched the Power-Up _Voting_ off"),
        (action("enablePowerUp", json!({"value": "calendar"})), "Ana switched the Power-Up _calendar_ on"),
        (action("disablePowerUp", json!({})), "Ana switched a Power-Up off"),
    ]
}

fn workspaces() -> Vec<Row> {
    let team = || json!({"organization": {"id": "53582e2da0fac5676a714270", "name": "Plumbers"}});
    vec![
        (bare("createOrganization", team()), "Ana created the workspace _Plumbers_"),
        (bare("updateOrganization", team()), "Ana changed the workspace _Plumbers_"),
        (about_bo("addMemberToOrganization", team()), "Ana added Bo to the workspace _Plumbers_"),
        (about_bo("removeMemberFromOrganization", team()), "Ana removed Bo from the workspace _Plumbers_"),
        (about_bo("makeAdminOfOrganization", team()), "Ana made Bo an admin of the workspace _Plumbers_"),
        (about_bo("makeNormalMemberOfOrganization", team()), "Ana made Bo a normal member of the workspace _Plumbers_"),
        (about_bo("createOrganizationInvitation", team()), "Ana invited Bo to the workspace _Plumbers_"),
        (bare("unconfirmedOrganizationInvitation", team()), "Ana invited somebody to the workspace _Plumbers_"),
        (bare("deleteOrganizationInvitation", team()), "Ana took back an invitation to the workspace _Plumbers_"),
        (bare("addOrganizationToEnterprise", team()), "Ana put the workspace _Plumbers_ into an enterprise"),
        (bare("removeOrganizationFromEnterprise", team()), "Ana took the workspace _Plumbers_ out of an enterprise"),
        (
            bare("acceptEnterpriseJoinRequest", team()),
            "Ana took the workspace _Plumbers_ into an enterprise, as it had asked",
        ),
        (bare("addToEnterprisePluginWhitelist", json!({})), "Ana changed which Power-Ups an enterprise allows"),
        (bare("removeFromEnterprisePluginWhitelist", json!({})), "Ana changed which Power-Ups an enterprise allows"),
        (bare("enableEnterprisePluginWhitelist", json!({})), "Ana changed which Power-Ups an enterprise allows"),
        (bare("disableEnterprisePluginWhitelist", json!({})), "Ana changed which Power-Ups an enterprise allows"),
    ]
}

fn table() -> Vec<Row> {
    let families = [
        cards(),
        comments(),
        checklists(),
        labels(),
        attachments(),
        custom_fields(),
        people(),
        lists(),
        boards(),
        workspaces(),
    ];
    families.into_iter().flatten().collect()
}

/// What changed on a card, and what is said of it.
fn updates() -> Vec<(Value, &'static str)> {
    let noon = "2016-05-11T12:00:00.000Z";
    let eve = "2016-05-12T18:30:00.000Z";
    let lists = || json!({"listBefore": {"name": "To do"}, "listAfter": {"name": "Done"}, "old": {"idList": ANA}});
    let with = |mut all: Value, more: Value| {
        super::merge(&mut all, more);
        all
    };
    vec![
        (lists(), "Ana moved BOILER from _To do_ to _Done_"),
        (json!({"listAfter": {"name": "Done"}}), "Ana moved BOILER to _Done_"),
        (json!({"old": {"idList": ANA}}), "Ana moved BOILER to another list"),
        (
            with(lists(), json!({"old": {"closed": true, "pos": 3}, "card": {"closed": false}})),
            "Ana moved BOILER from _To do_ to _Done_ and sent it back to the board",
        ),
        (json!({"card": {"closed": true}, "old": {"closed": false}}), "Ana archived BOILER"),
        (json!({"card": {"closed": false}, "old": {"closed": true}}), "Ana sent BOILER back to the board"),
        (json!({"old": {"closed": false}}), "Ana archived BOILER"),
        (json!({"old": {"name": "Kettle"}}), "Ana renamed _Kettle_ to BOILER"),
        (
            json!({"card": {"name": "[ ISSUE 9 ] Boiler"}, "old": {"name": "[ ISSUE 9 ] Kettle"}}),
            "Ana renamed _#9 Kettle_ to [#9 Boiler](https://trello.com/c/9BduUcVQ)",
        ),
        (
            with(lists(), json!({"old": {"name": "Kettle", "due": noon}, "card": {"due": eve}})),
            "Ana moved BOILER from _To do_ to _Done_, renamed it (it was _Kettle_) and moved the due date of it from \
             11 May 2016, 12:00 UTC to 12 May 2016, 18:30 UTC",
        ),
        (
            json!({"card": {"desc": "It drips."}, "old": {"desc": ""}}),
            "Ana added a description to BOILER / > It drips.",
        ),
        (
            json!({"card": {"desc": "It drips."}, "old": {"desc": "Dry."}}),
            "Ana changed the description of BOILER / > It drips.",
        ),
        (json!({"card": {"desc": ""}, "old": {"desc": "Dry."}}), "Ana removed the description of BOILER"),
        (json!({"card": {"due": noon}, "old": {"due": 0}}), "Ana set the due date of BOILER to 11 May 2016, 12:00 UTC"),
        (json!({"card": {"dueComplete": true}, "old": {"dueComplete": false}}), "Ana marked BOILER as complete"),
        (json!({"card": {"dueComplete": false}, "old": {"dueComplete": true}}), "Ana marked BOILER as not complete"),
        (json!({"card": {"start": noon}, "old": {"start": 0}}), "Ana set the start date of BOILER to 11 May 2016"),
        (json!({"card": {"idLabels": [ANA]}, "old": {"idLabels": []}}), "Ana put a label on BOILER"),
        (json!({"card": {"idLabels": []}, "old": {"idLabels": [ANA]}}), "Ana took a label off BOILER"),
        (json!({"old": {"idMembers": []}}), "Ana changed the members of BOILER"),
        (
            json!({"card": {"idAttachmentCover": ANA, "cover": {"idAttachment": ANA}},
                   "old": {"idAttachmentCover": "", "cover": {"color": 0}}}),
            "Ana changed the cover of BOILER",
        ),
        (
            json!({"card": {"idAttachmentCover": ""}, "old": {"idAttachmentCover": ANA}}),
            "Ana removed the cover of BOILER",
        ),
        (
            json!({"card": {"coordinates": {"latitude": 1}, "locationName": "Cellar"},
                   "old": {"coordinates": 0, "locationName": "", "address": ""}}),
            "Ana set the location of BOILER to _Cellar_",
        ),
        (json!({"card": {"isTemplate": true}, "old": {"isTemplate": false}}), "Ana made BOILER a template"),
        (json!({"card": {"pos": 1}, "old": {"pos": 2.5}}), "Ana moved BOILER up in its list"),
        (json!({"card": {"pos": 9}, "old": {"pos": 2.5}}), "Ana moved BOILER down in its list"),
        (json!({"old": {"dueReminder": 60}}), "Ana changed the reminder of BOILER"),
        (json!({"old": {"cardRole": "link"}}), "Ana changed `cardRole` of BOILER"),
    ]
}

#[test]
fn every_kind_has_its_sentence() {
    for (activity, sentence) in table() {
        assert_eq!(said(&activity), sentence, "{}", activity.kind);
    }
}

#[test]
fn an_update_of_a_card_is_worded_by_what_changed() {
    for (data, sentence) in updates() {
        assert_eq!(said(&action("updateCard", data)), sentence);
    }
}

/// Null in `data.old` means that there was nothing, and counts as a change.
#[test]
fn a_date_that_was_not_there_or_is_no_longer_is_said_to_be_set_or_removed() {
    let dated = |old: Value, new: Value| {
        let mut activity = action("updateCard", json!({}));
        (activity.data["old"], activity.data["card"]["due"]) = (json!({"due": old}), new);
        said(&activity)
    };
    let noon = || json!("2016-05-11T12:00:00.000Z");
    assert_eq!(dated(Value::Null, noon()), "Ana set the due date of BOILER to 11 May 2016, 12:00 UTC");
    assert_eq!(dated(noon(), Value::Null), "Ana removed the due date of BOILER");
}

#[test]
fn every_kind_on_the_list_is_in_the_table() {
    let told: BTreeSet<String> = table().into_iter().map(|(activity, _)| activity.kind).collect();
    let missing: Vec<_> = kinds().filter(|kind| !told.contains(*kind) && *kind != "updateCard").collect();
    assert!(missing.is_empty(), "no sentence is shown for {missing:?}");
}

#[test]
fn the_readme_names_every_kind_and_every_change_of_a_card() {
    let readme = include_str!("../../README.md");
    for name in nameable() {
        let word = name.strip_prefix("updateCard:").unwrap_or(&name);
        assert!(word.contains(':') || readme.contains(&format!("`{word}`")), "README.md does not name {name}");
    }
}

#[test]
fn kinds_that_nobody_knows_are_told_plainly() {
    assert_eq!(said(&action("somethingNew", json!({}))), "Ana did `somethingNew` on BOILER");
    assert_eq!(said(&bare("somethingNew", json!({}))), "Ana did `somethingNew`");
    assert_eq!(word(&action("updateCard", json!({}))), None, "nothing changed");
}

#[test]
fn people_are_named_by_what_is_known_of_them() {
    let by = |who: Value| {
        let action = json!({"id": "572b6d4635b843ed3faa7dc0", "type": "memberJoinedTrello", "memberCreator": who});
        said(&read(action))
    };
    assert_eq!(by(Value::Null), "Somebody joined Trello", "their account is gone");
    assert_eq!(by(json!({"id": ANA, "fullName": "  ", "username": "ana"})), "ana joined Trello");
    assert_eq!(by(json!({"id": ANA, "fullName": "Ana\n@all"})), "Ana @all joined Trello");
}

#[test]
fn a_message_knows_where_it_leads_what_it_belongs_to_and_what_it_is_like() {
    let data = json!({"listBefore": {"name": "To do"}, "listAfter": {"name": "Done"}, "old": {"idList": ANA}});
    let moved = word(&action("updateCard", data)).unwrap();
    assert_eq!(moved.url.as_deref(), Some("https://trello.com/c/9BduUcVQ"));
    assert_eq!((moved.thread.as_deref(), moved.tone), (Some("9BduUcVQ"), Tone::Moved));
    let gist = moved.gist.unwrap();
    assert_eq!((gist.one.as_str(), gist.many.as_str()), ("card moved to Done", "cards moved to Done"));
    let board = word(&action("createList", json!({"card": null, "list": {"name": "To do"}}))).unwrap();
    assert_eq!((board.url.as_deref(), board.thread), (Some("https://trello.com/b/iqXXzYEj"), None));
}

#[test]
fn the_mark_of_what_the_bridge_wrote_is_not_shown() {
    let copy = json!({"text": "**Bo** in GitLab:\n\nIt drips.\n\n`kanbridge gitlab.example.com/1/2/3`"});
    let told = said(&action("commentCard", copy));
    assert_eq!(told, "Ana commented on BOILER / > **Bo** in GitLab:\n\nIt drips.");
    let only = json!({"text": "`kanbridge gitlab.example.com/1/2/3`"});
    assert_eq!(said(&action("commentCard", only)), "Ana commented on BOILER");
}

#[test]
fn long_names_and_texts_are_cut() {
    let data = json!({"card": {"name": "x".repeat(16_384)}, "text": "y ".repeat(9_000)});
    let told = word(&action("commentCard", data)).unwrap().plain();
    assert!(told.chars().count() < 1_300, "{}", told.chars().count());
    assert!(told.ends_with("y…") && told.contains("x…"), "{told}");
}

#[test]
fn a_short_link_that_is_none_leads_nowhere() {
    let data = json!({"card": {"shortLink": "../../evil?x=1"}});
    let told = word(&action("createCard", data)).unwrap();
    assert_eq!(shown(&told), "Ana created *Boiler*");
    assert!(!told.url.unwrap().contains("evil"));
}
