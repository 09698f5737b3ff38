//! kanbridge keeps a Trello board and a GitLab project telling the same story.

pub mod clock;
pub mod gitlab;
pub mod model;
pub mod store;
pub mod sync;
pub mod text;
