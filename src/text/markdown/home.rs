//! Where a text comes from: the project whose `#34`, `@ana` and `/uploads/…` it speaks of.

/// The GitLab project that a text belongs to. Without its address references stay plain words and relative links stay
/// as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Home {
    project: Option<String>,
    path: Option<String>,
}

impl Home {
    /// `project_url` is where people see the project (`https://host/group/app`, also with a folder between host and
    /// path), `project_path` its `group/app`, by which the two are told apart.
    pub fn new(project_url: Option<&str>, project_path: Option<&str>) -> Self {
        let is_web = |url: &&str| url.starts_with("https://") || url.starts_with("http://");
        let clean =
            |url: &str| !url.contains(|c: char| c.is_whitespace() || c.is_control() || "()<>[]\\\"`".contains(c));
        let project = project_url.filter(is_web).map(|url| url.trim_end_matches('/').to_owned());
        let project = project.filter(|url| clean(url));
        let path = project_path.map(|path| path.trim_matches('/').to_owned()).filter(|path| !path.is_empty());
        Home { project, path }
    }

    /// The home of an issue, from the address where people read it (`…/-/issues/23`).
    pub fn of_issue(issue_url: Option<&str>, project_path: Option<&str>) -> Self {
        let front = |url: &str| -> Option<String> {
            let url = url.split(['#', '?']).next()?;
            let (front, _) = url.trim_end_matches('/').rsplit_once('/')?;
            let front = front.strip_suffix("/issues").or_else(|| front.strip_suffix("/work_items"))?;
            Some(front.strip_suffix("/-").unwrap_or(front).to_owned())
        };
        Home::new(issue_url.and_then(front).as_deref(), project_path)
    }

    /// The project's address, without a slash at its end.
    pub(super) fn project(&self) -> Option<&str> {
        self.project.as_deref()
    }

    /// The instance's address, without a slash at its end.
    pub(super) fn root(&self) -> Option<&str> {
        let project = self.project.as_deref()?;
        let by_path = self.path.as_deref().and_then(|path| {
            let front = project.len().checked_sub(path.len())?;
            let same = project.get(front..)?.eq_ignore_ascii_case(path);
            same.then(|| project[..front].trim_end_matches('/'))
        });
        by_path.filter(|root| root.contains("://")).or_else(|| {
            let host = project.find("://")? + 3;
            Some(project[host..].find('/').map_or(project, |slash| &project[..host + slash]))
        })
    }

    /// The path of the group that the project stands in.
    pub(super) fn group(&self) -> Option<&str> {
        let path = self.project.as_deref()?.strip_prefix(self.root()?)?.trim_start_matches('/');
        path.rsplit_once('/').map(|(group, _)| group)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_and_group_are_found_also_where_gitlab_lives_in_a_folder() {
        let home = Home::of_issue(Some("https://host/git/Team/sub/app/-/issues/23#note_1"), Some("team/sub/app"));
        assert_eq!(home.project(), Some("https://host/git/Team/sub/app"));
        assert_eq!((home.root(), home.group()), (Some("https://host/git"), Some("Team/sub")));
        let old = Home::of_issue(Some("http://host:81/team/app/issues/3"), None);
        assert_eq!((old.root(), old.group()), (Some("http://host:81"), Some("team")));
        assert_eq!(Home::of_issue(Some("nothing"), Some("team/app")).root(), None);
        assert_eq!(Home::new(Some("javascript:x"), None), Home::default());
    }
}
