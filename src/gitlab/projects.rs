//! What there is on a GitLab: its version, who the token is, the projects.

use jiff::civil::Date;
use serde::Deserialize;

use super::client::{Call, GitLab};
use crate::model::{Trouble, TroubleKind};

/// A project.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Project {
    /// Its number, which stays when it is renamed.
    pub id: i64,
    /// `group/project`.
    pub path_with_namespace: String,
    /// What whoever the token acts as may do there; told of a single project.
    #[serde(default)]
    pub permissions: Permissions,
}

/// What somebody may do in a project.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
pub struct Permissions {
    project_access: Option<Access>,
    group_access: Option<Access>,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
struct Access {
    access_level: i64,
}

impl Permissions {
    /// Whether confidential issues are seen too: below the role Planner only one's own are
    /// (<https://docs.gitlab.com/user/project/issues/confidential_issues/>).
    pub fn sees_confidential(&self) -> bool {
        let levels = [&self.project_access, &self.group_access];
        levels.into_iter().flatten().any(|access| access.access_level >= PLANNER)
    }
}

/// Who the token acts as.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct User {
    /// Their number.
    pub id: i64,
    /// As behind the `@`.
    pub username: String,
}

/// What a token may do, and until when.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct TokenFacts {
    /// `api`, `read_api` …
    pub scopes: Vec<String>,
    /// The day on which it stops working.
    pub expires_at: Option<Date>,
}

#[derive(Deserialize)]
struct Version {
    version: String,
}

/// A token that acts for Maintainers sees this many of their projects here; who has more names the project.
pub const MOST_PROJECTS: usize = 200;

/// The access level of a Planner, the least that sees all issues.
const PLANNER: i64 = 15;

/// The access level of a Maintainer (<https://docs.gitlab.com/api/access_requests/>): below it, hooks are hidden.
const MAINTAINER: &str = "40";

impl GitLab {
    /// GitLab's version, `19.1.0-ee`.
    pub async fn version(&self) -> Result<String, Trouble> {
        let version: Version = self.read(Call::get("GET /version", &["version"], &[])).await?;
        Ok(version.version)
    }

    /// Who the token acts as.
    pub async fn user(&self) -> Result<User, Trouble> {
        self.read(Call::get("GET /user", &["user"], &[])).await
    }

    /// What the token may do; `None` where GitLab does not say (before 15.5, and for OAuth tokens).
    pub async fn token_facts(&self) -> Result<Option<TokenFacts>, Trouble> {
        let path = ["personal_access_tokens", "self"];
        match self.read(Call::get("GET /personal_access_tokens/self", &path, &[])).await {
            Ok(facts) => Ok(Some(facts)),
            Err(trouble) if trouble.kind == TroubleKind::Gone => Ok(None),
            Err(trouble) => Err(trouble),
        }
    }

    /// The projects whose hooks the token may see, the most recently used first; `search` is part of a name.
    pub async fn projects(&self, search: Option<&str>) -> Result<Vec<Project>, Trouble> {
        let mut query = vec![
            ("membership", "true"),
            ("min_access_level", MAINTAINER),
            ("archived", "false"),
            ("simple", "true"),
            ("order_by", "last_activity_at"),
        ];
        query.extend(search.map(|search| ("search", search)));
        if search.is_some() {
            query.push(("search_namespaces", "true"));
        }
        self.read_all(Call::get("GET /projects", &["projects"], &query), MOST_PROJECTS).await
    }

    /// A project by its number or its path; `None` when there is none that the token may see.
    pub async fn project(&self, name: &str) -> Result<Option<Project>, Trouble> {
        match self.read(Call::get("GET /projects/{id}", &["projects", name], &[])).await {
            Ok(project) => Ok(Some(project)),
            Err(trouble) if trouble.kind == TroubleKind::Gone && name.contains('/') => self.search(name).await,
            Err(trouble) if trouble.kind == TroubleKind::Gone => Ok(None),
            Err(trouble) => Err(trouble),
        }
    }

    /// A proxy that decodes `%2F` on the way makes GitLab answer 404 for every path, so a path is looked for by search
    /// as well.
    async fn search(&self, path: &str) -> Result<Option<Project>, Trouble> {
        let name = path.rsplit('/').next().unwrap_or(path);
        let query = [("search", name), ("simple", "true")];
        let found: Vec<Project> =
            self.read_all(Call::get("GET /projects", &["projects"], &query), MOST_PROJECTS).await?;
        Ok(found.into_iter().find(|project| project.path_with_namespace.eq_ignore_ascii_case(path)))
    }
}
