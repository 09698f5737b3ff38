//! Text on its way from one side to the other. Pure: text in, text out.

pub mod card_name;
mod cut;
mod markdown;

pub use cut::{clean, closed, cut, head, length};
pub use markdown::{
    Home, NamedIssue, follow, for_gitlab, from_trello, named_issues, normal, plain, title_for_gitlab,
    title_from_gitlab, to_trello,
};
