//! What people ask and wish from chat.

mod day;
mod parse;
mod pick;
mod words;
