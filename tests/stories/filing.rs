//! Cards that people make by hand become issues, each one and once, where a route says `create_issues`.

use std::time::Duration;

use kanbridge::cli::Bridge;
use kanbridge::sandbox::gitlab::{Fault, IssueView};
use kanbridge::sandbox::trello::CardView;

use crate::database::Database;
use crate::stories;
use crate::two_way::House;
use crate::world::World;

impl House {
    /// A two-way route that makes issues of cards, from now on.
    pub(crate) async fn filing(world: World) -> Self {
        let mut house = House::of(world).await;
        house.looks().await;
        house.routes(|route| route.create_issues = true).await;
        house.looks().await;
        house
    }

    pub(crate) fn makes_card(&self, list: usize, name: &str, text: &str) -> String {
        self.world.trello.by("zoe").add_card(&self.world.board.lists[list], name, text).unwrap()
    }

    pub(crate) fn card_with(&self, id: &str) -> CardView {
        self.world.cards().into_iter().find(|card| card.id == id).unwrap()
    }

    pub(crate) fn issues(&self) -> Vec<IssueView> {
        (1..50).map_while(|iid| self.gitlab.issue(self.project, iid)).collect()
    }

    /// Retries, and whatever waits for an answer that never came.
    async fn settles(&self) {
        for _ in 0..4 {
            self.world.later(Duration::from_secs(61)).await;
            self.rests().await;
        }
    }
}

stories! {
    async fn a_card_made_by_hand_becomes_an_issue_with_everything_on_it(world: World) {
        let house = House::filing(world).await;
        let id = house.makes_card(1, "Pump rattles", "Since *Monday*, ask @ben.");
        let zoe = house.world.trello.by("zoe");
        let label = zoe.add_label(&house.world.board.id, "cellar", None).unwrap();
        zoe.label_card(&id, &label).unwrap();
        zoe.assign(&id, "ana_trello").unwrap();
        zoe.set_due(&id, Some("2026-06-03T16:00:00Z".parse().unwrap())).unwrap();
        house.looks().await;
        let [issue] = house.issues().try_into().unwrap();
        assert_eq!((issue.title.as_str(), issue.due_date.as_deref()), ("Pump rattles", Some("2026-06-03")));
        assert_eq!((issue.labels, issue.assignees), (vec!["cellar".to_owned(), "doing".to_owned()], vec!["ana".to_owned()]));
        assert!(issue.description.starts_with("Since *Monday*") && !issue.description.contains("@ben"), "{}", issue.description);
        let card = house.card_with(&id);
        assert_eq!((card.name.as_str(), &card.list), ("[ ISSUE 1 ] Pump rattles", &house.world.board.lists[1]));
        assert!(card.description.starts_with(&issue.url) && card.description.ends_with("/1`"), "{}", card.description);
        assert!(card.description.contains("Since *Monday*, ask @ben.") && !card.description.contains("<!--"));
        assert_eq!(house.world.cards().len(), 1);
        house.is_silent().await;
    }

    async fn both_stay_one_ticket_from_then_on(world: World) {
        let house = House::filing(world).await;
        let id = house.makes_card(0, "Pump rattles", "Loudly.");
        house.world.trello.by("zoe").comment(&id, "I heard it, too.").unwrap();
        house.looks().await;
        let notes = house.gitlab.notes(house.project, 1);
        let said = notes.iter().filter(|note| note.body.contains("I heard it, too.")).count();
        assert_eq!(said, 1, "{notes:?}");
        let card = house.card_with(&id);
        house.world.trello.by("zoe").describe_card(&id, &card.description.replace("Loudly.", "Very loudly.")).unwrap();
        house.looks().await;
        assert!(house.issues()[0].description.starts_with("Very loudly."), "{}", house.issues()[0].description);
        house.gitlab.by("ana").closes(house.project, 1, true).unwrap();
        house.rests().await;
        assert_eq!(house.card_with(&id).list, house.world.board.lists[2]);
        house.is_silent().await;
    }

    async fn a_card_made_in_the_closed_column_becomes_a_closed_issue(world: World) {
        let house = House::filing(world).await;
        let id = house.makes_card(2, "Filter was changed", "");
        house.looks().await;
        assert!(house.issues()[0].closed);
        assert_eq!(house.card_with(&id).list, house.world.board.lists[2]);
        house.is_silent().await;
    }

    async fn what_was_there_before_is_left_alone_even_when_it_moves(world: World) {
        let mut house = House::of(world).await;
        let old = house.makes_card(0, "Old", "");
        house.looks().await;
        let unseen = house.makes_card(0, "Not seen yet", "");
        house.routes(|route| route.create_issues = true).await;
        house.looks().await;
        for id in [&old, &unseen] {
            house.world.trello.by("zoe").move_card(id, &house.world.board.lists[1]).unwrap();
        }
        house.looks().await;
        assert_eq!(house.issues().len(), 0);
        house.makes_card(0, "New", "");
        house.looks().await;
        assert_eq!(house.issues().len(), 1);
    }

    async fn only_cards_on_the_route_s_lists_become_issues_and_moved_ones_when_they_arrive(world: World) {
        let house = House::filing(world).await;
        let ideas = house.world.trello.by("zoe").add_list(&house.world.board.id, "Ideas").unwrap();
        let id = house.world.trello.by("zoe").add_card(&ideas, "Solar panels", "").unwrap();
        let archived = house.makes_card(0, "A slip of the hand", "");
        house.world.trello.by("zoe").archive_card(&archived, true).unwrap();
        house.looks().await;
        assert_eq!(house.issues().len(), 0);
        house.world.trello.by("zoe").move_card(&id, &house.world.board.lists[0]).unwrap();
        house.looks().await;
        assert_eq!((house.issues().len(), house.card_with(&id).name.as_str()), (1, "[ ISSUE 1 ] Solar panels"));
        house.is_silent().await;
    }

    async fn a_copied_card_and_one_from_another_board_become_issues_too(world: World) {
        let mut house = House::of(world).await;
        let old = house.makes_card(0, "Template", "Do this.");
        house.looks().await;
        house.routes(|route| route.create_issues = true).await;
        house.looks().await;
        let list = house.world.board.lists[0].clone();
        let form = [("idList", list.as_str()), ("idCardSource", old.as_str()), ("name", "Pump rattles"),
            ("key", "sandbox-key"), ("token", "sandbox-token")];
        let url = format!("{}/cards", house.world.trello.url());
        let answer = reqwest::Client::new().post(url).form(&form).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 200);
        let garden = house.world.trello.add_board("Garden", &["Ideas"]);
        let zoe = house.world.trello.by("zoe");
        let guest = zoe.add_card(&garden.lists[0], "Water butt", "").unwrap();
        zoe.move_card(&guest, &list).unwrap();
        house.looks().await;
        let titles: Vec<String> = house.issues().into_iter().map(|issue| issue.title).collect();
        assert!(titles.contains(&"Pump rattles".to_owned()) && titles.contains(&"Water butt".to_owned()), "{titles:?}");
        assert_eq!(titles.len(), 2, "and the template stays what it is");
        house.is_silent().await;
    }

    async fn a_card_that_names_an_issue_is_adopted_and_no_second_one_made(world: World) {
        let house = House::filing(world).await;
        house.gitlab.hold();
        house.gitlab.by("ana").opens(house.project, "Boiler is cold", "It is cold.").unwrap();
        let url = house.issues()[0].url.clone();
        let id = house.makes_card(0, "[ ISSUE 1 ] by hand", &url);
        house.world.later(crate::two_way::POLL).await;
        house.world.turns().await;
        assert_eq!((house.issues().len(), house.world.cards().len()), (1, 1));
        assert_eq!(house.card_with(&id).name, "[ ISSUE 1 ] Boiler is cold");
    }

    async fn a_copy_of_an_issue_s_card_is_no_new_issue(world: World) {
        let house = House::filing(world).await;
        let id = house.makes_card(0, "Pump rattles", "");
        house.looks().await;
        let card = house.card_with(&id);
        house.makes_card(0, &card.name, &card.description);
        house.looks().await;
        assert_eq!((house.issues().len(), house.world.cards().len()), (1, 2));
        house.is_silent().await;
    }

    async fn whatever_happens_to_the_call_there_is_one_issue_and_one_card(world: World) {
        let house = House::filing(world).await;
        let refused = Fault::Answer(400, r#"{"message":{"base":["is spam"]}}"#);
        let faults = [
            Fault::TimeoutAfter, Fault::TimeoutBefore, Fault::DropAfter, Fault::DropBefore,
            Fault::Answer(502, "bad gateway"), Fault::ApplyLater, refused,
        ];
        for (number, fault) in faults.into_iter().enumerate() {
            house.gitlab.fail_next("POST /projects/{id}/issues", fault);
            house.makes_card(0, &format!("Pump {number}"), "");
            house.looks().await;
            house.gitlab.apply_held_work();
            house.rests().await;
            house.settles().await;
            assert_eq!((house.issues().len(), house.world.cards().len()), (number + 1, number + 1), "{number}");
        }
        let mut names: Vec<String> = house.world.cards().into_iter().map(|card| card.name).collect();
        names.sort();
        assert!(names.iter().all(|name| name.starts_with("[ ISSUE ")), "{names:?}");
        assert_eq!(house.world.store.count_failed().await.unwrap(), 0);
        house.is_silent().await;
    }

    async fn a_hook_that_comes_before_the_answer_makes_no_second_card(world: World) {
        let house = House::filing(world).await;
        house.gitlab.fail_next("POST /projects/{id}/issues", Fault::TimeoutAfter);
        let id = house.makes_card(0, "Pump rattles", "");
        house.looks().await;
        assert_eq!((house.issues().len(), house.world.cards().len()), (1, 1), "its hook was there, and no answer");
        assert_eq!(house.card_with(&id).name, "[ ISSUE 1 ] Pump rattles");
        house.settles().await;
        assert_eq!((house.issues().len(), house.world.cards().len()), (1, 1));
        house.is_silent().await;
    }

    async fn a_restart_between_the_call_and_its_answer_makes_no_second_issue(world: World) {
        let mut house = House::filing(world).await;
        house.gitlab.hold();
        house.gitlab.fail_next("POST /projects/{id}/issues", Fault::DropAfter);
        house.makes_card(0, "Pump rattles", "");
        house.world.later(crate::two_way::POLL).await;
        assert_eq!(house.issues().len(), 1);
        house.routes(|_| {}).await;
        house.settles().await;
        assert_eq!((house.issues().len(), house.world.cards().len()), (1, 1));
        assert_eq!(house.world.cards()[0].name, "[ ISSUE 1 ] Pump rattles");
    }

    async fn a_card_that_cannot_become_an_issue_waits_until_something_happens_to_it(world: World) {
        let house = House::filing(world).await;
        let id = house.makes_card(0, "Pump rattles", "");
        let key = format!("card/default/{id}");
        let failed = async || house.world.store.key_state(&key).await.unwrap().is_some_and(|state| state.failed_at.is_some());
        for _ in 0..house.world.config.limits.refusals {
            house.gitlab.fail_next("POST /projects/{id}/issues", Fault::Answer(400, r#"{"message":"no"}"#));
        }
        house.looks().await;
        house.settles().await;
        assert!(failed().await && house.issues().is_empty());
        // The feed is read with a minute of overlap.
        house.makes_card(2, "Another", "");
        house.looks().await;
        assert!(failed().await, "what was told before is no reason to try again");
        let failures: Vec<_> = house.world.store.failed().await.unwrap().into_iter().map(|(key, _)| key).collect();
        assert!(failures.contains(&key), "{failures:?}");
        house.world.trello.by("zoe").rename_card(&id, "Pump rattles loudly").unwrap();
        house.looks().await;
        assert!(house.issues().iter().any(|issue| issue.title == "Pump rattles loudly"), "{:?}", house.issues());
    }

    async fn a_mark_that_somebody_wrote_into_an_issue_gives_it_nobody_s_card(world: World) {
        let house = House::filing(world).await;
        let ideas = house.world.trello.by("zoe").add_list(&house.world.board.id, "Ideas").unwrap();
        let id = house.world.trello.by("zoe").add_card(&ideas, "Secret plans", "").unwrap();
        let text = format!("mine now\n\n<!-- kanbridge card {id} -->");
        house.gitlab.by("ana").opens(house.project, "Takeover", &text).unwrap();
        house.rests().await;
        assert_eq!((house.card_with(&id).name.as_str(), house.world.cards().len()), ("Secret plans", 2));
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn two_replicas_make_one_issue_of_each_card() {
    let world = World::on(Database::postgres().await).await;
    let house = House::filing(world).await;
    let second = Bridge::assemble(house.world.config.clone(), house.world.clock.clone()).await.unwrap();
    let workers = [house.world.worker.clone(), second.worker.clone()];
    for number in 0..6 {
        house.makes_card(number % 3, &format!("Pump {number}"), "Loudly.");
        if number % 3 == 0 {
            house.gitlab.fail_next("POST /projects/{id}/issues", Fault::DropAfter);
        }
    }
    for _ in 0..6 {
        house.world.clock.advance(Duration::from_secs(61));
        let work = workers.iter().map(async |worker| while worker.step().await.unwrap().is_some() {});
        futures_util::future::join_all(work).await;
        house.rests().await;
    }
    assert_eq!((house.issues().len(), house.world.cards().len()), (6, 6));
    assert!(house.world.cards().iter().all(|card| card.name.starts_with("[ ISSUE ")), "{:?}", house.world.cards());
    house.is_silent().await;
}
