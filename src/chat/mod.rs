//! The chat servers: a message as each of them writes it, sent at the pace that each allows, and what their answers
//! mean. The one thing to know: nobody is ever mentioned. What people wrote is text, whatever a server would make of it.

mod allowance;
mod answer;
mod client;
mod hook;
mod look;
mod place;
mod render;
mod scrub;
mod sign;
mod template;

pub use allowance::Pace;
pub use client::{Chat, Promise, Unsent};
pub use hook::{Called, Heard, Hearing, Knock, Speaker, Unheard, hear};
pub use render::{render, reply};

#[cfg(test)]
mod tests;
