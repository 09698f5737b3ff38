//! Issues that are deleted in GitLab: their cards go to the archive, unless so many are gone that it may be a mistake.

use std::time::Duration;

use kanbridge::model::{IssueRef, Parked, Secret};
use kanbridge::sandbox::gitlab::Fault;
use kanbridge::sandbox::trello::CardView;

use crate::repair::house;
use crate::stories;
use crate::two_way::House;

const DAY: Duration = Duration::from_secs(86_401);

impl House {
    pub(crate) fn name_of(&self, iid: i64) -> IssueRef {
        format!("{}/{}/{iid}", self.world.config.gitlab.instance, self.project).parse().unwrap()
    }

    pub(crate) fn card_of(&self, iid: i64) -> CardView {
        let named = |card: &CardView| card.name.starts_with(&format!("[ ISSUE {iid} ] "));
        self.world.cards().into_iter().find(named).unwrap()
    }

    /// The next day has come, and the roll was called.
    pub(crate) async fn a_day_passes(&self) {
        self.world.later(DAY).await;
        self.rests().await;
    }

    async fn has(&self, count: usize) {
        for number in 1..=count {
            self.gitlab.by("ana").opens(self.project, &format!("Radiator {number}"), "It is cold.").unwrap();
        }
        self.rests().await;
    }

    fn archived(&self) -> usize {
        self.world.cards().iter().filter(|card| card.closed).count()
    }

    pub(crate) async fn parked(&self, iid: i64) -> Option<Parked> {
        self.world.store.link(&self.name_of(iid)).await.unwrap().unwrap().parked
    }
}

stories! {
    async fn the_card_of_a_deleted_issue_is_archived_and_not_made_again(world: World) {
        let house = house(world).await;
        house.has(3).await;
        house.gitlab.by("ana").deletes(house.project, 2).unwrap();
        house.a_day_passes().await;
        assert_eq!((house.archived(), house.card_of(2).closed, house.parked(2).await), (1, true, Some(Parked::Gone)));
        let told = house.world.store.told(&house.name_of(2), 10).await.unwrap();
        assert!(told.iter().any(|(_, told)| told.contains("was deleted in GitLab")), "{told:?}");
        house.writes();
        for _ in 0..3 {
            house.a_day_passes().await;
        }
        assert_eq!(house.writes(), Vec::<String>::new());
        assert_eq!(house.world.cards().len(), 3);
    }

    async fn the_roll_is_called_once_a_day_and_a_hundred_at_a_time(world: World) {
        let house = house(world).await;
        house.has(130).await;
        house.world.clock.advance(DAY);
        house.gitlab.by("ana").retitles(house.project, 1, "The newest of all").unwrap();
        house.rests().await;
        house.gitlab.forget_calls();
        house.a_day_passes().await;
        let lists = |house: &House| {
            let calls = house.gitlab.calls();
            house.gitlab.forget_calls();
            calls.iter().filter(|call| call.route == "GET /projects/{id}/issues").count()
        };
        let with_roll = lists(&house);
        house.world.later(Duration::from_secs(601)).await;
        assert_eq!(with_roll - lists(&house), 2, "a hundred, and thirty");
    }

    async fn what_cannot_be_seen_is_not_gone(world: World) {
        let mut house = house(world).await;
        house.has(3).await;
        let guest = house.gitlab.add_user("bridge", "Bridge");
        house.gitlab.add_token("glpat-guest", guest, &["api"], None);
        house.gitlab.by("ana").deletes(house.project, 2).unwrap();
        house.world.restarts(|config| config.gitlab.token = Some(Secret::new("glpat-guest"))).await;
        house.a_day_passes().await;
        assert_eq!(house.archived(), 0, "the project is hidden from who is no member");
        house.gitlab.add_member(house.project, guest, 10);
        house.gitlab.by("ana").makes_confidential(house.project, 3, true).unwrap();
        house.a_day_passes().await;
        assert_eq!(house.archived(), 0, "a guest cannot tell a deleted issue from a confidential one");
        house.gitlab.add_member(house.project, guest, 15);
        house.a_day_passes().await;
        assert_eq!((house.archived(), house.card_of(2).closed), (1, true));
    }

    async fn a_gitlab_that_stumbles_during_the_roll_call_loses_nobody_s_card(world: World) {
        let house = house(world).await;
        house.has(3).await;
        for answer in [Fault::Answer(502, "bad gateway"), Fault::Answer(404, r#"{"message":"404 Project Not Found"}"#)] {
            house.gitlab.fail_next("GET /projects/{id}/issues", answer.clone());
            house.gitlab.fail_next("GET /projects/{id}/issues", answer);
            house.a_day_passes().await;
        }
        for _ in 0..5 {
            house.world.later(Duration::from_secs(61)).await;
        }
        assert_eq!(house.archived(), 0);
    }

    async fn where_too_many_are_gone_nothing_happens_until_an_operator_approves(world: World) {
        let house = house(world).await;
        house.has(14).await;
        for iid in 1..=11 {
            house.gitlab.by("ana").deletes(house.project, iid).unwrap();
        }
        for _ in 0..2 {
            house.a_day_passes().await;
            assert_eq!((house.archived(), house.world.store.missing().await.unwrap().len()), (0, 11));
        }
        house.gitlab.by("ana").retitles(house.project, 12, "Radiator is warm").unwrap();
        house.rests().await;
        assert_eq!(house.card_of(12).name, "[ ISSUE 12 ] Radiator is warm", "the others are followed");
        assert_eq!(house.world.store.approve("team/app").await.unwrap(), 11);
        house.rests().await;
        assert_eq!((house.archived(), house.world.store.missing().await.unwrap().len()), (11, 0));
    }

    async fn ten_of_a_route_are_few(world: World) {
        let house = house(world).await;
        house.has(14).await;
        for iid in 1..=10 {
            house.gitlab.by("ana").deletes(house.project, iid).unwrap();
        }
        house.a_day_passes().await;
        assert_eq!((house.archived(), house.world.store.missing().await.unwrap().len()), (10, 0));
    }

    async fn an_issue_that_is_there_again_gets_its_card_back(world: World) {
        let mut house = house(world).await;
        house.has(3).await;
        let bridge = house.gitlab.add_user("bridge", "Bridge");
        house.gitlab.add_member(house.project, bridge, 40);
        house.gitlab.add_token("glpat-bridge", bridge, &["api"], None);
        house.world.restarts(|config| config.gitlab.token = Some(Secret::new("glpat-bridge"))).await;
        let kept = house.gitlab.hides(house.project, 2).unwrap();
        house.a_day_passes().await;
        assert!(house.card_of(2).closed);
        house.gitlab.shows(kept);
        house.a_day_passes().await;
        let card = house.card_of(2);
        assert_eq!((card.closed, &card.list, house.parked(2).await), (false, &house.world.board.lists[0], None));
        assert_eq!(house.world.cards().len(), 3);
    }
}

mod two_way {
    use super::*;

    stories! {
        async fn a_card_moved_after_its_issue_was_deleted_is_archived_by_the_next_sweep(world: World) {
            let house = House::of(world).await;
            house.has(2).await;
            house.looks().await;
            house.a_day_passes().await;
            house.gitlab.by("ana").deletes(house.project, 1).unwrap();
            let lists = house.world.board.lists.clone();
            house.world.trello.by("zoe").move_card(&house.card_of(1).id, &lists[2]).unwrap();
            for _ in 0..12 {
                house.world.later(Duration::from_secs(61)).await;
                house.rests().await;
            }
            assert_eq!((house.card_of(1).closed, house.card_of(2).closed), (true, false));
            assert_eq!(house.world.store.count_failed().await.unwrap(), 0);
            house.is_silent().await;
        }
    }
}
