//! Each field of a ticket by itself, on its way from the card: what calls nobody, what is taken off, whose value stays.

use kanbridge::sandbox::gitlab::Change;
use kanbridge::sync::rules::{Direction, Fields, Winner};

use crate::stories;
use crate::two_way::House;

/// The invisible character that keeps a mention from calling.
const JOINED: &str = "@\u{2060}";

stories! {
    async fn a_card_s_title_calls_nobody_in_gitlab_and_both_rest(world: World) {
        let house = House::filing(world).await;
        let id = house.makes_card(0, "Pump: ask @bob", "");
        house.looks().await;
        assert_eq!(house.issue(1).title, format!("Pump: ask {JOINED}bob"));
        assert_eq!(house.card_with(&id).name, "[ ISSUE 1 ] Pump: ask @bob");
        house.is_silent().await;
        house.world.trello.by("zoe").rename_card(&id, "[ ISSUE 1 ] Pump: ask @all").unwrap();
        house.looks().await;
        assert_eq!(house.issue(1).title, format!("Pump: ask {JOINED}all"));
        assert_eq!(house.card_with(&id).name, "[ ISSUE 1 ] Pump: ask @all");
        house.is_silent().await;
        house.gitlab.by("ana").retitles(house.project, 1, &format!("Pump: tell {JOINED}all")).unwrap();
        house.rests().await;
        assert_eq!(house.card_with(&id).name, "[ ISSUE 1 ] Pump: tell @all", "without what nobody sees");
        house.is_silent().await;
    }

    async fn whom_people_call_in_an_issue_s_title_they_call_on(world: World) {
        let house = House::of(world).await;
        let iid = house.opens("Boiler: ask @bob").await;
        assert_eq!(house.card().name, "[ ISSUE 1 ] Boiler: ask @bob");
        house.is_silent().await;
        assert_eq!(house.issue(iid).title, "Boiler: ask @bob");
        house.world.trello.by("zoe").rename_card(&house.card().id, "[ ISSUE 1 ] Boiler: ask @bob or @eve").unwrap();
        house.looks().await;
        assert_eq!(house.issue(iid).title, format!("Boiler: ask @bob or {JOINED}eve"), "he was called before");
        house.is_silent().await;
    }

    async fn a_new_issue_wished_for_in_chat_calls_nobody(world: World) {
        let (house, _) = crate::wishing::house(world).await;
        crate::wishing::types(&house, "issue Boiler: ask @bob").await;
        assert_eq!(house.issue(1).title, format!("Boiler: ask {JOINED}bob"));
        assert_eq!(house.card().name, "[ ISSUE 1 ] Boiler: ask @bob");
        house.is_silent().await;
    }

    async fn a_member_whom_nobody_in_gitlab_matches_is_told_once_for_each_change(world: World) {
        let house = House::of(world).await;
        let iid = house.opens("Boiler is cold").await;
        let zoe = house.world.trello.by("zoe");
        zoe.invite(&house.world.board.id, "carpenter").unwrap();
        zoe.assign(&house.card().id, "carpenter").unwrap();
        house.looks().await;
        let count = |told: &str| told.matches("nobody in GitLab is called so: carpenter;").count();
        let told = house.told_of(iid).await;
        assert!(count(&told) == 1 && told.contains("`people`"), "{told}");
        zoe.comment(&house.card().id, "I am on it.").unwrap();
        zoe.rename_card(&house.card().id, "[ ISSUE 1 ] Boiler is lukewarm").unwrap();
        house.looks().await;
        house.is_silent().await;
        assert_eq!(count(&house.told_of(iid).await), 1);
        assert_eq!(house.card().members, ["carpenter"]);
    }

    async fn where_trello_wins_a_title_that_both_changed_is_the_card_s(world: World) {
        let mut house = House::of(world).await;
        house.routes(|route| route.winner = Winner::Trello).await;
        let iid = house.opens("Boiler is cold").await;
        house.world.trello.by("zoe").rename_card(&house.card().id, "[ ISSUE 1 ] From the card").unwrap();
        house.gitlab.by("ana").retitles(house.project, iid, "From the issue").unwrap();
        house.rests().await;
        house.looks().await;
        assert_eq!((house.issue(iid).title.as_str(), house.card().name.as_str()), ("From the card", "[ ISSUE 1 ] From the card"));
        let told = house.told_of(iid).await;
        assert!(told.contains("Trello's stays") && told.contains("From the issue"), "{told}");
        house.is_silent().await;
    }

    async fn what_is_taken_off_the_card_is_taken_off_the_issue(world: World) {
        let house = House::of(world).await;
        let change = Change {
            due_date: Some(Some("2026-06-03".to_owned())),
            labels: Some(vec!["cellar".to_owned(), "urgent".to_owned()]),
            ..Change::default()
        };
        let iid = house.opens("Boiler is cold").await;
        let cellar = house.world.trello.add_label(&house.world.board.id, "cellar");
        house.gitlab.by("ana").changes(house.project, iid, &change).unwrap();
        house.gitlab.by("ana").assigns(house.project, iid, &["ana"]).unwrap();
        house.rests().await;
        house.looks().await;
        let (card, hand) = (house.card(), house.world.trello.by("zoe"));
        assert_eq!((card.labels.len(), card.members.len(), card.due.is_some()), (2, 1, true));
        hand.unlabel_card(&card.id, &cellar).unwrap();
        hand.unassign(&card.id, "ana_trello").unwrap();
        hand.set_due(&card.id, None).unwrap();
        house.looks().await;
        let issue = house.issue(iid);
        assert_eq!((issue.labels, issue.assignees, issue.due_date), (vec!["urgent".to_owned()], vec![], None));
        house.is_silent().await;
    }

    async fn a_field_that_is_off_stays_on_either_side_and_one_of_trello_s_goes_one_way(world: World) {
        let mut house = House::of(world).await;
        house
            .routes(|route| {
                let fields = Fields::all(Direction::Both);
                route.fields = Fields { due: Direction::Off, title: Direction::Trello, people: Direction::Off, ..fields };
            })
            .await;
        let iid = house.opens("Boiler is cold").await;
        let (card, hand) = (house.card(), house.world.trello.by("zoe"));
        hand.set_due(&card.id, Some("2026-06-03T16:00:00Z".parse().unwrap())).unwrap();
        hand.assign(&card.id, "ana_trello").unwrap();
        hand.rename_card(&card.id, "[ ISSUE 1 ] From the card").unwrap();
        house.looks().await;
        let issue = house.issue(iid);
        assert_eq!((issue.title.as_str(), issue.due_date, issue.assignees), ("From the card", None, vec![]));
        let change = Change {
            title: Some("From the issue".to_owned()),
            due_date: Some(Some("2026-07-01".to_owned())),
            ..Change::default()
        };
        house.gitlab.by("ana").changes(house.project, iid, &change).unwrap();
        house.rests().await;
        house.looks().await;
        let card = house.card();
        assert_eq!(card.name, "[ ISSUE 1 ] From the card", "its title goes to the issue alone");
        assert!(card.due.is_some_and(|due| due.starts_with("2026-06-03")) && card.members == ["ana_trello"]);
        assert_eq!(house.issue(iid).due_date.as_deref(), Some("2026-07-01"));
        house.is_silent().await;
    }

    async fn a_card_archived_by_hand_is_told_once_and_comes_back_when_its_issue_is_reopened(world: World) {
        let house = House::of(world).await;
        let iid = house.opens("Boiler is cold").await;
        house.world.trello.by("zoe").archive_card(&house.card().id, true).unwrap();
        house.looks().await;
        let count = |told: &str| told.matches("people archived the card").count();
        assert_eq!(count(&house.told_of(iid).await), 1);
        house.gitlab.by("ana").retitles(house.project, iid, "Boiler is warm").unwrap();
        house.rests().await;
        house.is_silent().await;
        assert_eq!(count(&house.told_of(iid).await), 1);
        assert!(house.card().closed && !house.issue(iid).closed, "no column is the archive");
        house.gitlab.by("ana").closes(house.project, iid, true).unwrap();
        house.rests().await;
        house.gitlab.by("ana").closes(house.project, iid, false).unwrap();
        house.rests().await;
        let card = house.card();
        assert_eq!((card.closed, &card.list), (false, &house.world.board.lists[0]));
        house.is_silent().await;
    }

    async fn who_stays_assigned_need_not_be_found_by_name(world: World) {
        let house = House::of(world).await;
        house.gitlab.add_member(house.project, house.gitlab.add_user("ben", "Ben"), 30);
        let iid = house.opens("Boiler is cold").await;
        house.gitlab.by("ana").assigns(house.project, iid, &["ben"]).unwrap();
        house.rests().await;
        house.looks().await;
        house.gitlab.forget_calls();
        house.world.trello.by("zoe").assign(&house.card().id, "ana_trello").unwrap();
        house.looks().await;
        let mut assigned = house.issue(iid).assignees;
        assigned.sort_unstable();
        let searches = house.gitlab.calls().into_iter().filter(|call| call.route == "GET /users").count();
        assert_eq!((assigned, searches), (vec!["ana".to_owned(), "ben".to_owned()], 1));
        house.is_silent().await;
    }
}
