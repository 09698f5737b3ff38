//! What hooks told may be old, and what people did on the card must not lose against it.

use std::time::Duration;

use jiff::Timestamp;
use kanbridge::model::Discretion;
use kanbridge::sandbox::gitlab::{Change, Clock, Era, Fault, Options, Shuffle};
use kanbridge::sync::rules::Direction;
use kanbridge::worker::known;

use crate::stories;
use crate::two_way::{House, POLL};

/// The title as the bridge has it.
async fn known_title(house: &House, iid: i64) -> String {
    let instance = &house.world.config.gitlab.instance;
    let id = format!("{instance}/{}/{iid}", house.project).parse().unwrap();
    known(&house.world.store, &Discretion::default(), &id).await.unwrap().unwrap().issue.ticket.title
}

stories! {
    async fn a_hook_of_the_same_second_that_comes_last_takes_nothing_back(world: World) {
        let clock = world.clock.clone();
        let clock = Clock::new(move || Timestamp::from_microsecond(clock.now().0).unwrap());
        let house = House::beside(world, Direction::Both, Options { clock, era: Era::Keyed, ..Options::default() }).await;
        let iid = house.opens("Boiler is cold").await;
        house.world.clock.advance(POLL);
        house.gitlab.hold();
        let due = Change { due_date: Some(Some("2026-06-03".into())), ..Change::default() };
        house.gitlab.by("ana").changes(house.project, iid, &due).unwrap();
        house.world.trello.by("zoe").rename_card(&house.card().id, "[ ISSUE 1 ] Boiler is warm").unwrap();
        house.world.clock.advance(Duration::from_millis(300));
        house.world.turns().await;
        assert_eq!(house.issue(iid).title, "Boiler is warm");
        // The hook of our own write comes first, then the one that was told before it.
        house.gitlab.let_go(Shuffle { seed: Some(1), ..Shuffle::default() });
        house.gitlab.settled().await;
        assert_eq!(known_title(&house, iid).await, "Boiler is cold", "told last, in whole seconds");
        house.writes();
        house.rests().await;
        assert_eq!(house.writes(), Vec::<String>::new());
        assert_eq!((house.issue(iid).title.as_str(), house.card().name.as_str()), ("Boiler is warm", "[ ISSUE 1 ] Boiler is warm"));
    }

    async fn a_write_of_which_nothing_is_known_yet_is_looked_for(world: World) {
        let house = House::of(world).await;
        let iid = house.opens("Boiler is cold").await;
        house.gitlab.hold();
        house.gitlab.fail_next("PUT /projects/{id}/issues/{id}", Fault::DropAfter);
        let zoe = house.world.trello.by("zoe");
        zoe.assign(&house.card().id, "ana_trello").unwrap();
        house.world.later(POLL).await;
        assert_eq!(house.issue(iid).assignees, ["ana"]);
        zoe.unassign(&house.card().id, "ana_trello").unwrap();
        for _ in 0..3 {
            house.world.later(Duration::from_secs(61)).await;
        }
        house.gitlab.let_go(Shuffle { lost: 100, ..Shuffle::default() });
        house.looks().await;
        assert_eq!((house.issue(iid).assignees.len(), house.card().members.len()), (0, 0), "what Zoe did last");
        house.is_silent().await;
    }
}
