//! Routes of which so many issues are gone in GitLab that an operator has to say whether that is right.

use std::collections::BTreeMap;

use anyhow::Result;

use super::report::Finding;
use crate::store::Store;

pub(super) async fn all(store: &Store) -> Result<Vec<Finding>> {
    let mut routes: BTreeMap<String, usize> = BTreeMap::new();
    for waiting in store.missing().await? {
        *routes.entry(waiting.route).or_default() += 1;
    }
    let finding = |(route, count): (String, usize)| {
        let says = format!("{count} of them with cards are gone in GitLab at once, and nothing is done about any");
        let cure = format!(
            "`kanbridge links approve` lists them; where they were deleted, `kanbridge links approve {route:?}` archives \
             their cards; else see what GITLAB_TOKEN may see there"
        );
        Finding::fails(&format!("issues of {route}"), says, &*cure)
    };
    Ok(routes.into_iter().map(finding).collect())
}
