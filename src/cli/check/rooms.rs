//! The rooms, as far as one can look without saying anything in them, and the boards that are told there.

use anyhow::{Result, anyhow};

use super::super::outward;
use super::report::Finding;
use super::trello::pinned;
use crate::chat::{Chat, Unsent};
use crate::clock::Clock;
use crate::config::Config;
use crate::model::TroubleKind;
use crate::relay::Relay;
use crate::store::Store;
use crate::trello::Trello;
use crate::worker::board_scope;

/// Every room.
pub(super) async fn all(config: &Config, store: Option<&Store>) -> Result<Vec<Finding>> {
    let http = outward::http(&config.outward, &config.limits)?;
    let mut findings = Vec::new();
    for room in &config.rooms {
        let chat = Chat::new(http.clone(), room.clone()).map_err(|fault| anyhow!(fault))?;
        findings.push(look(&chat, store).await?);
        let what = named(&chat);
        for note in chat.notes() {
            let (says, cure) = note.split_once("; ").unwrap_or((&note, "see the README, \"Rooms\""));
            findings.push(Finding::doubtful(&what, says.trim_start_matches(&format!("{what}: ")), cure));
        }
    }
    Ok(findings)
}

fn named(chat: &Chat) -> String {
    format!("room `{}`", chat.room().name)
}

async fn look(chat: &Chat, store: Option<&Store>) -> Result<Finding> {
    let (what, name) = (named(chat), &chat.room().name);
    let off = match store {
        Some(store) => store.off(name).await?,
        None => None,
    };
    if let Some((at, why)) = off {
        let cure = format!("see to that, then `kanbridge rooms on {name}`");
        return Ok(Finding::fails(&what, format!("switched off since {at}: {why}"), cure));
    }
    let own = |sentence: &str| sentence.trim_start_matches(&format!("{what}: ")).to_owned();
    Ok(match chat.look(Clock::System.now()).await {
        Ok(Some(says)) => Finding::holds(&what, says),
        Ok(None) => {
            let says = format!("its address is one; whether it is taken, only `kanbridge rooms test {name}` can tell");
            Finding::holds(&what, says)
        }
        Err(Unsent::Later(trouble)) => Finding::trouble(&what, &trouble),
        Err(Unsent::Never(why) | Unsent::Off(why)) => match own(&why).split_once("; ") {
            Some((says, cure)) => Finding::fails(&what, says, cure),
            None => Finding::fails(&what, own(&why), "see the README, \"Rooms\", for what this kind of room takes"),
        },
    })
}

/// The boards that an account looks at for the rooms.
pub(super) async fn boards(trello: &Trello, relays: &[Relay], store: Option<&Store>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for relay in relays.iter().filter(|relay| relay.account == *trello.account()) {
        findings.push(board(trello, relay, store).await);
    }
    findings
}

async fn board(trello: &Trello, relay: &Relay, store: Option<&Store>) -> Finding {
    let what = format!("relay of {}", relay.board);
    let pin = pinned(store, &board_scope(trello.account()), &relay.board).await;
    let rooms: Vec<String> = relay.rooms.iter().map(|room| format!("`{room}`")).collect();
    match trello.board(&pin.unwrap_or_else(|| relay.board.clone())).await {
        Ok(board) if board.closed => {
            let says = format!("the board `{}` is closed", board.name);
            Finding::doubtful(&what, says, "reopen it in Trello, or remove the [[relay]]")
        }
        Ok(board) => Finding::holds(&what, format!("the board `{}` is told in {}", board.name, rooms.join(", "))),
        Err(trouble) if matches!(trouble.kind, TroubleKind::Gone) || trouble.sentence.contains("invalid id") => {
            let says = format!("there is no board `{}` that the token's member may see", relay.board);
            let cure = "write a board of `kanbridge trello boards` into the [[relay]] or TRELLO_BOARD_ID, or add the \
                        token's member to the board";
            Finding::fails(&what, says, cure)
        }
        Err(trouble) => Finding::trouble(&what, &trouble),
    }
}
