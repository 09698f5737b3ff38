//! What a relay tells. Every part of a filter must let an activity through; a part that is not set lets all through.
//! Where a part asks for what an activity does not say (a label, where the webhook names none), the activity is not
//! told: a filter tells what is known to fit.

use std::collections::BTreeSet;
use std::time::Duration;

use super::Scene;
use super::facets::{FOLLOWERS, NOISE, facets, known};
use super::facts::Facts;
use super::kinds::USUAL;
use super::verdict::Silence;
use crate::model::Activity;

/// Every kind there is, noise left out.
const ALL: &str = "*";

/// Stands for what a relay tells unless it is told otherwise.
const DEFAULT: &str = "default";

/// A filter as the configuration writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Kinds (`createCard`), sub-kinds (`updateCard:idList`), `default`, and `*`; `None`: `default` alone.
    pub actions: Option<Vec<String>>,
    /// Lists, by name or id: where it happens, and for a move also where the card came from. Empty: all.
    pub lists: Vec<String>,
    /// Labels that the card has, or that are put on or taken off, by name, colour or id. Empty: all.
    pub labels: Vec<String>,
    /// Members who do it or whom it is about, by user name or id. Empty: all.
    pub members: Vec<String>,
    /// Also what the bridge itself does.
    pub own: bool,
}

impl Default for Wanted {
    fn default() -> Self {
        Wanted { actions: None, lists: Vec::new(), labels: Vec::new(), members: Vec::new(), own: true }
    }
}

/// A part of a filter that cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{sentence}")]
pub struct BadFilter {
    /// Which part: `actions`, `lists`, `labels`, `members`.
    pub part: &'static str,
    /// Which entry of it, counted from 0.
    pub entry: usize,
    /// What is wrong with it, and what would be right.
    pub sentence: String,
}

/// What a relay tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// Kinds and sub-kinds that are named.
    actions: BTreeSet<String>,
    /// What a relay tells unless it is told otherwise.
    usual: bool,
    /// Every kind, those too that nobody knows yet.
    all: bool,
    /// Parts in the form in which they are compared.
    lists: Vec<String>,
    labels: Vec<String>,
    members: Vec<String>,
    own: bool,
}

impl Default for Filter {
    fn default() -> Self {
        Filter {
            actions: BTreeSet::new(),
            usual: true,
            all: false,
            lists: Vec::new(),
            labels: Vec::new(),
            members: Vec::new(),
            own: true,
        }
    }
}

impl Filter {
    /// Reads a filter.
    ///
    /// # Errors
    /// All of its faults, each with what was probably meant.
    pub fn parse(wanted: &Wanted) -> Result<Filter, Vec<BadFilter>> {
        let mut faults = Vec::new();
        let mut filter = Filter { own: wanted.own, ..Filter::default() };
        if let Some(actions) = &wanted.actions {
            filter.usual = false;
            faults.extend(actions.iter().enumerate().filter_map(|(entry, action)| filter.add(entry, action).err()));
            if actions.is_empty() {
                let sentence =
                    "names no kind, so nothing would ever be told; leave it out for the default kinds".into();
                faults.push(BadFilter { part: "actions", entry: 0, sentence });
            }
        }
        let parts = [
            ("lists", &wanted.lists, &mut filter.lists),
            ("labels", &wanted.labels, &mut filter.labels),
            ("members", &wanted.members, &mut filter.members),
        ];
        for (part, entries, kept) in parts {
            let (good, bad) = names(part, entries);
            *kept = good;
            faults.extend(bad);
        }
        if faults.is_empty() { Ok(filter) } else { Err(faults) }
    }

    /// Whether it asks for what only a look at the card may say: its labels. Whoever has looked puts them into the
    /// activity, as Trello shows them, at `data.card.labels`.
    pub fn needs_labels(&self) -> bool {
        !self.labels.is_empty()
    }

    fn add(&mut self, entry: usize, action: &str) -> Result<(), BadFilter> {
        match action.trim() {
            ALL => self.all = true,
            DEFAULT => self.usual = true,
            action => {
                let bad =
                    |sentence| BadFilter { part: "actions", entry, sentence: format!("{sentence} `*` is every kind") };
                known(action, &[DEFAULT]).map_err(bad)?;
                self.actions.insert(action.to_owned());
            }
        }
        Ok(())
    }

    /// Lets an activity through, or says why not.
    pub(super) fn admit(&self, activity: &Activity, scene: Scene) -> Result<(), Silence> {
        if scene.ours && !self.own {
            return Err(Silence::Ours);
        }
        self.admits_kind(activity, scene)?;
        let facts = Facts::of(activity);
        admits("lists", &self.lists, lists(&facts))?;
        admits("members", &self.members, members(&facts))?;
        admits("labels", &self.labels, labels(&facts))
    }

    /// One change that is wanted is enough. Noise, and what another action tells, is wanted where it is named exactly.
    fn admits_kind(&self, activity: &Activity, scene: Scene) -> Result<(), Silence> {
        let (kind, facets) = (activity.kind.as_str(), facets(activity));
        let usual = |name: &str| self.usual && USUAL.contains(&name);
        let broad = self.all || self.actions.contains(kind) || usual(kind);
        let mut silence = None;
        for name in in_full(kind, &facets) {
            let named = self.actions.contains(&name);
            let wanted = named || broad || usual(&name);
            let quiet = match told_by_watch(&name, &facets, scene) {
                true => Some(Silence::ToldAs(BY_WATCH)),
                false => quiet(&name).or_else(|| came_with_card(activity, scene)).filter(|_| !named),
            };
            match quiet {
                None if wanted => return Ok(()),
                Some(quiet) if wanted => silence = silence.or(Some(quiet)),
                _ => {}
            }
        }
        Err(silence.unwrap_or_else(|| {
            let names = in_full(kind, &facets).join(" and ");
            Silence::Filter(format!("{names} is not among its actions"))
        }))
    }
}

/// Why a broad filter does not tell this kind or sub-kind.
fn quiet(name: &str) -> Option<Silence> {
    let noise = NOISE.iter().find(|(noise, _)| *noise == name).map(|(_, what)| Silence::Noise(what));
    noise
        .or_else(|| FOLLOWERS.iter().find(|(follower, _)| *follower == name).map(|(_, teller)| Silence::ToldAs(teller)))
}

/// What a watch brings for the gesture of which a feed shows only that the labels changed. It says which label it is.
const BY_WATCH: &str = "addLabelToCard or removeLabelFromCard";

fn told_by_watch(name: &str, facets: &[&str], scene: Scene) -> bool {
    scene.watched && name == "updateCard:idLabels" && facets.len() == 1
}

/// What may come into being with a card, as actions of their own that say no more than the card does.
const WITH_CARD: &[&str] = &["addAttachmentToCard", "addMemberToCard", "addLabelToCard"];

/// For so long after a card's making its maker is still making it. Ids tell the time to the second.
const MAKING: Duration = Duration::from_secs(3);

/// Told as the making of the card, where the same hand hung it there at once.
fn came_with_card(activity: &Activity, scene: Scene) -> Option<Silence> {
    let made = activity.card.as_ref()?.made();
    let at_once = activity.at <= made + MAKING;
    (at_once && scene.maker && WITH_CARD.contains(&activity.kind.as_str())).then_some(Silence::ToldAs("createCard"))
}

/// An activity's sub-kinds; its kind, where it has none.
fn in_full(kind: &str, facets: &[&str]) -> Vec<String> {
    match facets {
        [] => vec![kind.to_owned()],
        facets => facets.iter().map(|facet| format!("{kind}:{facet}")).collect(),
    }
}

/// A part of the filter against what the activity says there.
fn admits(part: &str, wanted: &[String], said: Vec<String>) -> Result<(), Silence> {
    if wanted.is_empty() || said.iter().any(|said| wanted.contains(&folded(said))) {
        return Ok(());
    }
    let why = match said.is_empty() {
        true => format!("the action names no {part}"),
        false => format!("not one of its {part}"),
    };
    Err(Silence::Filter(why))
}

fn lists(facts: &Facts) -> Vec<String> {
    let places = ["list", "listBefore", "listAfter"].into_iter();
    let said = places.flat_map(|place| [facts.text(&[place, "id"]), facts.text(&[place, "name"])]);
    said.chain([facts.text(&["card", "idList"])]).flatten().map(str::to_owned).collect()
}

fn members(facts: &Facts) -> Vec<String> {
    let people = [&facts.activity.actor, &facts.activity.member].into_iter().flatten();
    let beside = people.flat_map(|who| [who.id.as_str().to_owned(), who.username.clone()]);
    let named = [&["idMember"][..], &["idMemberAdded"], &["member", "id"], &["member", "username"]];
    beside.chain(named.into_iter().filter_map(|path| facts.text(path)).map(str::to_owned)).collect()
}

fn labels(facts: &Facts) -> Vec<String> {
    let on_card = facts.at(&["card", "labels"]).and_then(|labels| labels.as_array()).into_iter().flatten();
    let labels = facts.at(&["label"]).into_iter().chain(on_card);
    let parts = labels.flat_map(|label| ["id", "name", "color"].map(|part| label.get(part)));
    let ids = [&["card", "idLabels"][..], &["old", "idLabels"]].into_iter().filter_map(|path| facts.at(path));
    let ids = ids.filter_map(|ids| ids.as_array()).flatten().map(Some);
    parts.chain(ids).flatten().filter_map(|part| part.as_str()).map(str::to_owned).collect()
}

/// The form in which names are compared: people write them by hand, so case and white space around them do not matter.
fn folded(name: &str) -> String {
    name.trim().trim_start_matches('@').to_lowercase()
}

fn names(part: &'static str, entries: &[String]) -> (Vec<String>, Vec<BadFilter>) {
    let blank = |(entry, name): (usize, &String)| folded(name).is_empty().then_some(entry);
    let sentence = || format!("an entry of `{part}` is empty; leave it out, or name what it should be");
    let bad = entries.iter().enumerate().filter_map(blank).map(|entry| BadFilter { part, entry, sentence: sentence() });
    (entries.iter().map(|name| folded(name)).collect(), bad.collect())
}
