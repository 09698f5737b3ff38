//! One feature meets another: merge requests, cards that become issues, moves, deletions, twins, wishes and what is
//! confidential.

use std::time::Duration;

use kanbridge::model::Parked;
use kanbridge::relay::Relay;
use kanbridge::sync::discretion::Confidential;
use kanbridge::sync::rules::{Direction, ProjectPattern};

use crate::confidential::is_bare;
use crate::relay::{every_kind, relay};
use crate::room::Listener;
use crate::stories;
use crate::two_way::House;
use crate::world::World;

/// Two-way, and whatever must not be seen is called hunter2.
async fn discreet(world: World, mode: Confidential) -> House {
    let mut house = House::of(world).await;
    house.routes(|route| route.confidential = mode).await;
    house
}

impl House {
    async fn turns_confidential(&self, iid: i64, hidden: bool) {
        self.gitlab.by("ana").makes_confidential(self.project, iid, hidden).unwrap();
        self.rests().await;
    }

    /// What any card of the board says of it.
    fn telling(&self) -> Vec<String> {
        let cards = self.world.cards().into_iter().map(|card| card.name + &card.description);
        cards.filter(|text| text.contains("hunter2") || text.contains("It is cold")).collect()
    }

    fn merge_requests(&self) -> usize {
        self.card().attachments.iter().filter(|url| url.contains("/merge_requests/")).count()
    }

    fn stands(&self) -> usize {
        let list = self.card().list;
        self.world.board.lists.iter().position(|other| *other == list).unwrap()
    }
}

async fn a_twin_is_emptied(world: World, mode: Confidential) {
    let mut house = discreet(world, mode).await;
    let iid = house.opens("The password is hunter2").await;
    let twin = house.twin("[ ISSUE 1 ] The password is hunter2");
    // Another process finds it.
    house.routes(|_| {}).await;
    house.looks().await;
    assert!(house.card_with(&twin).closed && house.telling().len() == 2, "{:?}", house.telling());
    house.turns_confidential(iid, true).await;
    assert_eq!(house.telling(), Vec::<String>::new(), "{mode:?}");
    house.is_silent().await;
}

async fn a_bare_card_moves(world: World, new_first: bool) {
    let mut house = discreet(world, Confidential::Redact).await;
    let (first, second) = house.with_a_second_project().await;
    house.configures(|config| config.routes[1].confidential = Confidential::Redact).await;
    house.turns_confidential(first, true).await;
    let card = house.card();
    assert!(is_bare(&card), "{card:?}");
    if new_first {
        house.hears_of(second.project).await;
        house.is_deaf_to(house.project);
        house.moves_away(first, second.project).await;
        assert_eq!(house.world.trello.cards(&second.board.id).len(), 1, "a card of its own, since nobody knew better");
        house.hears_of(house.project).await;
        house.gitlab.by("ana").labels(house.project, first, &["moved"], &[]).unwrap();
    } else {
        house.moves_away(first, second.project).await;
        house.hears_of(second.project).await;
        house.gitlab.by("ana").retitles(second.project, 1, "The password is hunter2").unwrap();
    }
    house.rests().await;
    house.looks().await;
    let cards = house.world.trello.cards(&second.board.id);
    assert_eq!((house.world.cards().len(), cards.len()), (0, 1), "{cards:?}");
    assert!(cards[0].id == card.id && is_bare(&cards[0]) && !cards[0].closed, "{cards:?}");
    assert!(cards[0].description.contains(&format!("/{}/1`", second.project)), "{cards:?}");
    house.is_silent().await;
}

stories! {
    async fn with_a_confidential_issue_its_twin_is_emptied_too(world: World) {
        a_twin_is_emptied(world, Confidential::Skip).await;
    }

    async fn under_redact_its_twin_is_emptied_too(world: World) {
        a_twin_is_emptied(world, Confidential::Redact).await;
    }

    async fn a_confidential_issue_that_moves_takes_its_bare_card_along(world: World) {
        a_bare_card_moves(world, false).await;
    }

    async fn it_takes_its_bare_card_along_also_where_the_new_issue_is_told_first(world: World) {
        a_bare_card_moves(world, true).await;
    }

    async fn of_a_deleted_card_nothing_is_told_or_kept_when_its_issue_turns_confidential_under_redact(world: World) {
        let mut house = discreet(world, Confidential::Redact).await;
        let room = Listener::start().await;
        let relay = Relay { filter: every_kind(), ..relay(&house.world, &["dev"]) };
        let rooms = vec![room.room("dev")];
        house.configures(|config| (config.relays, config.rooms) = (vec![relay], rooms)).await;
        house.looks().await;
        room.answers(Some(503));
        let iid = house.opens("The password is hunter2").await;
        house.world.trello.by("zoe").delete_card(&house.card().id).unwrap();
        house.looks().await;
        assert_eq!(house.parked(iid).await, Some(Parked::Deleted));
        house.turns_confidential(iid, true).await;
        room.answers(None);
        for _ in 0..3 {
            house.looks().await;
            house.world.later(Duration::from_secs(61)).await;
        }
        let (told, kept) = (room.events(), house.world.store.activities(None, 100).await.unwrap());
        assert!(told.iter().all(|event| !event.to_string().contains("hunter2")), "{told:?}");
        assert!(kept.iter().all(|activity| !activity.payload.contains("hunter2")), "{kept:?}");
        let link = house.world.store.link(&house.name_of(iid)).await.unwrap().unwrap();
        assert!(!format!("{link:?}").contains("hunter2") && link.parked == Some(Parked::Deleted), "{link:?}");
        house.gitlab.by("ana").closes(house.project, iid, true).unwrap();
        house.rests().await;
        house.gitlab.by("ana").closes(house.project, iid, false).unwrap();
        house.rests().await;
        assert!(is_bare(&house.card()), "reopened, it has a card again: {:?}", house.card());
    }

    async fn a_card_that_became_an_issue_goes_with_its_merge_requests_and_is_bared_with_it(world: World) {
        let mut house = House::filing(world).await;
        house.routes(|route| {
            route.confidential = Confidential::Redact;
            (route.merges.opened, route.merges.merged) = (Some("Doing".into()), Some("Done".into()));
        }).await;
        house.makes_card(0, "The password is hunter2", "It is cold.");
        house.looks().await;
        house.looks().await;
        let iid = house.issues()[0].iid;
        house.gitlab.by("ana").opens_merge_request(house.project, "Change hunter2", &format!("See #{iid}")).unwrap();
        house.rests().await;
        house.looks().await;
        assert_eq!((house.stands(), house.merge_requests(), house.issue(iid).labels), (1, 1, vec!["doing".to_owned()]));
        house.turns_confidential(iid, true).await;
        assert!(is_bare(&house.card()) && house.telling().is_empty() && house.stands() == 1, "{:?}", house.card());
        house.gitlab.by("ana").ends_merge_request(house.project, 1, true).unwrap();
        house.rests().await;
        house.looks().await;
        assert!(is_bare(&house.card()) && house.stands() == 1, "what names a confidential issue moves nothing");
        house.is_silent().await;
        house.turns_confidential(iid, false).await;
        house.looks().await;
        assert_eq!((house.world.cards().len(), house.issues().len(), house.merge_requests()), (1, 1, 1));
        assert!(house.card().name.ends_with("] The password is hunter2"), "{:?}", house.card());
        house.is_silent().await;
    }

    async fn a_moved_issue_s_merge_requests_hang_once_and_leave_when_it_turns_confidential(world: World) {
        let mut house = House::of(world).await;
        let (first, second) = house.with_a_second_project().await;
        house.gitlab.by("ana").opens_merge_request(house.project, "Change hunter2", &format!("See #{first}")).unwrap();
        house.rests().await;
        assert_eq!(house.merge_requests(), 1);
        house.moves_away(first, second.project).await;
        house.hears_of(second.project).await;
        house.gitlab.by("ana").retitles(second.project, 1, "Boiler is cold here").unwrap();
        house.rests().await;
        let hanging = |house: &House| {
            let cards = house.world.trello.cards(&second.board.id);
            cards.iter().flat_map(|card| card.attachments.clone()).filter(|url| url.contains("/merge_requests/")).count()
        };
        assert_eq!(hanging(&house), 1);
        let card = house.world.trello.cards(&second.board.id).remove(0);
        house.world.trello.by("zoe").comment(&card.id, "I am on it.").unwrap();
        house.gitlab.by("ana").makes_confidential(second.project, 1, true).unwrap();
        house.rests().await;
        assert_eq!((hanging(&house), house.world.trello.cards(&second.board.id)[0].closed), (0, true));
    }

    async fn the_card_of_an_unlinked_pair_stays_when_its_issue_is_deleted(world: World) {
        let house = crate::repair::house(world).await;
        let iid = house.opens("Boiler is cold").await;
        assert!(house.world.store.park(&house.name_of(iid), Some(Parked::Unlinked)).await.unwrap());
        house.gitlab.by("ana").deletes(house.project, iid).unwrap();
        for _ in 0..2 {
            house.a_day_passes().await;
        }
        assert_eq!((house.card().closed, house.parked(iid).await), (false, Some(Parked::Unlinked)));
    }

    async fn a_project_that_is_named_and_linked_is_swept_once(world: World) {
        let mut house = House::with(world, Direction::Gitlab, kanbridge::sandbox::gitlab::Clock::system()).await;
        house.routes(|route| route.project = ProjectPattern::Path("team/app".into())).await;
        house.opens("Boiler is cold").await;
        house.sweeps().await;
        house.gitlab.forget_calls();
        house.sweeps().await;
        let calls: Vec<String> = house.gitlab.calls().into_iter().map(|call| call.route).collect();
        let lists = calls.iter().filter(|route| *route == "GET /projects/{id}/issues").count();
        assert_eq!(lists, 1, "{calls:?}");
    }
}
