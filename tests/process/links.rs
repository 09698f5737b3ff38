//! `kanbridge links` as an operator asks it why a pair is not in step.

use std::time::Duration;

use kanbridge::clock::Clock;
use kanbridge::sandbox::gitlab::NewHook;
use kanbridge::store::Store;
use serde_json::Value;

use crate::bridge::{Bridge, SECRET};
use crate::town::{Town, Variables};

const SOON: Duration = Duration::from_secs(30);

/// A town with a two-way route, and its bridge.
async fn town() -> (Town, Variables, Bridge) {
    let town = Town::new().await;
    let route = format!(
        "[[route]]\nproject = \"team/app\"\nboard = \"{}\"\nsync = \"two-way\"\n\
         [[route.column]]\nlist = \"To do\"\nholds = \"opened\"\n\
         [[route.column]]\nlist = \"Done\"\nholds = \"closed\"\n",
        town.board.short_link
    );
    let file = town.folder.0.join("kanbridge.toml");
    std::fs::write(&file, route).unwrap();
    let mut variables = town.whole_but("TRELLO_LIST_ID", "");
    variables.push(("KANBRIDGE_CONFIG".to_owned(), file.display().to_string()));
    variables.push(("TRELLO_POLL_SECONDS".to_owned(), "1".to_owned()));
    town.gitlab.add_hook(town.project, &NewHook { url: &town.hook_url(), token: Some(SECRET), ..NewHook::default() });
    let bridge = Bridge::start(&town.folder.0, &variables).await;
    (town, variables, bridge)
}

impl Town {
    async fn shows(&self, variables: &Variables, issue: &str) -> Value {
        let said = self.runs(variables, &["links", "show", issue, "--json"]).await;
        assert_eq!(said.code, Some(0), "{}", said.err);
        serde_json::from_str(&said.out).unwrap()
    }

    /// Asks until the pair stands like that.
    pub(crate) async fn waits(&self, variables: &Variables, bridge: &mut Bridge, issue: &str, state: &str) -> Value {
        let began = std::time::Instant::now();
        loop {
            let shown = self.shows(variables, issue).await;
            if shown["state"] == state {
                return shown;
            }
            assert!(began.elapsed() < SOON, "not {state}: {shown}");
            bridge.next_line().await;
        }
    }

    fn card_named(&self, name: &str) -> Option<String> {
        let cards = self.trello.cards(&self.board.id);
        cards.into_iter().find(|card| card.name == name).map(|card| card.id)
    }
}

#[tokio::test]
async fn a_conflict_a_deleted_card_and_an_unlinked_pair_are_told() {
    let (town, variables, mut bridge) = town().await;
    for title in ["Boiler", "Pump"] {
        town.gitlab.by("root").opens(town.project, title, "It is cold.").unwrap();
    }
    let there = || town.card_named("[ ISSUE 1 ] Boiler").is_some() && town.card_named("[ ISSUE 2 ] Pump").is_some();
    assert!(bridge.until(SOON, there).await);
    for issue in ["1", "2"] {
        town.waits(&variables, &mut bridge, issue, "in step").await;
    }
    bridge.kill().await;
    // While nobody looks, both sides change one title, and a card is deleted.
    let card = town.card_named("[ ISSUE 1 ] Boiler").unwrap();
    let pump = town.card_named("[ ISSUE 2 ] Pump").unwrap();
    town.trello.by("zoe").rename_card(&card, "[ ISSUE 1 ] Boiler by zoe").unwrap();
    town.trello.by("zoe").delete_card(&pump).unwrap();
    town.gitlab.by("root").retitles(town.project, 1, "Boiler by root").unwrap();
    town.gitlab.by("root").retitles(town.project, 2, "Pump 2").unwrap();
    let mut bridge = Bridge::start(&town.folder.0, &variables).await;
    assert!(bridge.until(SOON, || town.card_named("[ ISSUE 1 ] Boiler by root").is_some()).await);
    let shown = town.waits(&variables, &mut bridge, "2", "deleted").await;
    assert!(shown["why"].as_str().unwrap().contains("its card was deleted"), "{shown}");
    let shown = town.shows(&variables, "team/app#1").await;
    let told = shown["told"].to_string();
    assert!(told.contains("Boiler by zoe") && told.contains("Boiler by root"), "{shown}");
    assert_eq!(shown["base"]["card"]["title"], "Boiler by root");
    assert_eq!(shown["last_turn"]["ended"], "done", "{shown}");
    let at: jiff::Timestamp = shown["last_turn"]["at"].as_str().unwrap().parse().unwrap();
    assert!((0..60).contains(&jiff::Timestamp::now().duration_since(at).as_secs()), "{shown}");
    let text = town.runs(&variables, &["links", "show", "1"]).await.out;
    let line = text.lines().find(|line| line.starts_with("last turn")).unwrap();
    assert!(line.ends_with(": done") && text.contains("card, as last seen and agreed"), "{text}");
    bridge.kill().await;
    // Nobody works: what is asked of the pair stays asked.
    let said = town.runs(&variables, &["links", "unlink", "1"]).await;
    assert_eq!(
        (said.code, said.out.as_str()),
        (Some(0), "team/app#1: unlinked; the card stays as it is\n"),
        "{}",
        said.err
    );
    town.gitlab.by("root").retitles(town.project, 1, "Boiler alone").unwrap();
    town.gitlab.by("root").opens(town.project, "Valve", "").unwrap();
    let mut bridge = Bridge::start(&town.folder.0, &variables).await;
    assert!(bridge.until(SOON, || town.card_named("[ ISSUE 3 ] Valve").is_some()).await, "the sweep has passed");
    assert!(town.card_named("[ ISSUE 1 ] Boiler by root").is_some() && town.trello.cards(&town.board.id).len() == 2);
    assert_eq!(town.runs(&variables, &["links", "relink", "1"]).await.code, Some(0));
    assert!(bridge.until(SOON, || town.card_named("[ ISSUE 1 ] Boiler alone").is_some()).await);
    let said = town.runs(&variables, &["links", "list"]).await;
    assert_eq!(said.out.lines().count(), 3, "{}", said.out);
    let said = town.runs(&variables, &["links", "show", "99"]).await;
    assert!(said.code == Some(1) && said.err.contains("nothing is known of 99"), "{}", said.err);
    bridge.kill().await;
}

#[tokio::test]
async fn where_too_many_issues_are_gone_check_and_links_say_so_until_they_are_approved() {
    let (town, variables, mut bridge) = town().await;
    for number in 1..=12 {
        town.gitlab.by("root").opens(town.project, &format!("Radiator {number}"), "It is cold.").unwrap();
    }
    assert!(bridge.until(SOON, || town.trello.cards(&town.board.id).len() == 12).await);
    for iid in 1..=11 {
        town.waits(&variables, &mut bridge, &iid.to_string(), "in step").await;
    }
    bridge.kill().await;
    for iid in 1..=11 {
        town.gitlab.by("root").deletes(town.project, iid).unwrap();
    }
    // A sweep calls the roll by itself once a day; one that was never called is called at once.
    let database = format!("sqlite:{}", town.folder.0.join("kanbridge.db").display());
    let store = Store::open(&database, Clock::System).await.unwrap();
    store.set_cursor("roll call", "0").await.unwrap();
    drop(store);
    let mut bridge = Bridge::start(&town.folder.0, &variables).await;
    town.waits(&variables, &mut bridge, "1", "gone?").await;
    let (code, findings) = town.checks(&variables).await;
    let found = findings.iter().find(|finding| finding.contains("issues of team/app")).unwrap();
    assert!(code != Some(0) && found.contains("11 of them") && found.contains("links approve"), "{found}");
    let said = town.runs(&variables, &["links", "approve"]).await;
    assert!(said.out.contains("Radiator 11") && said.out.contains("team/app: 11 issues are gone"), "{}", said.out);
    let said = town.runs(&variables, &["links", "approve", "team/other"]).await;
    assert!(said.code != Some(0) && said.err.contains("`team/app`"), "{}", said.err);
    let said = town.runs(&variables, &["links", "approve", "Team/App"]).await;
    assert!(said.out.contains("11 issues"), "{}{}", said.out, said.err);
    let archived = || town.trello.cards(&town.board.id).iter().filter(|card| card.closed).count() == 11;
    assert!(bridge.until(SOON, archived).await);
    town.waits(&variables, &mut bridge, "1", "gone").await;
    let said = town.runs(&variables, &["links", "approve"]).await;
    assert_eq!(said.out.trim(), "nothing waits for approval");
    bridge.kill().await;
}
