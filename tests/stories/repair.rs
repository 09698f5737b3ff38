//! What no hook told is found, hooks that GitLab switched off are switched on again.

use std::time::Duration;

use jiff::Timestamp;
use kanbridge::model::{Key, Rank};
use kanbridge::sandbox::gitlab::{Change, Clock, Fault};
use kanbridge::sync::rules::Direction;

use crate::stories;
use crate::two_way::House;
use crate::world::World;

const SWEEP: Duration = Duration::from_secs(601);

/// A house whose GitLab has the bridge's time, and whose cards follow their issues.
pub(crate) async fn house(world: World) -> House {
    let clock = world.clock.clone();
    let clock = Clock::new(move || Timestamp::from_microsecond(clock.now().0).unwrap());
    House::with(world, Direction::Gitlab, clock).await
}

impl House {
    /// The next sweep, and what follows from it.
    async fn sweeps(&self) {
        self.world.later(SWEEP).await;
        self.rests().await;
    }

    async fn passes(&self) {
        self.world.clock.advance(Duration::from_secs(60));
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.world.cards().into_iter().map(|card| card.name).collect();
        names.sort();
        names
    }
}

stories! {
    async fn with_all_hooks_lost_everything_is_right_after_the_sweep_and_counted(world: World) {
        let house = house(world).await;
        let kept = house.opens("Kept").await;
        let closed = house.opens("Closed").await;
        house.gitlab.delete_hook(house.hook);
        house.passes().await;
        let ana = house.gitlab.by("ana");
        ana.retitles(house.project, kept, "Renamed").unwrap();
        ana.closes(house.project, closed, true).unwrap();
        ana.opens(house.project, "New", "").unwrap();
        house.sweeps().await;
        assert_eq!(house.names(), ["[ ISSUE 1 ] Renamed", "[ ISSUE 2 ] Closed", "[ ISSUE 3 ] New"]);
        let done = house.world.cards().into_iter().find(|card| card.name.ends_with("Closed")).unwrap();
        assert_eq!(done.list, house.world.board.lists[2]);
        assert_eq!(house.world.store.recovered().await.unwrap(), 3);
        house.writes();
        house.sweeps().await;
        assert_eq!((house.writes(), house.world.store.recovered().await.unwrap()), (Vec::new(), 3));
    }

    async fn what_hooks_told_is_not_counted_as_recovered(world: World) {
        let house = house(world).await;
        let iid = house.opens("Boiler is cold").await;
        for title in ["Boiler is tepid", "Boiler is warm"] {
            house.passes().await;
            house.gitlab.by("ana").retitles(house.project, iid, title).unwrap();
            house.gitlab.by("ana").comments(house.project, iid, "Nearly.").unwrap();
            house.rests().await;
        }
        house.sweeps().await;
        assert_eq!(house.world.store.recovered().await.unwrap(), 0);
    }

    async fn more_than_a_page_is_swept_and_none_is_left_out(world: World) {
        let house = house(world).await;
        house.gitlab.delete_hook(house.hook);
        house.sweeps().await;
        // All of one moment: pages have to be counted.
        for number in 0..230 {
            house.gitlab.by("ana").opens(house.project, &format!("Radiator {number}"), "").unwrap();
        }
        house.sweeps().await;
        assert_eq!(house.names().len(), 230);
    }

    async fn an_issue_that_turned_confidential_unseen_is_hidden_by_the_sweep(world: World) {
        let house = house(world).await;
        let iid = house.opens("The password is hunter2").await;
        house.gitlab.delete_hook(house.hook);
        house.passes().await;
        house.gitlab.by("ana").makes_confidential(house.project, iid, true).unwrap();
        house.sweeps().await;
        assert_eq!(house.names(), Vec::<String>::new());
    }

    async fn a_sweep_that_fails_is_made_up_for(world: World) {
        let house = house(world).await;
        let iid = house.opens("Boiler is cold").await;
        house.gitlab.delete_hook(house.hook);
        house.passes().await;
        house.gitlab.by("ana").retitles(house.project, iid, "Boiler is warm").unwrap();
        for _ in 0..4 {
            house.gitlab.fail_next("GET /projects/{id}/issues", Fault::Answer(502, "bad gateway"));
        }
        house.sweeps().await;
        assert_eq!(house.card().name, "[ ISSUE 1 ] Boiler is cold");
        for _ in 0..5 {
            house.world.later(Duration::from_secs(61)).await;
        }
        house.rests().await;
        assert_eq!(house.card().name, "[ ISSUE 1 ] Boiler is warm");
    }

    async fn a_project_that_is_refused_stops_no_sweep(world: World) {
        let house = house(world).await;
        let iid = house.opens("Boiler is cold").await;
        house.gitlab.delete_hook(house.hook);
        house.passes().await;
        house.gitlab.by("ana").retitles(house.project, iid, "Boiler is warm").unwrap();
        for _ in 0..5 {
            house.gitlab.fail_next("GET /projects/{id}", Fault::Answer(403, r#"{"message":"403 Forbidden"}"#));
            house.gitlab.fail_next("GET /projects/{id}", Fault::Answer(403, r#"{"message":"403 Forbidden"}"#));
            house.sweeps().await;
            assert_eq!(house.card().name, "[ ISSUE 1 ] Boiler is cold");
        }
        assert_eq!(house.world.store.count_failed().await.unwrap(), 0);
        house.sweeps().await;
        assert_eq!(house.card().name, "[ ISSUE 1 ] Boiler is warm");
    }

    async fn a_hook_that_gitlab_switched_off_is_switched_on_again_and_the_gap_swept(world: World) {
        let house = house(world).await;
        let iid = house.opens("Boiler is cold").await;
        house.passes().await;
        let away = house.gitlab.hooks(house.project)[0].url.clone();
        house.gitlab.point_hook(house.hook, "http://127.0.0.1:9/webhooks/gitlab");
        for number in 0..4 {
            house.gitlab.by("ana").retitles(house.project, iid, &format!("Boiler {number}")).unwrap();
            house.gitlab.settled().await;
        }
        house.gitlab.point_hook(house.hook, &away);
        assert_eq!(house.gitlab.hooks(house.project)[0].status, "temporarily_disabled");
        house.world.store.mark(&Key::Sweep, Rank::Live, None).await.unwrap();
        house.rests().await;
        assert_eq!(house.gitlab.hooks(house.project)[0].status, "executable");
        assert_eq!(house.card().name, "[ ISSUE 1 ] Boiler 3");
        let change = Change { title: Some("Boiler is warm".into()), ..Change::default() };
        house.gitlab.by("ana").changes(house.project, iid, &change).unwrap();
        house.rests().await;
        assert_eq!(house.card().name, "[ ISSUE 1 ] Boiler is warm");
    }
}
