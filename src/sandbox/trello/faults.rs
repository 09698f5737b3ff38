//! Faults on demand, so that tests can be cruel.

use std::collections::{HashMap, VecDeque};

use super::params::ApiRequest;

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

/// The faults that wait for their calls.
#[derive(Debug, Default)]
pub(super) struct Faults {
    waiting: HashMap<String, VecDeque<Fault>>,
    held: Vec<ApiRequest>,
}

impl Faults {
    pub(super) fn add(&mut self, route: &str, fault: Fault) {
        self.waiting.entry(route.to_owned()).or_default().push_back(fault);
    }

    pub(super) fn next(&mut self, route: &str) -> Option<Fault> {
        self.waiting.get_mut(route)?.pop_front()
    }

    pub(super) fn hold(&mut self, request: ApiRequest) {
        self.held.push(request);
    }

    pub(super) fn take_held(&mut self) -> Vec<ApiRequest> {
        std::mem::take(&mut self.held)
    }
}
