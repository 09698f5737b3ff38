//! A board may go by several names: as a route calls it, and as a relay does. Its feed is read once for all of them, and
//! nothing that happens there is lost by whose turn reads it.

use std::time::Duration;

use crate::relay::relay;
use crate::room::Listener;
use crate::stories;
use crate::two_way::House;
use crate::world::World;

/// The names of the board in the route and in the relay.
async fn named(world: World, name: impl Fn(&World) -> (String, String)) -> (House, Listener) {
    let mut house = House::of(world).await;
    let listener = Listener::start().await;
    let (in_route, in_relay) = name(&house.world);
    let told = kanbridge::relay::Relay { board: in_relay, ..relay(&house.world, &["dev"]) };
    let room = listener.room("dev");
    house
        .configures(|config| {
            config.routes[0].board = Some(in_route);
            config.routes[0].create_issues = true;
            (config.relays, config.rooms) = (vec![told], vec![room]);
        })
        .await;
    house.looks().await;
    (house, listener)
}

async fn what_happens_is_carried_on_and_told(house: &House, listener: &Listener) {
    let iid = house.opens("Boiler is cold").await;
    let card = house.card();
    listener.heard();
    house.world.trello.by("zoe").comment(&card.id, "I heard it, too.").unwrap();
    house.world.trello.by("zoe").move_card(&card.id, &house.world.board.lists[2]).unwrap();
    let made = house.makes_card(0, "Pump rattles", "Loudly.");
    house.looks().await;
    house.world.later(Duration::from_secs(2)).await;
    house.rests().await;
    let notes = house.gitlab.notes(house.project, iid);
    assert!(notes.iter().any(|note| note.body.contains("I heard it, too.")), "{notes:?}");
    assert!(house.issue(iid).closed);
    assert_eq!(house.issue(iid + 1).title, "Pump rattles", "{made} has come");
    let heard = listener.heard();
    let times = |part: &str| heard.iter().filter(|told| told.contains(part)).count();
    assert_eq!((times("I heard it, too."), times("zoe created Pump rattles")), (1, 1), "{heard:?}");
    house.is_silent().await;
}

stories! {
    async fn edits_on_a_board_that_a_relay_knows_by_its_id_reach_the_issue(world: World) {
        let (house, listener) =
            named(world, |world| (world.board.short_link.clone(), world.board.id.clone())).await;
        what_happens_is_carried_on_and_told(&house, &listener).await;
    }

    async fn edits_on_a_board_that_a_route_knows_by_its_id_reach_the_issue(world: World) {
        let (house, listener) =
            named(world, |world| (world.board.id.clone(), world.board.short_link.clone())).await;
        what_happens_is_carried_on_and_told(&house, &listener).await;
    }

    async fn what_stood_on_a_relayed_board_before_its_route_became_two_way_is_compared(world: World) {
        let (mut house, _listener) =
            named(world, |world| (world.board.id.clone(), world.board.short_link.clone())).await;
        let iid = house.opens("Boiler is cold").await;
        let ways = house.world.config.routes[0].fields;
        let one_way = kanbridge::sync::rules::Fields::all(kanbridge::sync::rules::Direction::Gitlab);
        house.routes(|route| (route.fields, route.create_issues) = (one_way, false)).await;
        house.looks().await;
        house.world.trello.by("zoe").comment(&house.card().id, "Nobody reads this yet.").unwrap();
        house.looks().await;
        house.routes(|route| route.fields = ways).await;
        house.looks().await;
        house.gitlab.by("ana").comments(house.project, iid, "And this?").unwrap();
        house.rests().await;
        let notes = house.gitlab.notes(house.project, iid);
        assert!(notes.iter().any(|note| note.body.contains("Nobody reads this yet.")), "{notes:?}");
    }
}
