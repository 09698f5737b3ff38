//! An issue's milestone, type and weight as labels of its card, where the route asks for them.

use std::time::Duration;

use kanbridge::sandbox::gitlab::{Change, Clock, Kind};
use kanbridge::sandbox::trello::Fault;
use kanbridge::sync::facets::Facets;
use kanbridge::sync::rules::Direction;
use serde_json::json;

use crate::following::with_columns;
use crate::stories;
use crate::two_way::House;
use crate::world::{World, issue, updated};

const ALL: Facets = Facets { milestone: true, issue_type: true, weight: true };

impl House {
    async fn with_facets(world: World, fields: Direction) -> House {
        let mut house = House::with(world, fields, Clock::system()).await;
        house.routes(|route| route.facets = ALL).await;
        house
    }

    async fn changes(&self, iid: i64, change: Change) {
        self.gitlab.by("ana").changes(self.project, iid, &change).unwrap();
        self.rests().await;
        self.looks().await;
    }

    fn labels(&self) -> Vec<String> {
        let mut labels = self.card().labels;
        labels.sort();
        labels
    }
}

stories! {
    async fn milestone_type_and_weight_are_labels_of_the_card_and_no_labels_of_the_issue(world: World) {
        let house = House::with_facets(world, Direction::Both).await;
        let may = house.gitlab.add_milestone(house.project, "May release", None);
        let change = Change {
            milestone: Some(Some(may)),
            weight: Some(Some(3)),
            kind: Some(Kind::Incident),
            labels: Some(vec!["cellar".to_owned()]),
            ..Change::text("Boiler is cold", "It is cold.")
        };
        let iid = house.gitlab.by("ana").opens_with(house.project, &change).unwrap();
        house.rests().await;
        house.looks().await;
        assert_eq!(house.labels(), ["cellar", "milestone: May release", "type: incident", "weight: 3"]);
        let june = house.gitlab.add_milestone(house.project, "June release", None);
        let change = Change { milestone: Some(Some(june)), weight: Some(None), kind: Some(Kind::Issue), ..Change::default() };
        house.changes(iid, change).await;
        assert_eq!(house.labels(), ["cellar", "milestone: June release"]);
        assert_eq!(house.issue(iid).labels, ["cellar"]);
        house.is_silent().await;
    }

    async fn what_people_do_to_such_a_label_stays_on_the_card(world: World) {
        let house = House::with_facets(world, Direction::Both).await;
        let zoe = house.world.trello.by("zoe");
        let [three, eight] = ["weight: 3", "weight: 8"].map(|name| zoe.add_label(&house.world.board.id, name, None).unwrap());
        let iid = house.opens("Boiler is cold").await;
        house.changes(iid, Change { weight: Some(Some(3)), ..Change::default() }).await;
        assert_eq!(house.labels(), ["weight: 3"]);
        zoe.label_card(&house.card().id, &eight).unwrap();
        house.looks().await;
        assert_eq!(house.issue(iid).labels.len(), 0, "it never becomes a label in GitLab");
        zoe.unlabel_card(&house.card().id, &three).unwrap();
        house.looks().await;
        house.is_silent().await;
        assert_eq!(house.labels(), ["weight: 8"]);
        house.changes(iid, Change { weight: Some(Some(5)), ..Change::default() }).await;
        assert_eq!(house.labels(), ["weight: 5", "weight: 8"]);
    }

    async fn what_is_asked_for_no_longer_leaves_the_card(world: World) {
        let mut house = House::with_facets(world, Direction::Both).await;
        let iid = house.opens("Boiler is cold").await;
        house.changes(iid, Change { weight: Some(Some(3)), ..Change::default() }).await;
        assert_eq!(house.labels(), ["weight: 3"]);
        house.routes(|route| route.facets = Facets::default()).await;
        house.changes(iid, Change { title: Some("Boiler is warm".to_owned()), ..Change::default() }).await;
        assert_eq!((house.labels().len(), house.issue(iid).labels.len()), (0, 0));
    }

    async fn a_lost_answer_makes_no_label_of_the_issue(world: World) {
        let house = House::with_facets(world, Direction::Both).await;
        let iid = house.opens("Boiler is cold").await;
        for (weight, fault) in [(3, Fault::DropAfter), (5, Fault::TimeoutAfter), (8, Fault::Answer(503, "later"))] {
            house.world.trello.fail_next("POST /cards/{id}/idLabels", fault);
            house.changes(iid, Change { weight: Some(Some(weight)), ..Change::default() }).await;
            for _ in 0..3 {
                house.world.later(Duration::from_secs(61)).await;
                house.rests().await;
            }
            assert_eq!((house.labels(), house.issue(iid).labels.len()), (vec![format!("weight: {weight}")], 0));
        }
    }

    async fn a_milestone_that_nobody_told_by_name_is_left_out(mut_world: World) {
        let mut world = mut_world;
        with_columns(&mut world).await;
        world.restarts(|config| config.routes[0].facets = ALL).await;
        let mut hook = issue(23, "Boiler is cold");
        hook["object_attributes"]["milestone_id"] = json!(7);
        hook["object_attributes"]["weight"] = json!(2);
        world.sends("Issue Hook", &hook).await;
        world.turns().await;
        assert_eq!(world.cards()[0].labels, ["weight: 2"]);
        let told = world.store.told(&"gitlab.example.com/42/23".parse().unwrap(), 5).await.unwrap();
        assert!(told[0].1.contains("GITLAB_TOKEN"), "{told:?}");
        world.calls();
        world.sends("Issue Hook", &updated(hook, 60, "update")).await;
        world.turns().await;
        assert_eq!(world.calls(), Vec::<String>::new());
    }

    async fn by_default_no_card_has_them(world: World) {
        let house = House::of(world).await;
        let iid = house.opens("Boiler is cold").await;
        house.changes(iid, Change { weight: Some(Some(3)), ..Change::default() }).await;
        assert_eq!(house.labels().len(), 0);
    }
}
