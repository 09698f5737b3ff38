//! `kanbridge activity` as an operator uses it: what happened, what became of it where, and having it told again.

use kanbridge::sandbox::chat::{Chat, Kind};
use serde_json::Value;

use crate::bridge::Bridge;
use crate::relaying::{SOON, heard, told_in};
use crate::town::{Town, Variables};

/// A town of which two rooms hear: `dev` of new cards alone, `ops` of everything.
async fn town() -> (Town, Chat, Variables) {
    let (town, chat, variables) = told_in(Kind::Webhook).await;
    let url = chat.room(Kind::Webhook, "ops").url;
    let file = town.folder.0.join("kanbridge.toml");
    let more = format!(
        "actions = [\"createCard\"]\n[[relay]]\nboard = \"{}\"\nrooms = [\"ops\"]\n\
         [[room]]\nname = \"ops\"\nkind = \"webhook\"\nurl = \"{url}\"\n",
        town.board.short_link
    );
    std::fs::write(&file, std::fs::read_to_string(&file).unwrap() + &more).unwrap();
    (town, chat, variables)
}

impl Town {
    /// What `kanbridge activity …` prints.
    async fn activity(&self, variables: &Variables, arguments: &[&str]) -> String {
        let said = self.runs(variables, &[&["activity"], arguments].concat()).await;
        assert_eq!(said.code, Some(0), "{}{}", said.out, said.err);
        said.out
    }

    /// Its answer as JSON, line by line.
    async fn activities(&self, variables: &Variables, arguments: &[&str]) -> Vec<Value> {
        let lines = self.activity(variables, &[arguments, &["--json"]].concat()).await;
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Waits until the list has a line with all these words.
    async fn lists(&self, variables: &Variables, words: &[&str]) {
        let found = async { while !self.activity(variables, &["list"]).await.lines().any(|line| has(line, words)) {} };
        tokio::time::timeout(SOON, found).await.unwrap_or_else(|_| panic!("{words:?} is never listed"));
    }
}

fn has(line: &str, words: &[&str]) -> bool {
    words.iter().all(|word| line.contains(word))
}

/// A card is made and commented on before the bridge has looked twice, and told of, and then the bridge is gone.
async fn told(town: &Town, chat: &Chat, variables: &Variables) {
    let mut bridge = Bridge::start(&town.folder.0, variables).await;
    let mut calls = town.trello.counted();
    while town.trello.calls().iter().filter(|call| call.route == "GET /boards/{id}/actions").count() < 2 {
        calls.changed().await.unwrap();
    }
    let card = town.trello.by("zoe").add_card(&town.board.lists[0], "Boiler", "").unwrap();
    town.trello.by("zoe").comment(&card, "It is cold").unwrap();
    heard(&mut bridge, chat, 1).await;
    town.lists(variables, &["createCard", "told in dev, told in ops", "zoe created Boiler"]).await;
    town.lists(variables, &["commentCard", "not told in dev (", "told in ops", "It is cold"]).await;
    bridge.kill().await;
}

#[tokio::test]
async fn what_became_of_what_happened_is_listed_shown_and_told_again_where_it_is_wanted() {
    let (town, chat, variables) = town().await;
    told(&town, &chat, &variables).await;
    let all = town.activities(&variables, &["list", "--limit", "2", "--board", &town.board.short_link]).await;
    let whole: Vec<_> = all.iter().map(|one| (one["kind"].as_str().unwrap(), one["held"].as_bool().unwrap())).collect();
    assert_eq!(whole, [("commentCard", false), ("createCard", false)], "newest first");
    let [comment, card] = [&all[0], &all[1]].map(|one| one["id"].as_str().unwrap());
    let shown = town.activity(&variables, &["show", card]).await;
    for words in
        [format!("activity  {card} (createCard)"), "told in dev at 20".to_owned(), "told in ops at 20".to_owned()]
    {
        assert!(shown.lines().any(|line| line.starts_with(&words)), "{words} in {shown}");
    }
    let shown = town.activity(&variables, &["show", comment]).await;
    let why = "not told in dev: filter: commentCard is not among its actions (20";
    assert!(shown.contains(why) && shown.contains("words     zoe commented on Boiler"), "{shown}");
    let whole = town.activities(&variables, &["show", comment]).await.remove(0);
    assert_eq!(
        (&whole["outcomes"][0]["said"], &whole["action"]["data"]["text"]),
        (&"not told".into(), &"It is cold".into())
    );

    let said = town.activity(&variables, &["replay", card, "--room", "ops"]).await;
    assert!(said.contains(&format!("`kanbridge activity show {card}` tells how that ends")), "{said}");
    assert!(town.activity(&variables, &["list"]).await.lines().any(|line| has(line, &[card, "  held  "])));
    let bridge = Bridge::start(&town.folder.0, &variables).await;
    town.lists(&variables, &[card, "told in dev, told in ops"]).await;
    assert_eq!((chat.said("dev").len(), chat.said("ops").len()), (1, 3), "in that room alone");
    bridge.kill().await;
}

#[tokio::test]
async fn what_is_not_there_is_said_and_where_to_look() {
    let (town, _chat, variables) = town().await;
    let unknown = "5e93bac014d40e501ee46b8d";
    for (arguments, told) in [
        (vec!["show", unknown], "there is no activity 5e93bac014d40e501ee46b8d; see `kanbridge activity list`"),
        (vec!["replay", unknown], "there is no activity 5e93bac014d40e501ee46b8d; see `kanbridge activity list`"),
        (vec!["replay", unknown, "--room", "attic"], "there is no room `attic`; see `kanbridge rooms list`"),
        (vec!["list", "--board", "Nowhere1"], "no relay has the board Nowhere1"),
    ] {
        let said = town.runs(&variables, &[&["activity"], arguments.as_slice()].concat()).await;
        assert!(said.code == Some(1) && said.out.is_empty() && said.err.contains(told), "{}{}", said.out, said.err);
    }
}
