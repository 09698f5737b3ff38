//! Text on its way from one side to the other. Pure: text in, text out.

mod cut;

pub use cut::{clean, cut, length};
