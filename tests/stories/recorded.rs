//! Traffic that others recorded, through the real door. It lies in `../shared/data`, or where `KANBRIDGE_RECORDED`
//! says, and is no part of this project: the licences are theirs.

use std::path::{Path, PathBuf};

use crate::database::Database;
use crate::world::{SECRET, World};

#[tokio::test]
#[ignore = "needs recorded traffic"]
async fn every_recorded_body_is_answered_2xx_or_a_documented_4xx() {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let folder = std::env::var_os("KANBRIDGE_RECORDED").map_or_else(beside, PathBuf::from).join("gitlab");
    let index = std::fs::read_to_string(folder.join("INDEX.csv")).expect("recorded traffic beside the checkout");
    let world = World::on(Database::sqlite()).await;
    let mut answered = 0;
    for line in index.lines().skip(1).filter(|line| !line.is_empty()) {
        let mut cells = line.split(',');
        let (name, event) = (cells.next().unwrap(), cells.next().unwrap());
        let body = std::fs::read_to_string(folder.join(name)).unwrap();
        let (status, answer) = world.sends_with(event, body, &[("x-gitlab-token", SECRET)]).await;
        assert!(status == 200 || status == 400, "{name}: {status} {answer}");
        let told = answer["status"].as_str().or(answer["error"].as_str());
        assert!(told.is_some_and(|told| !told.is_empty()), "{name}: {answer}");
        answered += 1;
    }
    assert!(answered > 150, "{answered}");
    world.turns().await;
    assert_eq!(world.store.count_failed().await.unwrap(), 0);
}
