//! The world around the core: two servers, people, and a bridge that takes the core's steps and may die in any of them.

use std::collections::BTreeMap;
use std::time::Duration;

use kanbridge::model::{Comment, IssueRef, Listing, Micros, Note, NoteId, Pair, Side};
use kanbridge::sync::rules::Direction;
use kanbridge::sync::thread::{Plan, Rules, Step, Thread, Written, thread};
use kanbridge::text::Home;

const SETTLE: Duration = Duration::from_secs(35);
/// A server gives up on a request after this.
pub(crate) const LATEST: i64 = 30;

#[derive(Clone, Debug)]
pub(crate) enum Op {
    Say { side: Side, hidden: bool },
    Edit { side: Side, which: usize },
    EditCopy { side: Side, which: usize },
    Delete { side: Side, which: usize },
    Hide { which: usize },
    Pass { seconds: i64 },
    Forget { every: usize },
    Move,
    Turn { notes: View, comments: View, crash: Option<(usize, Lost)> },
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum View {
    Whole,
    Unknown,
    /// Some of them, some in an older state, some twice.
    Part(u64),
}

/// What became of the call during which the bridge died.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Lost {
    NeverSent,
    Done,
    DoneLater(i64),
}

/// Something somebody said, or a copy of it.
#[derive(Clone, Debug)]
struct Saying {
    id: u64,
    created: i64,
    /// Each state with its time; the last one counts.
    states: Vec<(i64, String)>,
    hidden: bool,
    deleted: bool,
    /// Written by the bridge.
    ours: bool,
    /// A person edited this copy then.
    meddled: Option<i64>,
}

impl Saying {
    fn text(&self) -> &str {
        &self.states.last().unwrap().1
    }
}

pub(crate) struct World {
    now: i64,
    ids: u64,
    sayings: BTreeMap<Side, Vec<Saying>>,
    /// Writes that take effect later.
    late: Vec<(i64, Side, String)>,
    pairs: Vec<Pair>,
    memory: bool,
    forgot: bool,
    moved: bool,
    removed_by_people: bool,
    rules: Rules,
    issue: IssueRef,
    home: Home,
}

/// Id, created, changed, text, hidden.
type Seen = (u64, i64, i64, String, bool);

fn comment_id(id: u64) -> String {
    format!("5e93bac014d40e50{id:08x}")
}

fn micros(seconds: i64) -> Micros {
    Micros(seconds * 1_000_000)
}

impl World {
    pub(crate) fn new(direction: Direction, deletions: bool) -> Self {
        World {
            now: 1_000,
            ids: 1,
            sayings: [(Side::Gitlab, Vec::new()), (Side::Trello, Vec::new())].into(),
            late: Vec::new(),
            pairs: Vec::new(),
            memory: true,
            forgot: false,
            moved: false,
            removed_by_people: false,
            rules: Rules { direction, deletions, since: None, gitlab_is_read: true, settle: SETTLE },
            issue: "gitlab.example.com/42/23".parse().unwrap(),
            home: Home::default(),
        }
    }

    fn goes_to(&self, side: Side) -> bool {
        if side == Side::Trello { self.rules.direction.from_gitlab() } else { self.rules.direction.from_trello() }
    }

    fn add(&mut self, side: Side, text: String, hidden: bool, ours: bool) -> u64 {
        self.ids += 1;
        let (id, now) = (self.ids, self.now);
        let states = vec![(now, text)];
        let saying = Saying { id, created: now, states, hidden, deleted: false, ours, meddled: None };
        self.sayings.get_mut(&side).unwrap().push(saying);
        id
    }

    /// The `which`-th living saying of a side.
    fn pick(&mut self, side: Side, which: usize, ours: bool) -> Option<&mut Saying> {
        let mut living: Vec<_> =
            self.sayings.get_mut(&side).unwrap().iter_mut().filter(|s| !s.deleted && s.ours == ours).collect();
        if living.is_empty() {
            return None;
        }
        let at = which % living.len();
        Some(living.swap_remove(at))
    }

    fn pass(&mut self, seconds: i64) {
        self.now += seconds;
        let due: Vec<_> = self.late.extract_if(.., |(at, ..)| *at <= self.now).collect();
        for (_, side, text) in due {
            self.add(side, text, false, true);
        }
    }

    pub(crate) fn step(&mut self, op: &Op) {
        self.pass(1);
        let now = self.now;
        match *op {
            Op::Say { side, hidden } => {
                let hidden = hidden && side == Side::Gitlab;
                let id = self.ids + 1;
                let text = if hidden { format!("secret {id} v0") } else { format!("word {id} v0") };
                self.add(side, text, hidden, false);
            }
            Op::Edit { side, which } => {
                if let Some(saying) = self.pick(side, which, false) {
                    let kind = if saying.hidden { "secret" } else { "word" };
                    let text = format!("{kind} {} v{}", saying.id, saying.states.len());
                    saying.states.push((now, text));
                }
            }
            Op::EditCopy { side, which } => {
                if let Some(copy) = self.pick(side, which, true) {
                    let text = copy.text().replace("word", "meddled word");
                    copy.states.push((now, text));
                    copy.meddled = Some(now);
                }
            }
            Op::Delete { side, which } => {
                let ours = which.is_multiple_of(2);
                if let Some(saying) = self.pick(side, which / 2, ours) {
                    saying.deleted = true;
                    self.removed_by_people |= ours;
                }
            }
            Op::Hide { which } => {
                if let Some(saying) = self.pick(Side::Gitlab, which, false) {
                    saying.hidden = true;
                    saying.states.push((now, format!("secret {} v{}", saying.id, saying.states.len())));
                }
            }
            Op::Pass { seconds } => self.pass(seconds),
            Op::Forget { every } if !self.moved => {
                // Memory that is lost together with a call under way is the accepted case.
                self.pass(LATEST);
                let mut at = 0;
                self.pairs.retain(|_| {
                    at += 1;
                    at % every != 0
                });
                (self.memory, self.forgot) = (false, true);
            }
            Op::Forget { .. } => {}
            Op::Move if !self.forgot => self.move_issue(),
            Op::Move => {}
            Op::Turn { notes, comments, crash } => self.turn(notes, comments, crash),
        }
        self.never_twice();
    }

    /// The issue goes to another project, where its notes have new ids; who calls the core knows, and reads it whole.
    fn move_issue(&mut self) {
        self.pass(LATEST);
        self.turn(View::Whole, View::Whole, None);
        self.pass(SETTLE.as_secs() as i64);
        self.turn(View::Whole, View::Whole, None);
        for note in self.sayings.get_mut(&Side::Gitlab).unwrap() {
            self.ids += 1;
            note.id = self.ids;
        }
        self.moved = true;
        self.turn(View::Whole, View::Whole, None);
    }

    /// What the bridge sees of a side.
    fn see(&self, side: Side, view: View) -> (Vec<Seen>, Option<Micros>) {
        let living = self.sayings[&side].iter().filter(|saying| !saying.deleted);
        let state = |saying: &Saying, back: usize| {
            let (changed, text) = &saying.states[saying.states.len().saturating_sub(1 + back)];
            (saying.id, saying.created, *changed, text.clone(), saying.hidden)
        };
        match view {
            View::Whole => (living.map(|saying| state(saying, 0)).collect(), Some(micros(self.now))),
            View::Unknown => (Vec::new(), None),
            View::Part(mut seed) => {
                let mut seen = Vec::new();
                for saying in living {
                    seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    for bit in 0..2 {
                        if seed >> (40 + bit) & 1 == 1 {
                            let back = (seed >> (50 + bit) & 1) as usize;
                            // What was hidden after it was written is not told as public by old news here: GitLab
                            // knows no such change, it stands for an issue that turned confidential.
                            seen.insert(
                                seen.len() * (bit as usize),
                                state(saying, if saying.hidden { 0 } else { back }),
                            );
                        }
                    }
                }
                (seen, None)
            }
        }
    }

    fn plan(&self, notes: View, comments: View) -> Plan {
        let (seen, whole) = self.see(Side::Gitlab, notes);
        let note = |(id, created, changed, text, hidden): Seen| Note {
            id: NoteId(id as i64),
            author: "Ana".into(),
            text,
            created: micros(created),
            changed: micros(changed),
            hidden,
        };
        let notes = Listing { items: seen.into_iter().map(note).collect(), whole };
        let (seen, whole) = self.see(Side::Trello, comments);
        let comment = |(id, created, changed, text, _): Seen| Comment {
            id: comment_id(id).parse().unwrap(),
            author: "Bo".into(),
            text,
            created: micros(created),
            changed: micros(changed),
        };
        let comments = Listing { items: seen.into_iter().map(comment).collect(), whole };
        let known = Thread {
            issue: &self.issue,
            url: None,
            home: &self.home,
            notes: &notes,
            comments: &comments,
            pairs: &self.pairs,
            memory: self.memory,
        };
        thread(&known, &self.rules)
    }

    fn turn(&mut self, notes: View, comments: View, crash: Option<(usize, Lost)>) {
        let plan = self.plan(notes, comments);
        let created: Vec<_> = plan.steps.iter().filter_map(posted).collect();
        assert!(created.is_sorted(), "posted in the order of creation:\n{plan}");
        let mut left = crash.map_or(usize::MAX, |(left, _)| left);
        let lost = crash.map_or(Lost::NeverSent, |(_, lost)| lost);
        for step in &plan.steps {
            if left == 0 {
                return;
            }
            left -= 1;
            if let Some(pair) = step.intent(micros(self.now)) {
                self.write_down(pair);
            }
            if left == 0 && step.side().is_some() {
                return self.die_in(step, lost);
            }
            left = left.saturating_sub(1);
            let written = self.call(step);
            if left == 0 && step.side().is_some() {
                return;
            }
            if let Step::Forget(pair) = step {
                self.pairs.retain(|known| original(known) != original(pair));
            } else if let Some(pair) = step.done(written) {
                self.write_down(pair);
            }
        }
    }

    fn write_down(&mut self, pair: Pair) {
        self.pairs.retain(|known| original(known) != original(&pair));
        self.pairs.push(pair);
    }

    fn die_in(&mut self, step: &Step, lost: Lost) {
        match (lost, step) {
            (Lost::NeverSent, _) => {}
            (Lost::DoneLater(seconds), Step::Post { pair, text }) => {
                self.late.push((self.now + seconds.min(LATEST), pair.origin.other(), self.kept(text)));
            }
            _ => drop(self.call(step)),
        }
    }

    /// A server's way with texts: blanks at the end are not kept.
    fn kept(&self, text: &str) -> String {
        text.trim_end().to_owned()
    }

    fn call(&mut self, step: &Step) -> Option<Written> {
        let side = step.side()?;
        let text = match step {
            Step::Post { text, .. } | Step::Edit { text, .. } => self.kept(text),
            _ => String::new(),
        };
        assert!(!text.contains("secret"), "it leaks: {text}");
        assert!(text.matches("kanbridge").count() <= 1, "a copy of a copy: {text}");
        match step {
            Step::Post { .. } => {
                self.pass(1);
                let id = self.add(side, text.clone(), false, true);
                Some(written(side, id, text))
            }
            Step::Edit { pair, .. } => {
                let id = copy_id(pair).unwrap();
                let now = self.now;
                let copy = self.sayings.get_mut(&side).unwrap().iter_mut().find(|copy| copy.id == id)?;
                assert!(copy.ours, "somebody else's words are edited");
                assert!(version(&text) >= version(copy.text()), "old words over new: {text}");
                copy.states.push((now, text.clone()));
                copy.meddled = None;
                Some(written(side, id, text))
            }
            Step::Remove(pair) => {
                let id = copy_id(pair).unwrap();
                let copy = self.sayings.get_mut(&side).unwrap().iter_mut().find(|copy| copy.id == id)?;
                assert!(copy.ours, "somebody else's words are removed");
                copy.deleted = true;
                None
            }
            _ => None,
        }
    }

    /// The living copies of the saying `id` of `side`.
    fn copies(&self, side: Side, id: u64) -> Vec<&Saying> {
        let said = |copy: &&Saying| copy.ours && !copy.deleted && word(copy.text()) == Some(id);
        self.sayings[&side.other()].iter().filter(said).collect()
    }

    fn never_twice(&self) {
        for side in [Side::Gitlab, Side::Trello] {
            let mut seen: Vec<_> = self.sayings[&side].iter().filter(|s| s.ours && !s.deleted).collect();
            seen.sort_by_key(|copy| word(copy.text()));
            for two in seen.windows(2) {
                assert_ne!(word(two[0].text()), word(two[1].text()), "told twice in {side}");
            }
        }
    }

    /// Left alone for a while, everything is true and nothing happens any more.
    pub(crate) fn ends_well(&mut self) {
        self.pass(LATEST);
        for _ in 0..2 {
            self.pass(SETTLE.as_secs() as i64);
            for _ in 0..2 {
                self.turn(View::Whole, View::Whole, None);
                self.never_twice();
            }
        }
        let plan = self.plan(View::Whole, View::Whole);
        assert!(plan.steps.is_empty(), "it never falls silent:\n{plan}");
        for (notes, comments) in
            [(View::Part(7), View::Part(3)), (View::Unknown, View::Whole), (View::Unknown, View::Unknown)]
        {
            let plan = self.plan(notes, comments);
            assert!(plan.steps.is_empty(), "it speaks again:\n{plan}");
        }
        for side in [Side::Gitlab, Side::Trello] {
            for saying in self.sayings[&side].iter().filter(|saying| !saying.ours) {
                self.is_told(side, saying);
            }
        }
    }

    fn is_told(&self, side: Side, saying: &Saying) {
        // After a move the copies still carry the word they were made of, which is not the new id.
        let copies = self.copies(side, word(saying.text()).unwrap());
        if !self.goes_to(side.other()) {
            return assert!(copies.is_empty() || self.moved, "{side} is not to be told");
        }
        if saying.hidden || saying.deleted {
            // Of what was deleted, nobody can tell that it had been hidden before.
            let stays = saying.deleted && !self.rules.deletions;
            assert!(copies.is_empty() || stays, "it should be gone: {copies:?}");
            return;
        }
        if copies.is_empty() {
            return assert!(self.removed_by_people, "never told: {saying:?}");
        }
        let last_edit = saying.states.last().unwrap().0;
        if copies[0].meddled.is_none_or(|at| at < last_edit) {
            assert!(copies[0].text().contains(saying.text()), "old words: {copies:?} of {saying:?}");
        }
    }
}

fn posted(step: &Step) -> Option<Micros> {
    match step {
        Step::Post { pair, .. } => Some(pair.created),
        _ => None,
    }
}

fn original(pair: &Pair) -> (Side, String) {
    let id = match pair.origin {
        Side::Gitlab => pair.note.unwrap().to_string(),
        Side::Trello => pair.comment.clone().unwrap().to_string(),
    };
    (pair.origin, id)
}

fn copy_id(pair: &Pair) -> Option<u64> {
    match pair.origin {
        Side::Trello => pair.note.map(|note| note.0 as u64),
        Side::Gitlab => u64::from_str_radix(&pair.comment.as_ref()?.as_str()[16..], 16).ok(),
    }
}

fn written(side: Side, id: u64, text: String) -> Written {
    match side {
        Side::Gitlab => Written::Note(NoteId(id as i64), text),
        Side::Trello => Written::Comment(comment_id(id).parse().unwrap(), text),
    }
}

/// The number in `word 12 v3`.
fn word(text: &str) -> Option<u64> {
    let rest = text.split_once("word ").or(text.split_once("secret "))?.1;
    rest.split(' ').next()?.parse().ok()
}

/// The version in `word 12 v3`.
fn version(text: &str) -> Option<u64> {
    let rest = text.split_once(" v")?.1;
    rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}
