//! What nobody touched costs no call.

use std::time::Duration;

use kanbridge::relay::Relay;
use kanbridge::sandbox::gitlab::Change;
use kanbridge::sandbox::trello::Fault;

use crate::relay::{looks, relay};
use crate::room::Listener;
use crate::stories;
use crate::two_way::House;
use crate::watches::Post;
use crate::wishing::{asked_in, types};
use crate::world::World;

impl House {
    /// A two-way pair on which everything has been said and looked at.
    async fn settled(world: World) -> (Self, i64) {
        let house = House::of(world).await;
        let iid = house.opens("Boiler is cold").await;
        house.looks().await;
        house.world.calls();
        (house, iid)
    }
}

impl Post {
    /// The same where the board is watched.
    async fn settled(&self) -> (&House, i64) {
        let house = &self.house;
        house.rests().await;
        let iid = house.opens("Boiler is cold").await;
        self.hears("createCard", 1).await;
        house.looks().await;
        (house, iid)
    }
}

/// Somebody cannot decide what the issue is called.
async fn hundred_titles(house: &House, iid: i64) {
    for number in 1..=100 {
        house.gitlab.by("ana").retitles(house.project, iid, &format!("Boiler {number}")).unwrap();
    }
    house.rests().await;
}

/// A new title gets no answer, another one follows, and then Trello carries the first one out.
async fn carried_out_late(house: &House, iid: i64, title: &str) {
    house.world.trello.fail_next("PUT /cards/{id}", Fault::ApplyLater);
    house.gitlab.by("ana").retitles(house.project, iid, "Boiler is warm").unwrap();
    house.rests().await;
    house.gitlab.by("ana").retitles(house.project, iid, title).unwrap();
    house.world.later(Duration::from_secs(5)).await;
    house.rests().await;
    let name = format!("[ ISSUE {iid} ] {title}");
    assert_eq!(house.card().name, name);
    house.world.trello.apply_held_work();
    assert_eq!(house.card().name, format!("[ ISSUE {iid} ] Boiler is warm"));
    for _ in 0..3 {
        house.world.later(Duration::from_secs(61)).await;
        house.rests().await;
    }
    assert_eq!((house.issue(iid).title.as_str(), house.card().name.as_str()), (title, name.as_str()));
    house.is_silent().await;
}

stories! {
    async fn an_event_that_changes_nothing_costs_no_call_on_a_two_way_route(world: World) {
        let (house, iid) = House::settled(world).await;
        // Its weight is none of the card's business.
        let weight = |weight| Change { weight: Some(Some(weight)), ..Change::default() };
        for number in 1..=5 {
            house.gitlab.by("ana").changes(house.project, iid, &weight(number)).unwrap();
            house.rests().await;
        }
        assert_eq!(house.world.calls(), Vec::<String>::new());
    }

    async fn a_burst_of_a_hundred_title_edits_costs_three_calls(world: World) {
        let (house, iid) = House::settled(world).await;
        hundred_titles(&house, iid).await;
        let calls = house.world.calls();
        assert!(calls.len() <= 3, "{calls:?}");
        assert_eq!(house.card().name, "[ ISSUE 1 ] Boiler 100");
    }

    async fn a_burst_of_title_edits_costs_three_calls_though_a_watch_tells_of_each_write(world: World) {
        let post = Post::of(world).await;
        let (house, iid) = post.settled().await;
        house.world.calls();
        hundred_titles(house, iid).await;
        post.hears("updateCard", 1).await;
        house.rests().await;
        let calls = house.world.calls();
        assert!(calls.len() <= 3, "{calls:?}");
        assert_eq!(house.card().name, "[ ISSUE 1 ] Boiler 100");
        house.is_silent().await;
    }

    async fn what_is_written_elsewhere_with_the_same_token_is_news_when_a_watch_tells_of_it(world: World) {
        let post = Post::of(world).await;
        let (house, iid) = post.settled().await;
        let card = house.card().id;
        post.asks("PUT", &format!("/cards/{card}"), &[("name", "[ ISSUE 1 ] Boiler is warm")]).await;
        post.hears("updateCard", 1).await;
        house.rests().await;
        assert_eq!(house.issue(iid).title, "Boiler is warm");
        house.is_silent().await;
    }

    async fn a_wish_is_news_for_its_issue_when_a_watch_tells_of_it(world: World) {
        let room = Listener::start().await;
        let post = Post::with(world, |config| config.rooms.push(asked_in(&room))).await;
        let (house, iid) = post.settled().await;
        types(house, &format!("done #{iid}")).await;
        post.hears("updateCard", 1).await;
        house.rests().await;
        assert!(house.issue(iid).closed, "though the bridge itself wrote on the card: {:?}", room.events());
        house.is_silent().await;
    }

    async fn ten_relayed_boards_cost_a_call_each_and_look(mut_world: World) {
        let mut world = mut_world;
        let room = Listener::start().await;
        let boards: Vec<_> = (0..10).map(|number| world.trello.add_board(&format!("Board {number}"), &["To do"])).collect();
        let rooms = vec![room.room("dev")];
        let relays = boards.iter().map(|board| Relay { board: board.short_link.clone(), ..relay(&world, &["dev"]) }).collect();
        world.restarts(|config| (config.relays, config.rooms) = (relays, rooms)).await;
        for _ in 0..2 {
            looks(&world).await;
        }
        world.calls();
        looks(&world).await;
        assert_eq!(world.calls(), vec!["GET /boards/{id}/actions"; 10]);
    }

    async fn an_edit_on_the_card_is_carried_over_though_an_idle_event_came_first(world: World) {
        let (house, iid) = House::settled(world).await;
        house.world.trello.by("zoe").rename_card(&house.card().id, "[ ISSUE 1 ] Boiler is warm").unwrap();
        let idle = Change { weight: Some(Some(3)), ..Change::default() };
        house.gitlab.by("ana").changes(house.project, iid, &idle).unwrap();
        house.rests().await;
        assert_eq!(house.issue(iid).title, "Boiler is cold");
        house.looks().await;
        assert_eq!(house.issue(iid).title, "Boiler is warm");
        house.is_silent().await;
    }

    async fn what_the_feed_told_is_not_forgotten_when_the_card_cannot_be_read(world: World) {
        let (house, iid) = House::settled(world).await;
        house.world.trello.by("zoe").rename_card(&house.card().id, "[ ISSUE 1 ] Boiler is warm").unwrap();
        for _ in 0..2 {
            house.world.trello.fail_next("GET /cards/{id}", Fault::Answer(500, "oops"));
        }
        for _ in 0..4 {
            house.world.later(Duration::from_secs(61)).await;
            house.rests().await;
        }
        assert_eq!(house.issue(iid).title, "Boiler is warm");
    }

    async fn a_write_that_trello_carries_out_late_is_known_as_ours_and_written_over(world: World) {
        let (house, iid) = House::settled(world).await;
        carried_out_late(&house, iid, "Boiler is hot").await;
    }

    async fn also_where_the_issue_is_called_as_before_by_then(world: World) {
        let (house, iid) = House::settled(world).await;
        carried_out_late(&house, iid, "Boiler is cold").await;
    }

    async fn also_where_a_watch_tells_of_it(world: World) {
        let post = Post::of(world).await;
        let (house, iid) = post.settled().await;
        carried_out_late(house, iid, "Boiler is hot").await;
    }

    async fn a_write_whose_answer_was_lost_is_looked_at_again(world: World) {
        let (house, iid) = House::settled(world).await;
        house.world.trello.fail_next("PUT /cards/{id}", Fault::DropAfter);
        house.gitlab.by("ana").retitles(house.project, iid, "Boiler is warm").unwrap();
        house.rests().await;
        house.gitlab.by("ana").retitles(house.project, iid, "Boiler is cold").unwrap();
        for _ in 0..3 {
            house.world.later(Duration::from_secs(61)).await;
            house.rests().await;
        }
        assert_eq!((house.issue(iid).title.as_str(), house.card().name.as_str()), ("Boiler is cold", "[ ISSUE 1 ] Boiler is cold"));
        house.is_silent().await;
    }
}
