//! Two bridges on one PostgreSQL.

use kanbridge::cli::Bridge;
use kanbridge::clock::Clock;
use kanbridge::sandbox::trello::{Allowance, Options, Trello};
use serde_json::json;
use tokio::net::TcpListener;

use crate::database::Database;
use crate::world::{SECRET, four_variables, issue};

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn two_bridges_that_share_the_work_make_each_card_once() {
    let database = Database::postgres().await;
    let trello = Trello::start(Options { allowance: Allowance::BOUNDLESS, ..Options::default() }).await.unwrap();
    let board = trello.add_board("Heating", &["To do"]);
    let mut config = four_variables(&database.url, &trello, &board.lists[0]);
    config.limits.trello_calls = 100_000;
    let mut running = Vec::new();
    let mut workers = Vec::new();
    for _ in 0..2 {
        let bridge = Bridge::assemble(config.clone(), Clock::System).await.unwrap();
        workers.push(bridge.worker.clone());
        running.push(bridge.open_doors(TcpListener::bind("127.0.0.1:0").await.unwrap()).unwrap());
    }
    let client = reqwest::Client::new();
    for iid in 1..=40 {
        // GitLab's project hook and group hook both tell of it, and each meets another replica.
        for (which, bridge) in running.iter().enumerate() {
            let url = format!("http://{}/webhooks/gitlab", bridge.address);
            let id = format!("{iid}-{which}");
            let request = client.post(url).header("x-gitlab-token", SECRET).header("webhook-id", id);
            let answer = request.body(issue(iid, "Boiler is cold").to_string()).send().await.unwrap();
            assert_eq!(answer.json::<serde_json::Value>().await.unwrap()["status"], json!("accepted"));
        }
    }
    let work = workers.iter().map(async |worker| while worker.step().await.unwrap().is_some() {});
    futures_util::future::join_all(work).await;
    assert_eq!(trello.cards(&board.id).len(), 40);
    for bridge in running {
        bridge.stop().await.unwrap();
    }
}
