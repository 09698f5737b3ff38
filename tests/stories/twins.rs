//! Two cards with one issue's mark: the linked one stays, the other goes to the archive.

use std::time::Duration;

use crate::stories;
use crate::two_way::House;

impl House {
    pub(crate) fn twin(&self, name: &str) -> String {
        let card = self.card();
        self.world.trello.by("zoe").add_card(&card.list, name, &card.description).unwrap()
    }
}

stories! {
    async fn a_second_card_with_an_issue_s_mark_is_archived_and_the_linked_one_stays(world: World) {
        let mut house = House::of(world).await;
        let iid = house.opens("Boiler is cold").await;
        let first = house.card().id;
        let second = house.twin("[ ISSUE 1 ] Boiler is cold");
        let own = house.twin("Order parts for the boiler");
        house.routes(|_| {}).await;
        house.looks().await;
        let archived: Vec<String> =
            house.world.cards().into_iter().filter(|card| card.closed).map(|card| card.id).collect();
        assert_eq!(archived, [second], "not {first}, and not {own}, which has a name of its own");
        let id = format!("{}/{}/{iid}", house.world.config.gitlab.instance, house.project).parse().unwrap();
        let told = house.world.store.told(&id, 10).await.unwrap();
        assert!(told.iter().any(|(_, told)| told.contains("a second card")), "{told:?}");
        house.is_silent().await;
    }

    async fn one_that_appears_while_the_bridge_runs_is_archived_within_an_hour_or_so(world: World) {
        let house = House::of(world).await;
        house.opens("Boiler is cold").await;
        house.looks().await;
        let second = house.twin("[ ISSUE 1 ] Boiler is cold");
        house.looks().await;
        assert!(!house.card_with(&second).closed);
        for _ in 0..3 {
            house.world.later(Duration::from_secs(1500)).await;
            house.rests().await;
        }
        let closed: Vec<String> = house.world.cards().into_iter().filter(|card| card.closed).map(|card| card.id).collect();
        assert_eq!(closed, [second]);
        house.is_silent().await;
    }

    async fn a_copy_with_a_name_of_its_own_is_people_s_and_not_looked_at_again(world: World) {
        let house = House::of(world).await;
        house.opens("Boiler is cold").await;
        house.looks().await;
        let own = house.twin("Order parts for the boiler");
        let hours = async || {
            for _ in 0..3 {
                house.world.later(Duration::from_secs(1500)).await;
                house.rests().await;
            }
            house.world.calls().into_iter().filter(|call| call == "GET /cards/{id}").count()
        };
        hours().await;
        assert_eq!((hours().await, house.card_with(&own).closed), (0, false));
        house.is_silent().await;
    }

    async fn boards_are_not_read_more_often_for_it(world: World) {
        let mut house = House::of(world).await;
        house.opens("Boiler is cold").await;
        house.routes(|_| {}).await;
        house.looks().await;
        let reads = |house: &House| house.world.calls().into_iter().filter(|call| call == "GET /boards/{id}/cards").count();
        assert_eq!(reads(&house), 2, "once by each process");
        for _ in 0..5 {
            house.looks().await;
        }
        assert_eq!(reads(&house), 0);
    }
}
