//! The core. Pure: what is and what should be go in, a plan comes out. No I/O, clock, randomness
//! or logging in here.

pub mod change;
pub mod dialect;
pub mod discretion;
pub mod face;
pub mod facets;
pub mod filing;
pub mod memory;
mod merge;
pub mod merges;
pub mod plan;
pub mod reconcile;
pub mod rules;
pub mod thread;
