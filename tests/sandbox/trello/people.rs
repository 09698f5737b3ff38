//! People's hands, and what a page sees of them.

use super::{Api, kind};

#[tokio::test]
async fn a_page_is_told_of_every_change_and_of_no_reading() {
    let api = Api::start().await;
    let mut changes = api.trello.changes();
    changes.mark_unchanged();
    let card = api.trello.by("ana").add_card(&api.board.lists[0], "Boiler", "").unwrap();
    changes.changed().await.unwrap();
    changes.mark_unchanged();
    api.ok("GET", &format!("/cards/{card}"), &[("actions", "all"), ("members", "true")]).await;
    assert!(!changes.has_changed().unwrap());
    api.ok("PUT", &format!("/cards/{card}"), &[("closed", "true")]).await;
    assert!(changes.has_changed().unwrap());
}

#[tokio::test]
async fn hands_leave_the_same_traces_as_calls() {
    let api = Api::start().await;
    api.trello.add_member("bo", "Bo Lind");
    let hand = api.trello.by("ana");
    let card = hand.add_card(&api.board.lists[0], "Boiler", "cold").unwrap();
    hand.assign(&card, "bo").unwrap();
    hand.set_due(&card, Some("2026-06-02T12:00:00Z".parse().unwrap())).unwrap();
    hand.archive_card(&card, true).unwrap();
    hand.archive_card(&card, false).unwrap();
    let item = hand.add_checklist(&card, "Before winter", &["Bleed the radiators"]).unwrap().remove(0);
    hand.tick(&item, true).unwrap();
    hand.move_card(&card, &api.board.lists[2]).unwrap();
    let view = &api.trello.cards(&api.board.id)[0];
    assert_eq!(
        (view.members.as_slice(), view.due.as_deref()),
        (&["bo".to_owned()][..], Some("2026-06-02T12:00:00.000Z"))
    );
    assert_eq!(api.trello.lists(&api.board.id)[2].cards, [card.as_str()]);
    let told: Vec<String> = api.trello.actions(&api.board.id).iter().skip(4).map(kind).collect();
    let wanted = [
        "createCard",
        "addMemberToCard",
        "updateCard:due",
        "updateCard:closed",
        "updateCard:closed",
        "addChecklistToCard",
        "createCheckItem",
        "updateCheckItemStateOnCard",
        "updateCard:idList",
    ];
    assert_eq!(told, wanted);
    assert_eq!(hand.assign(&card, "nobody").unwrap_err(), "The requested resource was not found.");
}
