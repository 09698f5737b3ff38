//! What no hook told is found, hooks that GitLab switched off are switched on again.

use std::time::Duration;

use jiff::Timestamp;
use kanbridge::gitlab::GitLab;
use kanbridge::model::{Key, Rank, Secret};
use kanbridge::net::{Http, HttpOptions, ProxyOptions};
use kanbridge::sandbox::gitlab::{Change, Clock, Fault, NewHook, Shuffle};
use kanbridge::sync::rules::{Direction, ProjectPattern};
use kanbridge::worker::{Asked, Tally, import_page};

use crate::stories;
use crate::two_way::House;
use crate::world::{MORNING, World};

const SWEEP: Duration = Duration::from_secs(601);

/// A house whose GitLab has the bridge's time, and whose cards follow their issues.
pub(crate) async fn house(world: World) -> House {
    in_time(world, Direction::Gitlab).await
}

/// A house whose GitLab has the bridge's time.
pub(crate) async fn in_time(world: World, fields: Direction) -> House {
    let clock = world.clock.clone();
    let clock = Clock::new(move || Timestamp::from_microsecond(clock.now().0).unwrap());
    House::with(world, fields, clock).await
}

impl House {
    /// The next sweep, and what follows from it.
    pub(crate) async fn sweeps(&self) {
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

    async fn a_change_that_gitlab_s_lists_show_late_is_found_behind_a_newer_one(world: World) {
        let house = house(world).await;
        let (late, early) = (house.opens("Late").await, house.opens("Early").await);
        house.gitlab.delete_hook(house.hook);
        house.sweeps().await;
        house.gitlab.by("ana").retitles(house.project, late, "Late, and renamed").unwrap();
        let hidden = house.gitlab.hides(house.project, late).unwrap();
        house.passes().await;
        house.gitlab.by("ana").retitles(house.project, early, "Early, and renamed").unwrap();
        house.sweeps().await;
        assert_eq!(house.names(), ["[ ISSUE 1 ] Late", "[ ISSUE 2 ] Early, and renamed"]);
        house.gitlab.shows(hidden);
        house.sweeps().await;
        assert_eq!(house.names(), ["[ ISSUE 1 ] Late, and renamed", "[ ISSUE 2 ] Early, and renamed"]);
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

/// What was last said of something; empty where it is in order.
async fn said(house: &House, about: &str) -> String {
    house.world.store.pin("said", about).await.unwrap().unwrap_or_default()
}

/// The sweep comes now.
async fn is_swept(house: &House) {
    house.world.store.mark(&Key::Sweep, Rank::Live, None).await.unwrap();
    house.rests().await;
}

const FORBIDDEN: Fault = Fault::Answer(403, r#"{"message":"403 Forbidden"}"#);

/// What is said of hooks and tokens, since nobody looks at a bridge that works.
mod told {
    use super::*;

    stories! {
        async fn hooks_that_the_token_may_not_see_are_said_once_and_the_issues_are_swept(world: World) {
            let house = house(world).await;
            let iid = house.opens("Boiler is cold").await;
            house.gitlab.delete_hook(house.hook);
            house.gitlab.by("ana").retitles(house.project, iid, "Boiler is warm").unwrap();
            house.gitlab.fail_next("GET /projects/{id}/hooks", FORBIDDEN);
            house.sweeps().await;
            let told = said(&house, "hooks of team/app").await;
            assert!(told.contains("cannot be watched") && told.contains("403"), "{told}");
            assert_eq!(house.card().name, "[ ISSUE 1 ] Boiler is warm");
            house.sweeps().await;
            assert_eq!(said(&house, "hooks of team/app").await, "");
        }

        async fn a_hook_that_cannot_be_switched_on_again_is_said_with_the_cure_until_it_can(world: World) {
            let house = house(world).await;
            let iid = house.opens("Boiler is cold").await;
            let (hook, about) = (house.hook, format!("test of hook {} of team/app", house.hook));
            let here = house.gitlab.hooks(house.project)[0].url.clone();
            house.gitlab.point_hook(hook, "http://127.0.0.1:9/webhooks/gitlab");
            for number in 0..4 {
                house.gitlab.by("ana").retitles(house.project, iid, &format!("Boiler {number}")).unwrap();
                house.gitlab.settled().await;
            }
            is_swept(&house).await;
            let told = said(&house, &about).await;
            assert!(told.contains("could not be switched on again") && told.contains("PUBLIC_URL"), "{told}");
            assert!(said(&house, &format!("hook {hook} of team/app")).await.contains("has switched hook"));
            assert_eq!(house.card().name, "[ ISSUE 1 ] Boiler 3", "it is swept all the same");
            // Who may see hooks and not edit them.
            house.gitlab.fail_next("POST /projects/{id}/hooks/{id}/test/issues_events", FORBIDDEN);
            is_swept(&house).await;
            let told = said(&house, &about).await;
            assert!(told.contains("could not be switched on again") && told.contains("403"), "{told}");
            house.gitlab.point_hook(hook, &here);
            is_swept(&house).await;
            assert_eq!(house.gitlab.hooks(house.project)[0].status, "executable");
            assert_eq!(said(&house, &about).await + &said(&house, &format!("hook {hook} of team/app")).await, "");
        }

        async fn triggers_that_are_missing_are_said_and_what_they_would_tell_is_swept(world: World) {
            let house = house(world).await;
            house.gitlab.delete_hook(house.hook);
            let url = format!("http://{}/webhooks/gitlab", house.world.address());
            let triggers: &[&'static str] = &["note_events"];
            let hook = house.gitlab.add_hook(house.project, &NewHook { url: &url, triggers, ..NewHook::default() });
            house.sweeps().await;
            let about = format!("triggers of hook {hook} of team/app");
            let told = said(&house, &about).await;
            assert!(told.contains("Issues events and Confidential issues events switched off"), "{told}");
            assert!(told.contains("600 s late") && told.contains("Settings › Webhooks"), "{told}");
            house.gitlab.delete_hook(hook);
            let triggers: &[&'static str] = &["issues_events"];
            let hook = house.gitlab.add_hook(house.project, &NewHook { url: &url, triggers, ..NewHook::default() });
            house.sweeps().await;
            let told = said(&house, &format!("triggers of hook {hook} of team/app")).await;
            assert!(told.contains(": Confidential issues events switched off"), "{told}");
        }

        async fn a_group_s_hook_is_looked_at_where_a_route_is_for_the_group(world: World) {
            let mut house = house(world).await;
            house.routes(|route| route.project = ProjectPattern::Group("team".to_owned())).await;
            house.rests().await;
            assert_eq!(said(&house, "hooks of the group team").await, "", "most have none");
            let hooks = r#"[{"id": 7, "url": "http://bridge.example.com/webhooks/gitlab", "issues_events": true,
                "confidential_issues_events": false, "alert_status": "disabled"}]"#;
            house.gitlab.fail_next("GET /groups/{id}/hooks", Fault::Answer(200, hooks));
            house.gitlab.fail_next("POST /groups/{id}/hooks/{id}/test/issues_events", FORBIDDEN);
            is_swept(&house).await;
            let told = said(&house, "triggers of hook 7 of the group team").await;
            assert!(told.contains("Confidential issues events switched off") && told.contains("not at all"), "{told}");
            let told = said(&house, "test of hook 7 of the group team").await;
            assert!(told.contains("could not be switched on again") && told.contains("403"), "{told}");
            house.gitlab.fail_next("GET /groups/{id}/hooks", Fault::Answer(200, hooks));
            house.gitlab.fail_next("POST /groups/{id}/hooks/{id}/test/issues_events", Fault::Answer(201, "{}"));
            is_swept(&house).await;
            assert_eq!(said(&house, "test of hook 7 of the group team").await, "");
        }

        async fn a_trello_token_that_ends_soon_is_said_also_without_gitlab_and_when_that_is_away(world: World) {
            const TRELLO: &str = "the Trello token of account `default`";
            let told = async |world: &World| world.store.pin("said", TRELLO).await.unwrap().unwrap_or_default();
            // The look-alike's time is the machine's.
            let now = Timestamp::now();
            world.later(Duration::from_secs(u64::try_from(now.as_second() - MORNING).unwrap())).await;
            assert_eq!(told(&world).await, "");
            let days = |count: u64| Duration::from_secs(count * 86_400);
            world.trello.limit_token(Some(now + days(4) + Duration::from_secs(3600)), true);
            world.later(days(1)).await;
            assert!(told(&world).await.contains("ends in 3 days"), "{}", told(&world).await);
            let house = House::with(world, Direction::Gitlab, Clock::system()).await;
            for _ in 0..50 {
                house.gitlab.fail_next("GET /personal_access_tokens/self", Fault::Answer(502, "bad gateway"));
                house.gitlab.fail_next("GET /projects/{id}", Fault::Answer(502, "bad gateway"));
            }
            house.world.later(days(1)).await;
            assert!(told(&house.world).await.contains("ends in 2 days"), "{}", told(&house.world).await);
            house.world.trello.limit_token(Some(now), true);
            house.world.later(days(1)).await;
            assert!(told(&house.world).await.contains("cannot be looked at"), "{}", told(&house.world).await);
            house.world.trello.limit_token(None, true);
            house.world.later(days(1)).await;
            assert_eq!(told(&house.world).await, "");
        }

        async fn a_token_of_gitlab_s_that_ends_soon_is_said(world: World) {
            let mut house = house(world).await;
            let bridge = house.gitlab.add_user("bridge", "Bridge");
            house.gitlab.add_member(house.project, bridge, 40);
            house.gitlab.add_token("ends", bridge, &["api"], Some("2026-06-02"));
            house.configures(|config| config.gitlab.token = Some(Secret::new("ends"))).await;
            house.world.later(Duration::from_secs(86_401)).await;
            let told = said(&house, "GITLAB_TOKEN").await;
            assert!(told.contains("ends in 3 days (2026-06-02)") && told.contains("set it"), "{told}");
            house.world.later(Duration::from_secs(5 * 86_400)).await;
            let told = said(&house, "GITLAB_TOKEN").await;
            assert!(told.contains("cannot be looked at") && told.contains("expired"), "{told}");
        }
    }
}

/// What `kanbridge import` does before the queue has its turn.
async fn import(house: &House, state: &str) -> Tally {
    let options = HttpOptions { timeout: Duration::from_secs(5), authorities: None, proxy: ProxyOptions::default() };
    let config = &house.world.config;
    let token = config.gitlab.token.as_ref().unwrap();
    let gitlab = GitLab::new(Http::new(&options).unwrap(), &config.gitlab.url, token).unwrap();
    let asked = Asked { instance: &config.gitlab.instance, project: "team/app", since: None, state };
    let mut pages = asked.pages(&gitlab);
    let mut tally = Tally::default();
    let (store, routes) = (&house.world.store, &config.routes);
    while import_page(store, routes, &mut pages, asked.closed_too(), &mut tally).await.unwrap() {
        // Reading a page takes its time.
        house.world.clock.advance(Duration::from_millis(1));
    }
    tally
}

/// What hooks would have told is lost.
fn lose(house: &House) {
    house.gitlab.let_go(Shuffle { lost: 100, ..Shuffle::default() });
}

/// `count` issues that nobody told the bridge of.
async fn old_issues(house: &House, count: usize) {
    house.rests().await;
    house.gitlab.hold();
    for number in 1..=count {
        house.world.clock.advance(Duration::from_millis(1));
        house.gitlab.by("ana").opens(house.project, &format!("Radiator {number}"), "It is cold.").unwrap();
    }
    lose(house);
}

mod importing {
    use super::*;

    stories! {
        async fn three_hundred_issues_cost_hardly_more_calls_than_cards_and_adopt_what_stands_there(world: World) {
            let house = house(world).await;
            old_issues(&house, 300).await;
            for iid in 41..=50 {
                let url = house.gitlab.issue(house.project, iid).unwrap().url;
                let list = &house.world.board.lists[1];
                house.world.trello.by("zoe").add_card(list, &format!("[ ISSUE {iid} ] by hand"), &url).unwrap();
            }
            house.world.calls();
            let tally = import(&house, "opened").await;
            assert_eq!((tally.listed, tally.marked.len()), (300, 300));
            for _ in 0..120 {
                house.world.turn().await.unwrap();
            }
            let again = import(&house, "opened").await;
            assert!(again.marked.len() <= 180, "what has its card is passed over: {}", again.marked.len());
            house.rests().await;
            assert_eq!(house.names().len(), 300);
            let calls = house.world.calls().len();
            assert!(calls <= 330, "{calls} calls for 300 cards");
            assert_eq!(import(&house, "opened").await.marked.len(), 0);
            let order: Vec<i64> = house.world.cards().iter().filter(|card| card.list == house.world.board.lists[0])
                .map(|card| kanbridge::sync::face::issue_number(&card.name).unwrap()).collect();
            assert!(order.is_sorted(), "cards stand in the order of their issues: {order:?}");
        }

        async fn an_issue_that_opens_in_the_middle_of_an_import_goes_first(world: World) {
            let house = house(world).await;
            old_issues(&house, 300).await;
            import(&house, "opened").await;
            for _ in 0..50 {
                house.world.turn().await.unwrap();
            }
            let iid = house.gitlab.by("ana").opens(house.project, "Burst pipe", "Now!").unwrap();
            house.gitlab.settled().await;
            house.world.turn().await.unwrap();
            assert!(house.names().contains(&format!("[ ISSUE {iid} ] Burst pipe")), "it has its card in the next turn");
            assert!(house.names().len() < 60);
        }

        async fn closed_issues_get_cards_only_where_they_are_asked_for(world: World) {
            let house = house(world).await;
            old_issues(&house, 2).await;
            house.gitlab.hold();
            house.gitlab.by("ana").closes(house.project, 1, true).unwrap();
            lose(&house);
            assert_eq!(import(&house, "opened").await.marked.len(), 1);
            house.rests().await;
            assert_eq!(house.names(), ["[ ISSUE 2 ] Radiator 2"]);
            import(&house, "all").await;
            house.rests().await;
            let card = house.world.cards().into_iter().find(|card| card.name == "[ ISSUE 1 ] Radiator 1").unwrap();
            assert_eq!((card.list.as_str(), card.due_complete), (house.world.board.lists[2].as_str(), true));
            house.gitlab.hold();
            let iid = house.gitlab.by("ana").opens(house.project, "Unseen", "").unwrap();
            lose(&house);
            house.passes().await;
            house.gitlab.by("ana").closes(house.project, iid, true).unwrap();
            house.rests().await;
            assert_eq!(house.names().len(), 2, "a closed issue that nobody asked for has none");
        }
    }
}
