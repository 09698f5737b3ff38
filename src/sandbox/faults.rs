//! Faults on demand, so that tests can be cruel. Each look-alike names its calls by routes (`POST /cards`) and keeps the
//! requests that it holds back.

use std::collections::{HashMap, VecDeque};

/// How a call fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is answered with this status and text, and not carried out.
    Answer(u16, &'static str),
    /// It is never answered, and not carried out.
    TimeoutBefore,
    /// It is carried out and never answered.
    TimeoutAfter,
    /// The connection is dropped, and the call not carried out.
    DropBefore,
    /// It is carried out, and the connection dropped before the answer.
    DropAfter,
    /// The connection is dropped, and the call carried out later, when the test says so.
    ApplyLater,
}

impl Fault {
    /// Whether the call is carried out at once all the same.
    pub(super) fn carries_out(&self) -> bool {
        matches!(self, Fault::TimeoutAfter | Fault::DropAfter)
    }
}

/// What becomes of a call once it was ruled on.
#[derive(Debug)]
pub(super) enum Outcome<A> {
    Answer(A),
    Cut,
    Silence,
}

impl<A> Outcome<A> {
    /// What `fault` leaves of an answer.
    pub(super) fn under(fault: Option<&Fault>, answer: A) -> Self {
        match fault {
            Some(Fault::TimeoutBefore | Fault::TimeoutAfter) => Outcome::Silence,
            Some(Fault::DropBefore | Fault::DropAfter | Fault::ApplyLater) => Outcome::Cut,
            Some(Fault::Answer(..)) | None => Outcome::Answer(answer),
        }
    }

    pub(super) fn map<B>(self, with: impl FnOnce(A) -> B) -> Outcome<B> {
        match self {
            Outcome::Answer(answer) => Outcome::Answer(with(answer)),
            Outcome::Cut => Outcome::Cut,
            Outcome::Silence => Outcome::Silence,
        }
    }
}

/// The faults that wait for their calls, and the requests that are carried out later.
#[derive(Debug)]
pub(super) struct Faults<R> {
    waiting: HashMap<String, VecDeque<Fault>>,
    held: Vec<R>,
}

impl<R> Default for Faults<R> {
    fn default() -> Self {
        Faults { waiting: HashMap::new(), held: Vec::new() }
    }
}

impl<R> Faults<R> {
    pub(super) fn add(&mut self, route: &str, fault: Fault) {
        self.waiting.entry(route.to_owned()).or_default().push_back(fault);
    }

    pub(super) fn next(&mut self, route: &str) -> Option<Fault> {
        self.waiting.get_mut(route)?.pop_front()
    }

    pub(super) fn hold(&mut self, request: R) {
        self.held.push(request);
    }

    pub(super) fn take_held(&mut self) -> Vec<R> {
        std::mem::take(&mut self.held)
    }
}
