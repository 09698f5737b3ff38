//! How a plan about comments comes about: copies found, moved originals known again, unknown outcomes settled, edits
//! followed, and only then what is new posted.

use std::collections::{BTreeMap, HashMap};

use super::shore::{Id, Item, Shore, half, set_half};
use super::{Plan, Rules, Step, Thread, print};
use crate::model::{Micros, Pair, Print, Side};

/// The time of a change that nobody remembers.
const NEVER: Micros = Micros(i64::MIN);

/// A plan in the making.
pub(super) struct Work<'a> {
    thread: &'a Thread<'a>,
    rules: &'a Rules,
    notes: Shore<'a>,
    comments: Shore<'a>,
    pairs: Vec<Pair>,
    /// Which pair an original is of, by the original.
    known: HashMap<Id, usize>,
    /// Which pair a copy is of, by the copy.
    copies: HashMap<Id, usize>,
    /// What is to be written down without a call, by pair.
    learned: BTreeMap<usize, Pair>,
    forgotten: Vec<Step>,
    steps: Vec<Step>,
    reads: Vec<Side>,
    wait: Option<Micros>,
    /// Sides where nothing may be posted this time, lest the order be lost.
    held: Vec<Side>,
}

impl<'a> Work<'a> {
    pub(super) fn new(thread: &'a Thread<'a>, rules: &'a Rules) -> Self {
        let pairs = thread.pairs.to_vec();
        let original = |(at, pair): (usize, &Pair)| Some((half(pair, pair.origin)?, at));
        let copy = |(at, pair): (usize, &Pair)| Some((half(pair, pair.origin.other())?, at));
        Work {
            thread,
            rules,
            notes: Shore::of_notes(thread.notes),
            comments: Shore::of_comments(thread.comments, thread),
            known: pairs.iter().enumerate().filter_map(original).collect(),
            copies: pairs.iter().enumerate().filter_map(copy).collect(),
            pairs,
            learned: BTreeMap::new(),
            forgotten: Vec::new(),
            steps: Vec::new(),
            reads: Vec::new(),
            wait: None,
            held: Vec::new(),
        }
    }

    fn shore(&self, side: Side) -> &Shore<'a> {
        match side {
            Side::Gitlab => &self.notes,
            Side::Trello => &self.comments,
        }
    }

    fn goes_to(&self, side: Side) -> bool {
        match side {
            Side::Gitlab => self.rules.direction.from_trello(),
            Side::Trello => self.rules.direction.from_gitlab(),
        }
    }

    fn learn(&mut self, at: usize) {
        self.learned.insert(at, self.pairs[at].clone());
    }

    /// Originals of `side` that are there under another id than the remembered one: the issue was moved.
    fn rename(&mut self, side: Side) {
        let lost = |(at, pair): (usize, &Pair)| {
            let settled = pair.origin == side && pair.intent.is_none();
            let id = half(pair, side).filter(|id| settled && self.shore(side).lacks(id))?;
            Some(((pair.created, pair.original.clone()?), (at, id)))
        };
        let mut lost: HashMap<_, _> = self.pairs.iter().enumerate().filter_map(lost).collect();
        if lost.is_empty() {
            return;
        }
        let fresh = self.shore(side).items.iter().filter(|item| !item.ours && !self.known.contains_key(&item.id));
        let found = fresh.filter_map(|item| Some((lost.remove(&(item.created, item.print()))?, item.id.clone())));
        for ((at, old), new) in found.collect::<Vec<_>>() {
            self.known.remove(&old);
            self.known.insert(new.clone(), at);
            self.forgotten.push(Step::Forget(self.pairs[at].clone()));
            set_half(&mut self.pairs[at], &new);
            self.learn(at);
        }
    }

    /// Copies on `side` that are there and not remembered. Of two copies of one original the older counts.
    fn adopt(&mut self, side: Side) {
        let marked = |item: &Item<'_>| Some((item.original.clone()?, item.id.clone(), item.print()));
        for (original, id, print) in self.shore(side).items.iter().filter_map(marked).collect::<Vec<_>>() {
            if self.copies.contains_key(&id) {
                continue;
            }
            self.copies.insert(id.clone(), self.known.get(&original).copied().unwrap_or(self.pairs.len()));
            let Some(at) = self.known.get(&original).copied() else {
                let pair = self.found(side, &original, &id, print);
                self.known.insert(original, self.pairs.len());
                self.pairs.push(pair);
                self.learn(self.pairs.len() - 1);
                continue;
            };
            let pair = &self.pairs[at];
            let other = half(pair, side);
            if pair.origin == side || pair.gone || other.is_some_and(|other| !self.shore(side).lacks(&other)) {
                continue;
            }
            let pair = &mut self.pairs[at];
            set_half(pair, &id);
            (pair.copy, pair.intent) = (Some(print), None);
            self.learn(at);
        }
    }

    fn found(&self, side: Side, original: &Id, copy: &Id, print: Print) -> Pair {
        let created = self.shore(side.other()).get(original).map_or(Micros(0), |item| item.created);
        let mut pair = Pair {
            origin: side.other(),
            note: None,
            comment: None,
            created,
            changed: NEVER,
            original: None,
            copy: Some(print),
            intent: None,
            gone: false,
        };
        set_half(&mut pair, original);
        set_half(&mut pair, copy);
        pair
    }

    /// Posts whose outcome is unknown and whose mark was not found.
    fn settle(&mut self) {
        for at in 0..self.pairs.len() {
            let pair = &self.pairs[at];
            let side = pair.origin.other();
            let Some(intent) = pair.intent.filter(|_| half(pair, side).is_none()) else {
                continue;
            };
            let settled = intent + self.rules.settle;
            match self.shore(side).whole {
                None => self.read(side),
                Some(read) if read < settled => {
                    self.wait = Some(self.wait.map_or(settled, |wait| wait.min(settled)));
                    self.hold(side);
                }
                Some(_) => {
                    self.forgotten.push(Step::Forget(pair.clone()));
                    if let Some(original) = half(pair, pair.origin) {
                        self.known.remove(&original);
                    }
                }
            }
        }
    }

    fn read(&mut self, side: Side) {
        if !self.reads.contains(&side) {
            self.reads.push(side);
        }
        self.hold(side);
    }

    fn hold(&mut self, side: Side) {
        if !self.held.contains(&side) {
            self.held.push(side);
        }
    }

    /// Copies whose originals were edited, withdrawn or deleted.
    fn follow(&mut self) {
        for at in 0..self.pairs.len() {
            let pair = self.pairs[at].clone();
            let (origin, side) = (pair.origin, pair.origin.other());
            let (Some(original), Some(copy)) = (half(&pair, origin), half(&pair, side)) else {
                continue;
            };
            if pair.gone {
                continue;
            }
            if self.shore(side).lacks(&copy) {
                self.pairs[at].gone = true;
                self.learn(at);
                continue;
            }
            let item = self.shore(origin).get(&original).cloned();
            let withdrawn = item.as_ref().is_some_and(|item| item.hidden);
            let deleted = self.rules.deletions && self.goes_to(side) && self.shore(origin).lacks(&original);
            match item {
                _ if withdrawn || deleted => self.steps.push(Step::Remove(pair)),
                Some(item) if self.goes_to(side) => self.follow_edit(at, &item, &copy),
                _ => {}
            }
        }
    }

    fn follow_edit(&mut self, at: usize, item: &Item<'_>, copy: &Id) {
        let pair = &self.pairs[at];
        let (origin, side) = (pair.origin, pair.origin.other());
        let said = item.print();
        if older(item.changed, pair.changed) || pair.original.as_ref() == Some(&said) {
            return;
        }
        // Nobody remembers which words were copied: old news must not be told as new.
        let forgotten = pair.original.is_none() && pair.changed == NEVER;
        let readable = origin == Side::Trello || self.rules.gitlab_is_read;
        if forgotten && readable && self.shore(origin).whole.is_none() {
            return self.read(origin);
        }
        let text = item.copy(self.thread).text;
        let now = self.shore(side).get(copy).map(Item::print);
        let overrules = pair.original.is_some() && now.is_some() && now != pair.copy;
        let pair = &mut self.pairs[at];
        (pair.original, pair.changed, pair.created) = (Some(said), item.changed, item.created);
        if now.as_ref() == Some(&print(&text)) {
            pair.copy = now;
            self.learn(at);
            return;
        }
        self.steps.push(Step::Edit { pair: pair.clone(), text, overrules });
    }

    /// Originals without a copy, oldest first.
    fn post(&mut self) {
        let mut fresh: Vec<Item<'a>> = Vec::new();
        for shore in [&self.notes, &self.comments] {
            let wanted = self.goes_to(shore.side.other());
            let since = |item: &&Item<'_>| self.rules.since.is_none_or(|since| item.created >= since);
            let new = |item: &&Item<'_>| wanted && !item.ours && !item.hidden && !self.known.contains_key(&item.id);
            fresh.extend(shore.items.iter().filter(new).filter(since).cloned());
        }
        fresh.sort_by(|a, b| a.order().cmp(&b.order()));
        for item in fresh {
            let origin = if matches!(item.id, Id::Note(_)) { Side::Gitlab } else { Side::Trello };
            let side = origin.other();
            if self.held.contains(&side) {
                continue;
            }
            let copy = item.copy(self.thread);
            if copy.empty {
                continue;
            }
            if !self.thread.memory && self.shore(side).whole.is_none() {
                self.read(side);
                continue;
            }
            self.steps.push(Step::Post { pair: fresh_pair(&item, origin), text: copy.text });
        }
    }

    pub(super) fn plan(mut self) -> Plan {
        for side in [Side::Gitlab, Side::Trello] {
            self.adopt(side);
        }
        for side in [Side::Gitlab, Side::Trello] {
            self.rename(side);
        }
        self.settle();
        self.follow();
        self.post();
        let mut steps: Vec<Step> = self.learned.into_values().map(Step::Remember).collect();
        steps.extend(self.forgotten);
        steps.extend(self.steps);
        steps.extend(self.reads.into_iter().map(Step::Read));
        steps.extend(self.wait.map(Step::Wait));
        Plan { steps }
    }
}

fn fresh_pair(item: &Item<'_>, origin: Side) -> Pair {
    let mut pair = Pair {
        origin,
        note: None,
        comment: None,
        created: item.created,
        changed: item.changed,
        original: Some(item.print()),
        copy: None,
        intent: None,
        gone: false,
    };
    set_half(&mut pair, &item.id);
    pair
}

/// Whether news of `one` moment are older than what is known of `other`. GitLab's hooks told whole seconds until 2026,
/// so a time without a fraction is compared by the second, and a tie is believed.
pub(super) fn older(one: Micros, other: Micros) -> bool {
    let coarse = [one, other].iter().any(|time| time.0.rem_euclid(1_000_000) == 0);
    if coarse { one.seconds() < other.seconds() } else { one < other }
}
