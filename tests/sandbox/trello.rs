//! The Trello side.
