//! kanbridge keeps a Trello board and a GitLab project telling the same story.

pub mod cli;
pub mod clock;
pub mod config;
pub mod gitlab;
pub mod model;
pub mod net;
pub mod sandbox;
pub mod store;
pub mod sync;
pub mod text;
pub mod trello;
pub mod web;
pub mod worker;
