//! What could not be done and waits for a person: keys whose turns ended in a permanent failure.

use anyhow::Result;

use super::report::Finding;
use crate::model::Key;
use crate::store::Store;

/// So many are named one by one.
const NAMED: usize = 10;

pub(super) async fn all(store: &Store) -> Result<Vec<Finding>> {
    let failed = store.failed().await?;
    let mut findings: Vec<Finding> = failed.iter().take(NAMED).map(|(key, reason)| finding(key, reason)).collect();
    if let Some(more) = failed.len().checked_sub(NAMED).filter(|more| *more > 0) {
        let cure = "mend these first; many often have one cause";
        findings.push(Finding::doubtful("more that failed", format!("{more} others"), cure));
    }
    Ok(findings)
}

fn finding(key: &str, reason: &str) -> Finding {
    let (what, cure) = match key.parse() {
        Ok(Key::Issue(issue)) => (
            format!("issue {issue}"),
            "mend that; then its next event tries again, or `kanbridge deliveries replay` with the id of one of its \
             deliveries (`kanbridge deliveries list`)"
                .to_owned(),
        ),
        Ok(Key::Card(_, card)) => (
            format!("card {card}"),
            format!("mend that; then whatever happens to https://trello.com/c/{card} tries again to make it an issue"),
        ),
        Ok(Key::Wish(wish)) => (format!("wish {wish}"), "mend that, and ask for it in the room again".to_owned()),
        _ => (key.to_owned(), "mend that, and start kanbridge again".to_owned()),
    };
    Finding::doubtful(&what, format!("failed: {reason}"), cure)
}
