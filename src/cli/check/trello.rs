//! Trello as one account sees it: the token, and the boards and lists of the account's routes.

use std::collections::BTreeSet;

use anyhow::Result;
use jiff::Timestamp;

use super::report::Finding;
use super::{SOON, days_left, modes, people};
use crate::model::{Trouble, TroubleKind};
use crate::store::Store;
use crate::sync::rules::Route;
use crate::trello::{Board, List, OwnBoard, TokenFacts, Trello};
use crate::worker::{board_scope, list_scope};

const NEW_TOKEN: &str = "make a new token at https://trello.com/apps/admin (the link \"Token\" beside the API key), \
                         with scope read,write and expiry never, and set it";

/// The account, then each of its routes.
pub(super) async fn account(
    trello: &Trello,
    routes: &[Route],
    store: Option<&Store>,
    now: Timestamp,
) -> Result<Vec<Finding>> {
    let name = trello.account();
    let (member, token) = (format!("Trello `{name}`"), format!("Trello `{name}`: token"));
    let own: Vec<&Route> = routes.iter().filter(|route| route.account == *name).collect();
    let mut findings = Vec::new();
    match trello.me().await {
        Ok(me) => findings.push(Finding::holds(&member, format!("key and token are known; acts as @{}", me.username))),
        Err(trouble) => {
            findings.push(Finding::trouble(&member, &trouble));
            findings.push(Finding::not_looked_at(&token, "Trello did not let us in"));
            let why = "Trello did not let us in";
            findings.extend(own.iter().map(|route| Finding::not_looked_at(&named(route), why)));
            return Ok(findings);
        }
    }
    findings.push(match trello.token_facts().await {
        Ok(facts) => judge_token(&token, &facts, now),
        Err(trouble) => Finding::trouble(&token, &trouble),
    });
    match trello.own_boards().await {
        Ok(boards) => {
            for route in own {
                findings.extend(check_route(trello, (route, routes), &boards, store).await?);
            }
        }
        Err(trouble) => findings.extend(own.iter().map(|route| Finding::trouble(&named(route), &trouble))),
    }
    Ok(findings)
}

fn named(route: &Route) -> String {
    format!("route for {}", route.project)
}

pub(super) fn judge_token(what: &str, facts: &TokenFacts, now: Timestamp) -> Finding {
    if !facts.reads || !facts.writes {
        let may = if facts.reads { "only read" } else { "neither read nor write" };
        return Finding::fails(what, format!("it may {may} boards, so no card can be made"), NEW_TOKEN);
    }
    let Some(expires) = facts.expires else {
        return Finding::holds(what, "scope read,write; never expires");
    };
    match days_left(expires, now) {
        ..0 => Finding::fails(what, format!("it has expired ({expires:.0})"), NEW_TOKEN),
        left @ ..SOON => Finding::doubtful(what, format!("it expires in {left} days ({expires:.0})"), NEW_TOKEN),
        _ => Finding::holds(what, format!("scope read,write; expires {expires:.0}")),
    }
}

/// A route, among all there are.
async fn check_route(
    trello: &Trello,
    (route, routes): (&Route, &[Route]),
    own: &[OwnBoard],
    store: Option<&Store>,
) -> Result<Vec<Finding>> {
    let what = named(route);
    let board = match find_board(trello, route, store).await {
        Ok(board) => board,
        Err(trouble) => return Ok(vec![board_trouble(&what, route, &trouble)]),
    };
    if board.closed {
        let says = format!("the board `{}` is closed", board.name);
        return Ok(vec![Finding::fails(&what, says, "reopen it in Trello, or choose another board")]);
    }
    let mut findings = match trello.lists(&board.id).await {
        Ok(lists) => check_lists(&what, &board, route, &lists, store).await,
        Err(trouble) => vec![Finding::trouble(&what, &trouble)],
    };
    findings.push(modes::confidential(route, &board));
    findings.extend(people::of_route(trello, route, routes, &board.id, store).await?);
    if !own.iter().any(|own| own.id == board.id) {
        let says = format!("the token's member is not a member of the board `{}`", board.name);
        findings.push(Finding::doubtful(&what, says, "add them to the board, or they may not be able to write there"));
    }
    Ok(findings)
}

/// The board as a turn would find it: by the id that its name was pinned to, or by the list.
async fn find_board(trello: &Trello, route: &Route, store: Option<&Store>) -> Result<Board, Trouble> {
    let id = match &route.board {
        Some(name) => pinned(store, &board_scope(trello.account()), name).await.unwrap_or_else(|| name.clone()),
        None => {
            let list = route.columns.first().map_or("", |column| column.list.as_str());
            let id =
                list.parse().map_err(|error| Trouble::refused(format!("{error}; see `kanbridge trello lists`")))?;
            let gone = || Trouble::undone(TroubleKind::Gone, "the list stands on no board");
            trello.list(&id).await?.board.ok_or_else(gone)?.to_string()
        }
    };
    trello.board(&id).await
}

fn board_trouble(what: &str, route: &Route, trouble: &Trouble) -> Finding {
    let gone = matches!(trouble.kind, TroubleKind::Gone);
    match (&route.board, route.columns.first()) {
        (Some(board), _) if gone || trouble.sentence.contains("invalid id") => Finding::fails(
            what,
            format!("there is no board `{board}` that the token's member may see"),
            "write a board of `kanbridge trello boards` into the [[route]], or add the token's member to the board",
        ),
        (None, Some(column)) if gone => Finding::fails(
            what,
            format!("there is no list {} that the token's member may see", column.list),
            "set TRELLO_LIST_ID to an id of `kanbridge trello lists`, or add the token's member to the board",
        ),
        _ => Finding::trouble(what, trouble),
    }
}

async fn check_lists(what: &str, board: &Board, route: &Route, lists: &[List], store: Option<&Store>) -> Vec<Finding> {
    let mut good = Vec::new();
    let mut bad = Vec::new();
    let of_columns = route.columns.iter().map(|column| &column.list);
    let mut named: Vec<&String> = of_columns.chain(&route.merges.opened).chain(&route.merges.merged).collect();
    let mut seen = BTreeSet::new();
    named.retain(|list| seen.insert(*list));
    for list in named {
        let pin = pinned(store, &list_scope(&board.id), list).await;
        match judge_list(board, list, lists, pin.as_deref()) {
            Ok(name) => good.push(format!("`{name}`")),
            Err((says, cure)) => bad.push(Finding::fails(what, says, cure)),
        }
    }
    if bad.is_empty() {
        let says = format!("the board `{}` is open, the lists too: {}", board.name, good.join(", "));
        bad.push(Finding::holds(what, says));
    }
    bad
}

/// The name of the list that is `wanted`, or what is wrong and the cure.
fn judge_list(board: &Board, wanted: &str, lists: &[List], pin: Option<&str>) -> Result<String, (String, String)> {
    let by_id = |list: &&List| Some(list.id.as_str()) == pin || list.id.as_str() == wanted;
    let is_it = |list: &&List| by_id(list) || list.name == wanted;
    let open = || lists.iter().filter(|list| !list.closed);
    if let Some(list) = open().find(by_id).or_else(|| open().find(is_it)) {
        return Ok(list.name.clone());
    }
    let where_set = "TRELLO_LIST_ID or the [[route]]";
    if let Some(list) = lists.iter().find(is_it) {
        let says = format!("the list `{}` of the board `{}` is archived", list.name, board.name);
        return Err((says, format!("send it back to the board in Trello, or change {where_set}")));
    }
    let open: Vec<&str> = open().map(|list| list.name.as_str()).take(20).collect();
    let says = format!("the board `{}` has no list `{wanted}`", board.name);
    Err((says, format!("change {where_set} to one that it has: {}", open.join(", "))))
}

/// What a turn pinned a name to. Without a store, or where it cannot be read, the name itself has to do.
pub(super) async fn pinned(store: Option<&Store>, scope: &str, name: &str) -> Option<String> {
    store?.pin(scope, name).await.ok().flatten()
}
