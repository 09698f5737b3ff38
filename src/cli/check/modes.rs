//! What routes make of confidential issues, and what they ask for that only GitLab's API tells.

use super::report::Finding;
use crate::sync::discretion::Confidential;
use crate::sync::rules::Route;
use crate::trello::Board;

/// What a route says of confidential issues, in view of its board.
pub(super) fn confidential(route: &Route, board: &Board) -> Finding {
    let what = format!("confidential, {}", route.project);
    match route.confidential {
        Confidential::Skip => Finding::holds(&what, "skip: such issues have no card, and nothing of them is kept"),
        Confidential::Redact => {
            let says = "redact: their cards show only where they stand; what was on a card before stays in Trello's \
                        activity";
            Finding::holds(&what, says)
        }
        Confidential::Sync if board.public => {
            let says =
                format!("sync: confidential issues are shown in full, and everybody sees the board `{}`", board.name);
            Finding::fails(
                &what,
                says,
                "make the board private in Trello, or write confidential = \"redact\" or \"skip\"",
            )
        }
        Confidential::Sync => {
            let says = format!("sync: who sees the board `{}` reads confidential issues in full", board.name);
            let cure =
                "see that nobody is on the board who may not see them in GitLab, or write \"redact\" or \"skip\"";
            Finding::doubtful(&what, says, cure)
        }
    }
}

/// A route's wish that takes a token.
pub(super) fn milestones(routes: &[Route], token: bool) -> Option<Finding> {
    let route = routes.iter().find(|route| route.facets.milestone).filter(|_| !token)?;
    let says = format!("the route for {} shows milestones, and hooks do not tell what they are called", route.project);
    Some(Finding::doubtful("milestones", says, "set GITLAB_TOKEN, or write milestone = \"off\""))
}
