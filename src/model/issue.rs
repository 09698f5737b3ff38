//! What we know of an issue: its ticket, where it lives, and how fresh that knowledge is.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Instance, IssueRef, Ticket};

/// How fresh a state is: its `updated_at` and how finely that was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// Microseconds since 1970.
    pub at: i64,
    /// The grain of `at` in microseconds: 1,000,000 for whole seconds, 1,000 for milliseconds.
    pub step: i64,
}

impl Version {
    /// A state that came without a readable time. Its grain spans everything, so it ties with
    /// whatever it meets, and on a tie the later arrival wins.
    pub const UNKNOWN: Version = Version { at: 0, step: i64::MAX };

    /// Whether it was written in whole seconds or coarser: two states of one moment cannot be told apart then, and the
    /// older may have come last.
    pub fn is_vague(self) -> bool {
        self.step >= 1_000_000
    }

    /// Orders two versions at the coarser grain of the two: a real event written in whole seconds
    /// and a test event of the same second written in milliseconds are equal.
    pub fn cmp_coarse(self, other: Version) -> std::cmp::Ordering {
        let step = self.step.max(other.step).max(1);
        self.at.div_euclid(step).cmp(&other.at.div_euclid(step))
    }
}

/// The address of an issue, taken apart so that its several spellings compare equal.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct IssueUrl {
    /// The host.
    pub instance: Instance,
    /// `group/project`, in lower case: GitLab's paths do not tell case apart.
    pub path: String,
    /// The number within the project.
    pub iid: i64,
}

impl IssueUrl {
    /// Reads `/issues/N`, `/-/issues/N` and `/-/work_items/N`; `None` for every other URL.
    pub fn parse(url: &str) -> Option<Self> {
        let parsed = url::Url::parse(url).ok()?;
        let instance = Instance::of_url(url).ok()?;
        let path = parsed.path().trim_matches('/');
        let (front, iid) = path.rsplit_once('/')?;
        let front = front.strip_suffix("/issues").or_else(|| front.strip_suffix("/-/work_items"))?;
        let front = front.strip_suffix("/-").unwrap_or(front);
        let iid = iid.parse().ok().filter(|n| *n > 0)?;
        Some(IssueUrl { instance, path: front.to_lowercase(), iid })
    }
}

impl fmt::Display for IssueUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}#{}", self.instance, self.path, self.iid)
    }
}

/// The milestone that an issue belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Milestone {
    /// GitLab's global id.
    pub id: i64,
    /// As people read it. Hooks tell the id alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

/// What of a confidential issue has been left out because it must not be kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Withheld {
    /// Nothing.
    #[default]
    Nothing,
    /// All but what tells where its card stands.
    Words,
    /// All but its name.
    Everything,
}

/// The newest state of an issue that we have seen (its observation).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issue {
    /// Which issue.
    pub id: IssueRef,
    /// GitLab's global id; issues that move are told by it.
    pub global_id: Option<i64>,
    /// `group/project` as of this state; routes are looked up by it.
    pub project_path: Option<String>,
    /// Where people read it.
    pub url: Option<String>,
    /// `Issue`, `Task`, `Incident` …, where GitLab said so (17.2 and later).
    pub kind: Option<String>,
    /// Its milestone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub milestone: Option<Milestone>,
    /// Its weight, where GitLab has weights (Premium).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<i64>,
    /// Seen only by members of the project. What is in such an issue is left out where it must not be kept; see
    /// [`Discretion`](super::Discretion).
    pub confidential: bool,
    /// What has been left out of this.
    #[serde(default, skip_serializing_if = "is_default")]
    pub withheld: Withheld,
    /// The global id of the issue that it became in another project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_to: Option<i64>,
    /// How fresh this state is.
    pub version: Version,
    /// What it says.
    pub ticket: Ticket,
}

fn is_default(withheld: &Withheld) -> bool {
    *withheld == Withheld::Nothing
}

impl Issue {
    /// Whether what it says has been left out because it is confidential.
    pub fn is_withheld(&self) -> bool {
        self.withheld != Withheld::Nothing || self.has_no_place()
    }

    /// Whether not even that is known which tells where its card stands. Older versions did not say what they left out,
    /// and no issue is without a title.
    pub fn has_no_place(&self) -> bool {
        let blank = self.withheld == Withheld::Nothing && self.confidential && self.ticket.title.is_empty();
        self.withheld == Withheld::Everything || blank
    }

    /// Whether `self`, already known, refuses `arriving`: it is older, or of the same moment and
    /// public where we know the issue as confidential. GitLab wrote whole seconds until 2026, so a
    /// flip to confidential and an edit can share a stamp; then the cautious reading wins, and the
    /// next change settles it.
    pub fn refuses(&self, arriving: &Issue) -> bool {
        match arriving.version.cmp_coarse(self.version) {
            std::cmp::Ordering::Less => true,
            std::cmp::Ordering::Equal => self.confidential && !arriving.confidential,
            std::cmp::Ordering::Greater => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_spellings_of_an_issue_url_are_one() {
        let one = IssueUrl::parse("https://gitlab.example.com/Team/app/issues/23").unwrap();
        for other in [
            "http://gitlab.example.com/team/app/-/issues/23",
            "https://gitlab.example.com/team/app/-/work_items/23/",
            "https://gitlab.example.com/team/app/-/issues/23?x=1#note_5",
        ] {
            assert_eq!(IssueUrl::parse(other).unwrap(), one, "{other}");
        }
        assert_eq!(one.to_string(), "gitlab.example.com/team/app#23");
        for other in [
            "https://gitlab.example.com/team/app",
            "https://gitlab.example.com/team/app/-/merge_requests/23",
            "nothing",
        ] {
            assert_eq!(IssueUrl::parse(other), None, "{other}");
        }
    }

    #[test]
    fn versions_compare_at_the_coarser_grain() {
        use std::cmp::Ordering::{Equal, Greater, Less};
        let second = |at: i64| Version { at: at * 1_000_000, step: 1_000_000 };
        let milli = |at: i64| Version { at: at * 1_000, step: 1_000 };
        assert_eq!(milli(5_900).cmp_coarse(second(5)), Equal);
        assert_eq!(milli(5_900).cmp_coarse(milli(5_901)), Less);
        assert_eq!(second(6).cmp_coarse(milli(5_999)), Greater);
        assert_eq!(Version::UNKNOWN.cmp_coarse(second(5)), Equal);
    }
}
