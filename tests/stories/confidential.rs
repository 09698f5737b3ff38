//! What each mode makes of confidential issues, and of issues that change from one to the other.

use std::time::Duration;

use kanbridge::model::{IssueRef, Parked};
use kanbridge::sandbox::gitlab::{Change, Clock};
use kanbridge::sandbox::trello::{CardView, Fault};
use kanbridge::sync::discretion::Confidential;
use kanbridge::sync::rules::Direction;
use serde_json::{Value, json};

use crate::following::with_columns;
use crate::stories;
use crate::two_way::House;
use crate::world::{World, closed, issue, updated};

const EVENT: &str = "Confidential Issue Hook";

fn confidential(hook: Value, seconds: i64) -> Value {
    let mut hook = updated(hook, seconds, "update");
    hook["object_attributes"]["confidential"] = json!(true);
    hook["event_type"] = json!("confidential_issue");
    hook
}

/// An issue full of what nobody but its members may know.
fn secret(iid: i64) -> Value {
    let mut hook = issue(iid, "The password is hunter2");
    hook["object_attributes"]["due_date"] = json!("2026-06-03");
    hook["labels"] = json!([{ "title": "hunter2" }, { "title": "doing" }]);
    hook["assignees"] = json!([{ "username": "ana" }]);
    hook
}

async fn with_mode(world: &mut World, mode: Confidential) {
    with_columns(world).await;
    world.trello.by("zoe").invite(&world.board.id, "ana_trello").unwrap();
    world.restarts(|config| config.routes[0].confidential = mode).await;
}

fn stands(world: &World) -> usize {
    let list = world.cards()[0].list.clone();
    world.board.lists.iter().position(|other| *other == list).unwrap()
}

/// Everything that the store has of issues and deliveries, as text.
async fn kept(world: &World) -> String {
    let mut all = String::new();
    for delivery in world.store.deliveries(100, true).await.unwrap() {
        all += &String::from_utf8_lossy(&delivery.body);
    }
    for iid in [1, 23] {
        let id: IssueRef = format!("gitlab.example.com/42/{iid}").parse().unwrap();
        all += &format!("{:?}{:?}", world.store.observation(&id).await.unwrap(), world.store.link(&id).await.unwrap());
        all += &format!("{:?}{:?}", world.store.notes(&id).await.unwrap(), world.store.told(&id, 50).await.unwrap());
    }
    all
}

pub(crate) fn is_bare(card: &CardView) -> bool {
    let merges = card.attachments.iter().filter(|url| url.contains("merge_requests")).count();
    card.name.ends_with("] (confidential)")
        && card.description.starts_with("`kanbridge ")
        && card.description.lines().count() == 1
        && card.labels.is_empty()
        && card.members.is_empty()
        && card.due.is_none()
        && card.comments.is_empty()
        && merges == 0
}

impl House {
    async fn with_mode(world: World, fields: Direction, mode: Confidential) -> House {
        let mut house = House::with(world, fields, Clock::system()).await;
        house.routes(|route| route.confidential = mode).await;
        house
    }

    async fn hides(&self, iid: i64, hidden: bool) {
        self.gitlab.by("ana").makes_confidential(self.project, iid, hidden).unwrap();
        self.rests().await;
        self.looks().await;
    }

    pub(crate) async fn told_of(&self, iid: i64) -> String {
        let id: IssueRef = format!("{}/{}/{iid}", self.world.config.gitlab.instance, self.project).parse().unwrap();
        let told = self.world.store.told(&id, 50).await.unwrap();
        told.into_iter().map(|(_, told)| told + "\n").collect()
    }

    /// An open issue with everything on it.
    async fn opens_fully(&self) -> i64 {
        let change = Change {
            due_date: Some(Some("2026-06-03".to_owned())),
            labels: Some(vec!["hunter2".to_owned(), "doing".to_owned()]),
            ..Change::text("The password is hunter2", "hunter2")
        };
        let iid = self.gitlab.by("ana").opens_with(self.project, &change).unwrap();
        self.rests().await;
        self.gitlab.by("ana").assigns(self.project, iid, &["ana"]).unwrap();
        self.gitlab.by("ana").comments(self.project, iid, "It was hunter1.").unwrap();
        self.gitlab.by("ana").opens_merge_request(self.project, "Change hunter2", &format!("See #{iid}")).unwrap();
        self.rests().await;
        self.looks().await;
        iid
    }
}

/// A generator of its own, so that a row of events is named by its seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        // splitmix64
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides
    }
}

impl House {
    /// Somebody does something, or a call is about to fail.
    async fn something_happens(&self, dice: &mut Dice, iid: i64, merges: &mut usize) {
        const WRITES: [&str; 5] = [
            "PUT /cards/{id}",
            "POST /cards/{id}/attachments",
            "POST /cards/{id}/actions/comments",
            "DELETE /actions/{id}",
            "POST /cards/{id}/idLabels",
        ];
        const FAULTS: [Fault; 4] =
            [Fault::DropAfter, Fault::DropBefore, Fault::TimeoutAfter, Fault::Answer(503, "later")];
        let at = |roll: u64| usize::try_from(roll).unwrap();
        let (ana, project) = (self.gitlab.by("ana"), self.project);
        let (roll, word) = (dice.roll(8), format!("hunter{}", dice.roll(1000)));
        match roll {
            0 => ana.retitles(project, iid, &word).unwrap(),
            1 => drop(ana.comments(project, iid, &word).unwrap()),
            2 => ana.labels(project, iid, &["doing"], &[]).unwrap(),
            3 => ana.labels(project, iid, &[], &["doing"]).unwrap(),
            4 => ana.makes_confidential(project, iid, dice.roll(2) == 0).unwrap(),
            5 => {
                ana.opens_merge_request(project, &word, &format!("See #{iid}")).unwrap();
                *merges += 1;
            }
            6 => drop(ana.ends_merge_request(project, 1, true)),
            _ => self.world.trello.fail_next(WRITES[at(dice.roll(5))], FAULTS[at(dice.roll(4))].clone()),
        }
        if dice.roll(3) == 0 {
            self.rests().await;
        }
        if dice.roll(4) == 0 {
            self.looks().await;
        }
    }

    /// What the card shows is what it may show, and all of that, once.
    fn agrees(&self, iid: i64, seed: u64, merges: usize) {
        let (issue, card) = (self.issue(iid), self.card());
        assert_eq!(self.world.cards().len(), 1, "seed {seed}");
        if issue.confidential && self.world.config.routes[0].confidential == Confidential::Redact {
            assert!(is_bare(&card), "seed {seed}: {card:?}");
        } else {
            assert_eq!(card.name, format!("[ ISSUE {iid} ] {}", issue.title), "seed {seed}");
            let mut hang: Vec<&String> = card.attachments.iter().filter(|url| url.contains("merge_requests")).collect();
            let all = hang.len();
            hang.sort();
            hang.dedup();
            assert_eq!((hang.len(), all), (merges, merges), "seed {seed}");
            let mut said: Vec<&str> =
                card.comments.iter().filter_map(|comment| comment.text.split("\n\n").nth(1)).collect();
            let notes = self.gitlab.notes(self.project, iid);
            let mut notes: Vec<&str> =
                notes.iter().filter(|note| !note.system).map(|note| note.body.as_str()).collect();
            said.sort_unstable();
            notes.sort_unstable();
            assert_eq!(said, notes, "seed {seed}");
        }
    }
}

stories! {
    async fn under_redact_a_card_shows_only_where_it_stands(mut_world: World) {
        let mut world = mut_world;
        with_mode(&mut world, Confidential::Redact).await;
        let (status, answer) = world.sends(EVENT, &confidential(secret(23), 0)).await;
        assert_eq!((status, &answer["status"]), (200, &json!("accepted")));
        world.turns().await;
        assert_eq!(world.calls().iter().filter(|call| !call.starts_with("GET")).collect::<Vec<_>>(), ["POST /cards"]);
        assert!(is_bare(&world.cards()[0]) && stands(&world) == 1, "{:?}", world.cards());
        let mut plain = confidential(secret(23), 60);
        plain["labels"] = json!([{ "title": "hunter2" }]);
        world.sends(EVENT, &plain).await;
        world.turns().await;
        assert_eq!(stands(&world), 0);
        world.sends(EVENT, &closed(plain.clone(), 120)).await;
        world.turns().await;
        assert!(is_bare(&world.cards()[0]) && stands(&world) == 2);
        world.calls();
        let mut retitled = closed(plain, 180);
        retitled["object_attributes"]["title"] = json!("The password is hunter3");
        world.sends(EVENT, &retitled).await;
        world.turns().await;
        assert_eq!(world.calls(), Vec::<String>::new());
        let kept = kept(&world).await;
        assert!(!kept.contains("hunter") && !kept.contains("2026-06-03") && kept.contains("closed: true"), "{kept}");
    }

    async fn under_redact_an_issue_that_turns_confidential_bares_its_card_at_once(world: World) {
        let house = House::with_mode(world, Direction::Gitlab, Confidential::Redact).await;
        let iid = house.opens_fully().await;
        let card = house.card();
        assert!(card.labels.len() == 2 && card.comments.len() == 1 && card.attachments.len() == 2, "{card:?}");
        house.hides(iid, true).await;
        let bare = house.card();
        assert!(is_bare(&bare) && bare.id == card.id && bare.list == card.list && !bare.closed, "{bare:?}");
        let told = house.told_of(iid).await;
        assert!(told.contains("Trello keeps the old text") && !told.contains("hunter"), "{told}");
        house.is_silent().await;
        for delivery in house.world.store.deliveries(100, true).await.unwrap() {
            let about_issue = delivery.event != "Merge Request Hook";
            assert!(!about_issue || !String::from_utf8_lossy(&delivery.body).contains("hunter"), "{}", delivery.event);
        }
    }

    async fn under_redact_an_issue_that_turns_public_has_a_full_card_again(world: World) {
        let house = House::with_mode(world, Direction::Both, Confidential::Redact).await;
        let iid = house.opens_fully().await;
        let before = house.card();
        house.hides(iid, true).await;
        house.gitlab.by("ana").comments(house.project, iid, "Still hunter2.").unwrap();
        house.gitlab.by("ana").comments_internally(house.project, iid, "never").unwrap();
        house.world.trello.by("zoe").rename_card(&house.card().id, "[ ISSUE 1 ] nothing here").unwrap();
        house.looks().await;
        assert_eq!(house.issue(iid).title, "The password is hunter2", "a bare card changes no issue");
        house.hides(iid, false).await;
        let after = house.card();
        assert_eq!((&after.name, &after.description), (&before.name, &before.description));
        assert_eq!((&after.labels.len(), &after.members, &after.due), (&before.labels.len(), &before.members, &before.due));
        let said: Vec<bool> = after.comments.iter().map(|comment| comment.text.contains("hunter")).collect();
        assert_eq!((said, after.attachments.len()), (vec![true, true], 2), "{:?}", after.comments);
        let issue = house.issue(iid);
        assert_eq!((issue.title.as_str(), issue.labels.len()), ("The password is hunter2", 2));
        house.is_silent().await;
    }

    async fn a_bare_card_is_deleted_under_skip(mut_world: World) {
        let mut world = mut_world;
        with_mode(&mut world, Confidential::Redact).await;
        world.sends(EVENT, &confidential(secret(23), 0)).await;
        world.turns().await;
        assert_eq!(world.cards().len(), 1);
        world.restarts(|config| config.routes[0].confidential = Confidential::Skip).await;
        world.turns().await;
        assert_eq!(world.cards().len(), 0);
    }

    async fn under_sync_a_confidential_issue_is_one_like_any_other(world: World) {
        let house = House::with_mode(world, Direction::Both, Confidential::Sync).await;
        let iid = house.opens_fully().await;
        let before = house.card();
        house.hides(iid, true).await;
        house.gitlab.by("ana").comments(house.project, iid, "Seen by members.").unwrap();
        house.gitlab.by("ana").comments_internally(house.project, iid, "never").unwrap();
        house.gitlab.by("ana").retitles(house.project, iid, "The password is hunter3").unwrap();
        house.rests().await;
        house.looks().await;
        let card = house.card();
        assert_eq!((card.name.as_str(), &card.labels), ("[ ISSUE 1 ] The password is hunter3", &before.labels));
        assert_eq!(card.comments.len(), 2, "{:?}", card.comments);
        assert!(card.comments.iter().all(|comment| !comment.text.contains("never")));
        house.world.trello.by("zoe").rename_card(&card.id, "[ ISSUE 1 ] The password is hunter4").unwrap();
        house.looks().await;
        assert_eq!(house.issue(iid).title, "The password is hunter4");
        house.hides(iid, false).await;
        assert_eq!(house.card().name, "[ ISSUE 1 ] The password is hunter4");
        house.is_silent().await;
    }

    async fn another_mode_counts_for_what_was_there_before(world: World) {
        let mut house = House::with_mode(world, Direction::Gitlab, Confidential::Sync).await;
        let iid = house.opens_fully().await;
        house.hides(iid, true).await;
        assert!(house.card().name.contains("hunter2"));
        house.routes(|route| route.confidential = Confidential::Redact).await;
        house.rests().await;
        assert!(is_bare(&house.card()) && !house.told_of(iid).await.contains("hunter"), "{:?}", house.card());
        let id: IssueRef = format!("{}/{}/{iid}", house.world.config.gitlab.instance, house.project).parse().unwrap();
        let known = format!("{:?}", house.world.store.observation(&id).await.unwrap());
        assert!(!known.contains("hunter") && house.world.store.link(&id).await.unwrap().unwrap().parked == Some(Parked::Redacted));
        house.routes(|route| route.confidential = Confidential::Skip).await;
        house.rests().await;
        assert_eq!(house.world.cards().len(), 0);
        house.routes(|route| route.confidential = Confidential::Sync).await;
        house.rests().await;
        assert!(house.card().name.contains("hunter2"), "GitLab tells again what was not kept");
        house.is_silent().await;
    }

    async fn what_was_not_kept_waits_for_its_next_event(mut_world: World) {
        let mut world = mut_world;
        with_mode(&mut world, Confidential::Skip).await;
        world.sends(EVENT, &confidential(secret(23), 0)).await;
        world.turns().await;
        for mode in [Confidential::Redact, Confidential::Sync] {
            world.restarts(|config| config.routes[0].confidential = mode).await;
            world.turns().await;
            assert_eq!(world.cards().len(), 0, "{mode:?}: whether it is open is not known");
            assert!(world.store.read_note("issue/gitlab.example.com/42/23").await.unwrap().contains("next event"));
        }
        world.sends(EVENT, &confidential(secret(23), 60)).await;
        world.turns().await;
        assert_eq!(world.cards()[0].name, "[ ISSUE 23 ] The password is hunter2");
    }

    async fn internal_notes_never_appear_whatever_the_mode(mut_world: World) {
        let mut world = mut_world;
        with_mode(&mut world, Confidential::Sync).await;
        world.sends(EVENT, &confidential(secret(23), 0)).await;
        world.turns().await;
        let note = |id: i64, internal: Value, on_confidential: bool| {
            json!({
                "object_kind": "note", "event_type": "confidential_note", "project_id": 42, "project": secret(23)["project"],
                "user": { "id": 11, "name": "Ana", "username": "ana" },
                "object_attributes": {
                    "id": id, "note": "said", "noteable_type": "Issue", "project_id": 42, "author_id": 11, "system": false,
                    "internal": internal, "action": "create", "created_at": "2026-05-28T06:10:00.000Z",
                    "updated_at": "2026-05-28T06:10:00.000Z", "url": "https://gitlab.example.com/team/app/-/issues/23#note_1",
                },
                "issue": { "iid": 23, "project_id": 42, "confidential": on_confidential },
            })
        };
        for (id, internal, on_confidential) in [(1, json!(true), true), (2, json!(true), false), (3, Value::Null, true)] {
            world.sends("Confidential Note Hook", &note(id, internal, on_confidential)).await;
        }
        world.turns().await;
        assert_eq!(world.cards()[0].comments.len(), 0);
        world.sends("Confidential Note Hook", &note(4, json!(false), true)).await;
        world.turns().await;
        assert_eq!(world.cards()[0].comments.len(), 1);
    }

    async fn baring_a_card_comes_to_its_end_whatever_is_lost(world: World) {
        let mut house = House::with_mode(world, Direction::Gitlab, Confidential::Redact).await;
        let iid = house.opens_fully().await;
        house.world.trello.fail_next("POST /cards/{id}/actions/comments", Fault::ApplyLater);
        house.gitlab.by("ana").comments(house.project, iid, "Late hunter2.").unwrap();
        house.rests().await;
        for route in ["PUT /cards/{id}", "DELETE /actions/{id}", "DELETE /cards/{id}/attachments/{id}"] {
            house.world.trello.fail_next(route, Fault::DropAfter);
        }
        house.gitlab.by("ana").makes_confidential(house.project, iid, true).unwrap();
        house.rests().await;
        house.world.trello.apply_held_work();
        house.routes(|_| ()).await;
        for _ in 0..6 {
            house.world.later(Duration::from_secs(61)).await;
            house.rests().await;
        }
        assert!(is_bare(&house.card()), "{:?}", house.card());
        house.is_silent().await;
    }

    async fn a_bare_card_that_people_took_elsewhere_is_left_alone(mut_world: World) {
        let mut world = mut_world;
        with_mode(&mut world, Confidential::Redact).await;
        world.sends("Issue Hook", &secret(23)).await;
        world.turns().await;
        let other = world.trello.add_board("Elsewhere", &["To do"]);
        world.trello.by("zoe").move_card(&world.cards()[0].id, &other.lists[0]).unwrap();
        world.sends(EVENT, &confidential(secret(23), 60)).await;
        world.turns().await;
        let card = world.trello.cards(&other.id).remove(0);
        assert!(is_bare(&card), "its words are taken away wherever it stands: {card:?}");
        world.sends(EVENT, &closed(confidential(secret(23), 120), 120)).await;
        world.turns().await;
        assert_eq!(world.trello.cards(&other.id)[0].list, other.lists[0]);
    }

    async fn whatever_happens_in_whatever_order_ends_right(world: World) {
        let mut house = House::with_mode(world, Direction::Gitlab, Confidential::Redact).await;
        house.routes(|route| route.merges.opened = Some("Doing".into())).await;
        let (iid, mut merges) = (house.opens_fully().await, 1);
        for seed in 0..6 {
            let mode = if seed % 3 == 2 { Confidential::Sync } else { Confidential::Redact };
            house.routes(|route| route.confidential = mode).await;
            let mut dice = Dice(seed);
            for _ in 0..10 {
                house.something_happens(&mut dice, iid, &mut merges).await;
            }
            for _ in 0..6 {
                house.rests().await;
                house.world.later(Duration::from_secs(700)).await;
            }
            house.agrees(iid, seed, merges);
        }
        house.is_silent().await;
    }
}
