//! `kanbridge watches` as an operator uses it, beside a bridge that serves.

use std::time::Duration;

use serde_json::Value;

use crate::bridge::Bridge;
use crate::town::{Said, Town, Variables};

const SOON: Duration = Duration::from_secs(30);

/// A town whose bridge knows Trello's secret, and another account.
async fn town() -> (Town, Variables) {
    let town = Town::new().await;
    town.trello.add_token("second-token", "zoe");
    let file = town.folder.0.join("kanbridge.toml");
    let account = "[[account]]\nname = \"design team\"\nkey = \"sandbox-key\"\ntoken = \"second-token\"\n\
                   secret = \"sandbox-secret\"\n";
    std::fs::write(&file, account).unwrap();
    let mut variables = town.whole_but("TRELLO_API_SECRET", "old-secret, sandbox-secret");
    variables.push(("KANBRIDGE_CONFIG".to_owned(), file.display().to_string()));
    (town, variables)
}

impl Town {
    /// The watches, each a line of JSON.
    async fn watches(&self, variables: &Variables) -> Vec<Value> {
        let said = self.runs(variables, &["watches", "list", "--json"]).await;
        assert_eq!(said.code, Some(0), "{}", said.err);
        said.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Asks Trello something with a token of one's own.
    async fn asks(&self, method: &str, path: &str, token: &str, query: &[(&str, &str)]) -> Value {
        let url = format!("{}{path}", self.trello.url());
        let request = reqwest::Client::new().request(method.parse().unwrap(), url).query(query);
        let auth = format!(r#"OAuth oauth_consumer_key="sandbox-key", oauth_token="{token}""#);
        request.header("authorization", auth).send().await.unwrap().json().await.unwrap()
    }
}

fn well(said: &Said) -> &str {
    assert_eq!(said.code, Some(0), "{}{}", said.out, said.err);
    &said.out
}

#[tokio::test]
async fn boards_lists_cards_and_members_are_watched_and_let_go() {
    let (town, variables) = town().await;
    let before = town.runs(&variables, &["watches", "add", &town.board.id]).await;
    assert!(before.code == Some(1) && before.err.contains("not reachable"), "nobody serves yet: {}", before.err);
    let bridge = Bridge::start(&town.folder.0, &variables).await;
    let card = town.trello.add_card(&town.board.lists[0], "Boiler", "");
    let url = format!("https://trello.com/b/{}/heating", town.board.short_link);
    for model in [url.as_str(), &town.board.lists[1], &card, "@kanbridge"] {
        well(&town.runs(&variables, &["watches", "add", model]).await);
    }
    let again = town.runs(&variables, &["watches", "add", &card]).await;
    assert!(well(&again).contains("the card `Boiler` is watched (in order)"), "{}", again.out);
    let all = town.watches(&variables).await;
    assert!(all.len() == 4 && all.iter().all(|watch| watch["state"] == "live"), "{all:?}");
    let hooks = town.asks("GET", "/tokens/sandbox-token/webhooks", "sandbox-token", &[]).await;
    assert_eq!(hooks.as_array().unwrap().len(), 4);

    well(&town.runs(&variables, &["watches", "remove", &card]).await);
    let hooks = town.asks("GET", "/tokens/sandbox-token/webhooks", "sandbox-token", &[]).await;
    assert_eq!(hooks.as_array().unwrap().len(), 3);
    let removed = town.watches(&variables).await.into_iter().find(|watch| watch["model"] == card.as_str()).unwrap();
    assert_eq!((&removed["state"], &removed["by_hand"]), (&"removed".into(), &true.into()));
    for (arguments, told) in [
        (vec!["watches", "remove", "5e93bac014d40e501ee46b8d"], "is no board, list, card or member"),
        (vec!["watches", "add", "Heating"], "is no board, list, card or member"),
        (vec!["watches", "add", "x", "--account", "nobody"], "there is no account `nobody`"),
    ] {
        let said = town.runs(&variables, &arguments).await;
        assert!(said.code == Some(1) && said.err.contains(told), "{}", said.err);
    }
    bridge.kill().await;
}

#[tokio::test]
async fn both_sides_are_compared_for_every_account_and_strangers_are_taken_over_or_removed() {
    let (town, variables) = town().await;
    let bridge = Bridge::start(&town.folder.0, &variables).await;
    let (board, list) = (town.board.id.as_str(), town.board.lists[0].as_str());
    town.trello.by("kanbridge").invite(board, "zoe").unwrap();
    well(&town.runs(&variables, &["watches", "add", board, "--account", "design team"]).await);
    well(&town.runs(&variables, &["watches", "add", board]).await);
    // Trello loses one, and has two that we do not know: one of another kanbridge, one of something else.
    let hooks = town.asks("GET", "/tokens/second-token/webhooks", "second-token", &[]).await;
    assert!(hooks[0]["callbackURL"].as_str().unwrap().contains("/webhooks/trello/design%20team/"), "{hooks}");
    town.asks("DELETE", &format!("/webhooks/{}", hooks[0]["id"].as_str().unwrap()), "second-token", &[]).await;
    let healthz = format!("{}/healthz", town.public_url());
    let other = town.trello_receiver().await;
    let ours = format!("{}/webhooks/trello/default/{list}", other.0);
    for url in [ours.as_str(), &format!("{}/elsewhere", other.0)] {
        let made = town.asks("POST", "/webhooks/", "sandbox-token", &[("idModel", list), ("callbackURL", url)]).await;
        assert!(made["id"].is_string(), "{made}");
    }
    assert!(reqwest::get(&healthz).await.unwrap().status().is_success());

    let said = town.runs(&variables, &["watches", "sync"]).await;
    let out = well(&said);
    assert!(out.lines().any(|line| line.starts_with("design team") && line.contains("registered")), "{out}");
    assert_eq!(out.lines().filter(|line| line.contains("unknown: webhook")).count(), 2, "{out}");
    let said = town.runs(&variables, &["watches", "sync", "--adopt"]).await;
    assert!(well(&said).lines().any(|line| line.contains(list) && line.contains("adopted")), "{}", said.out);
    let all = town.watches(&variables).await;
    let of_list: Vec<&Value> = all.iter().filter(|watch| watch["model"] == list).collect();
    assert_eq!(of_list.len(), 2, "{all:?}");
    assert!(
        of_list.iter().any(|watch| watch["url"] == format!("{}/webhooks/trello/default/{list}", town.public_url()))
    );
    let unknown = of_list.iter().find(|watch| watch["state"] == "unknown").unwrap();
    let id = unknown["webhook"].as_str().unwrap();
    well(&town.runs(&variables, &["watches", "remove", "--trello-id", id]).await);
    assert_eq!(town.watches(&variables).await.len(), 3);
    bridge.kill().await;
}

#[tokio::test]
async fn without_address_or_secret_it_is_said_what_to_set() {
    let (town, mut variables) = town().await;
    variables.retain(|(name, _)| name != "PUBLIC_URL");
    let said = town.runs(&variables, &["watches", "add", &town.board.id]).await;
    assert!(said.code == Some(1) && said.err.contains("PUBLIC_URL is not set"), "{}", said.err);
    let (_, findings) = town.checks(&variables).await;
    assert!(findings.iter().any(|line| line.contains("nothing can be watched → set PUBLIC_URL")), "{findings:?}");
    let said = town.runs(&town.whole(), &["watches", "add", &town.board.id]).await;
    assert!(said.code == Some(1) && said.err.contains("TRELLO_API_SECRET"), "{}", said.err);
}

#[tokio::test]
async fn a_bridge_that_serves_hears_what_happens_on_a_watched_card_and_lists_it() {
    let (town, variables) = town().await;
    let mut bridge = Bridge::start(&town.folder.0, &variables).await;
    let card = town.trello.add_card(&town.board.lists[0], "Boiler", "");
    well(&town.runs(&variables, &["watches", "add", &card]).await);
    town.trello.by("zoe").comment(&card, "one").unwrap();
    assert!(bridge.until(SOON, || !town.trello.deliveries().is_empty()).await);
    let said = town.runs(&variables, &["deliveries", "list"]).await;
    assert!(well(&said).contains("Trello commentCard  -  done; about no issue's card"), "{}", said.out);
    assert_ne!(town.watches(&variables).await[0]["last_delivery_at"], Value::Null);
    bridge.kill().await;
}

/// Something else that answers Trello's checks.
struct Elsewhere(String, tokio::task::JoinHandle<()>);

impl Drop for Elsewhere {
    fn drop(&mut self) {
        self.1.abort();
    }
}

impl Town {
    async fn trello_receiver(&self) -> Elsewhere {
        use warp::Filter;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let answers = warp::any().map(|| "heard");
        Elsewhere(url, tokio::spawn(warp::serve(answers).incoming(listener).run()))
    }
}
