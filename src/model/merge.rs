//! Merge requests, as far as issues hear of them: what is known of one, which issues it names, and what has been done
//! about it on a card.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{BadId, Instance, ListId, Micros, Version};

/// How a merge request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MergeState {
    /// Open, or just being merged.
    Opened,
    /// Closed without being merged.
    Closed,
    /// Merged.
    Merged,
}

impl fmt::Display for MergeState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            MergeState::Opened => "opened",
            MergeState::Closed => "closed",
            MergeState::Merged => "merged",
        })
    }
}

impl FromStr for MergeState {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        match text {
            // `reopened` was a state of its own up to GitLab 9; `locked` lasts while it is being merged.
            "opened" | "reopened" | "locked" => Ok(MergeState::Opened),
            "closed" => Ok(MergeState::Closed),
            "merged" => Ok(MergeState::Merged),
            _ => Err(BadId { text: text.to_owned(), wanted: "the state of a merge request" }),
        }
    }
}

/// A merge request, named by its project (of the instance) and its number there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergeRequest {
    /// The project that it is to be merged into.
    pub project: i64,
    /// Its number there.
    pub iid: i64,
    /// One line.
    pub title: String,
    /// Where people read it.
    pub url: String,
    /// How it stands.
    pub state: MergeState,
    /// When it came to stand so; `None` where nobody told.
    pub turned: Option<Micros>,
    /// How fresh this is.
    pub version: Version,
}

impl MergeRequest {
    /// What tells it from others of its instance.
    pub fn name(&self) -> (i64, i64) {
        (self.project, self.iid)
    }
}

/// A project, as a text names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProjectName {
    /// By its number.
    Id(i64),
    /// By its path, in lower case.
    Path(String),
}

/// A merge request as a hook told it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergeNews {
    /// Where it lives.
    pub instance: Instance,
    /// The merge request.
    pub merge: MergeRequest,
    /// The issues of that instance that its title and description name, each once: project and number.
    pub names: Vec<(ProjectName, i64)>,
}

/// What has been done about a merge request on an issue's card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MergeTrace {
    /// Its project.
    pub project: i64,
    /// Its number there.
    pub iid: i64,
    /// The address that was attached, or is about to be.
    pub url: String,
    /// It hangs on the card, or hung there when we looked: who takes it off has their way.
    pub attached: bool,
    /// The name under which we attached it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What was known of it when the card last heeded it: what is older is no news.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Version>,
    /// The name under which it is about to be attached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hanging: Option<String>,
    /// It is about to be attached since then, and the outcome not known yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intent: Option<Micros>,
    /// How it stood when the card last heeded it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heeded: Option<MergeState>,
    /// The card is about to be moved for it, away from this list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leaving: Option<ListId>,
}

impl MergeTrace {
    /// Nothing has been done yet.
    pub fn of(merge: &MergeRequest) -> Self {
        MergeTrace {
            project: merge.project,
            iid: merge.iid,
            url: merge.url.clone(),
            attached: false,
            name: None,
            seen: None,
            hanging: None,
            intent: None,
            heeded: None,
            leaving: None,
        }
    }

    /// What tells its merge request from others.
    pub fn name(&self) -> (i64, i64) {
        (self.project, self.iid)
    }
}
