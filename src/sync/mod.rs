//! The core. Pure: what is and what should be go in, a plan comes out. No I/O, clock, randomness
//! or logging in here.

pub mod face;
pub mod plan;
pub mod rules;
