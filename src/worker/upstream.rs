//! What people did to the card happens to the issue.

use super::known::says_the_same;
use super::pair::Pair;
use super::trouble::TurnError;
use super::{GITLAB, Hands, gone};
use crate::gitlab::{GitLab, IssueUpdate};
use crate::model::{Issue, IssueRef, Trouble};
use crate::sync::change::IssueChange;

/// Nothing can be written in GitLab.
pub(super) const NO_TOKEN: &str = "the route is two-way, and GITLAB_TOKEN is not set";

impl Pair<'_> {
    /// Reads the issue before it is written. `true`: it is another than we thought, and that has been written down.
    pub(super) async fn issue_is_news(&self) -> Result<bool, TurnError> {
        let (hands, known) = (self.visit.hands, self.visit.issue);
        let read = api(hands)?.issue(&known.id).await.map_err(trouble)?;
        hands.heard(GITLAB).await;
        let Some(read) = read else {
            // Whether it was deleted, the sweep finds out.
            gone::call_soon(hands).await?;
            let sentence =
                format!("GitLab has no issue {}, or GITLAB_TOKEN may not see it: is its owner a member?", known.id);
            return Err(trouble(Trouble::refused(sentence)));
        };
        // GitLab's answers may lag behind its hooks for a while; what is older than what we know is no news.
        if says_the_same(&read, known) || known.refuses(&read) {
            return Ok(false);
        }
        hands.store.observe(&read).await?;
        Ok(true)
    }

    /// Writes the issue; gives what it is then.
    pub(super) async fn write_issue(&self, change: &IssueChange) -> Result<Issue, TurnError> {
        let (hands, id) = (self.visit.hands, &self.visit.issue.id);
        let gitlab = api(hands)?;
        let (assignees, unknown) = self.assignees(gitlab, change).await?.unzip();
        let update = self.update_of(change, assignees);
        let written = gitlab.update_issue(id, &update).await.map_err(trouble)?;
        hands.store.observe(&written).await?;
        tell_unknown(hands, id, &unknown.unwrap_or_default()).await?;
        tracing::info!(issue = %id, "the issue follows its card");
        Ok(written)
    }

    fn update_of(&self, change: &IssueChange, assignees: Option<Vec<i64>>) -> IssueUpdate {
        let column = change.column.as_ref();
        let by_column =
            |of: &dyn Fn(&crate::sync::change::ColumnChange) -> Vec<String>| column.map(of).unwrap_or_default();
        let mut add_labels = change.add_labels.clone();
        add_labels.extend(by_column(&|column| column.add_label.clone().into_iter().collect()));
        let mut remove_labels = change.drop_labels.clone();
        remove_labels.extend(by_column(&|column| column.drop_labels.clone()));
        IssueUpdate {
            title: change.title.clone(),
            description: change.text.clone(),
            due: change.due,
            closed: column.and_then(|column| column.closed),
            add_labels,
            remove_labels,
            assignees,
        }
    }

    /// Who is to be assigned, and the names that nobody in GitLab has; `None` where nobody comes or goes.
    async fn assignees(
        &self,
        gitlab: &GitLab,
        change: &IssueChange,
    ) -> Result<Option<(Vec<i64>, Vec<String>)>, TurnError> {
        if change.add_people.is_empty() && change.drop_people.is_empty() {
            return Ok(None);
        }
        // Who stays is known by number: GitLab finds not everybody by name, and would take them off.
        let assigned = gitlab.assignees(&self.visit.issue.id).await.map_err(trouble)?;
        let stay = assigned.into_iter().filter(|(name, _)| !change.drop_people.contains(name)).map(|(_, id)| id);
        let (come, unknown) = who(gitlab, change.add_people.iter()).await?;
        Ok(Some((stay.chain(come).collect(), unknown)))
    }
}

/// The accounts of these people, and the names that nobody in GitLab has.
pub(super) async fn who(
    gitlab: &GitLab,
    names: impl Iterator<Item = &String>,
) -> Result<(Vec<i64>, Vec<String>), TurnError> {
    let (mut ids, mut unknown) = (Vec::new(), Vec::new());
    for name in names {
        match gitlab.user_id(name).await.map_err(trouble)? {
            Some(id) => ids.push(id),
            None => unknown.push(name.clone()),
        }
    }
    Ok((ids, unknown))
}

/// Tells of people on the card who could not be assigned.
pub(super) async fn tell_unknown(hands: &Hands, id: &IssueRef, names: &[String]) -> Result<(), TurnError> {
    if names.is_empty() {
        return Ok(());
    }
    let told = format!(
        "on the card and not assigned, for nobody in GitLab is called so: {}; write who they are there into `people` of \
         the [[route]]",
        names.join(", ")
    );
    tracing::warn!(issue = %id, "{told}");
    Ok(hands.store.tell(id, &told).await?)
}

pub(super) fn api(hands: &Hands) -> Result<&GitLab, TurnError> {
    let missing = || TurnError::Hopeless(NO_TOKEN.to_owned());
    hands.gitlab.as_ref().ok_or_else(missing)
}

pub(super) fn trouble(trouble: Trouble) -> TurnError {
    TurnError::Neighbour(GITLAB.to_owned(), trouble)
}
