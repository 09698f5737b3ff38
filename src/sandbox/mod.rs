//! Stand-ins for the neighbours over real HTTP, for tests and demonstrations, and the page that shows them. They
//! deliberately share no types with `gitlab/` and `trello/`: they are the other opinion on the wire format. They grow
//! with the features, and hold no more than something uses.

mod calls;
pub mod chat;
mod faults;
pub mod gitlab;
pub mod page;
mod server;
pub mod story;
pub mod trello;
