//! The nouns: ids, keys, tickets, links, secrets and troubles, in our own words. This room knows
//! nobody: no vendor's field names, no library's errors, no I/O.

mod activity;
mod comment;
mod delivery;
mod dest;
mod discretion;
mod id;
mod integration;
mod issue;
mod key;
mod link;
mod merge;
mod message;
mod room;
mod secret;
mod signal;
mod signing_key;
mod ticket;
mod time;
mod trouble;
mod watch;
mod wish;

pub use activity::{Activity, Actor};
pub use comment::{Comment, Listing, Note, NoteId, NoteNews, Pair, Print, Side};
pub use delivery::{Delivery, Intake, Receipt, Verdict};
pub use dest::Dest;
pub use discretion::{Discretion, MayKeep};
pub use id::{
    AccountName, ActionId, AttachmentId, BadId, BoardId, CardId, Instance, IssueRef, LabelId, ListId, MemberId,
    ModelId, WebhookId,
};
pub use integration::{BadName, Integration, Kept, ScriptName, Storages, check_name};
pub use issue::{Issue, IssueUrl, Milestone, Version, Withheld};
pub use key::{BadKey, Key, Rank};
pub use link::{Intent, Link, Parked};
pub use merge::{MergeNews, MergeRequest, MergeState, MergeTrace, ProjectName};
pub use message::{Field, Gist, Message, Span, Tone};
pub use room::{CommandRules, May, Room, RoomKind, RoomName};
pub use secret::Secret;
pub use signal::{Signal, SignalCard, SignalIssue, What};
pub use signing_key::{BadSigningToken, SigningKey};
pub use ticket::{Base, Label, Seen, Spot, Ticket};
pub use time::Micros;
pub use trouble::{Done, Trouble, TroubleKind};
pub use watch::{Watch, WatchNews, WatchState};
pub use wish::{Deed, OnCard, Wish, WishId, WishState, Wished};
