//! What has to hold when all has come to rest: an episode lasts from one rest to the next, and who touched what in it
//! decides what both sides say in the end.

use std::collections::{BTreeMap, BTreeSet};

use kanbridge::model::{Side, Spot, Ticket};
use kanbridge::sync::rules::{Direction, Rules};

use crate::dice::Dice;
use crate::field::{Field, PEOPLE, UNFIT, Value};
use crate::world::World;

/// What people did between two rests.
#[derive(Debug)]
pub(crate) struct Episode {
    issue: Ticket,
    card: Ticket,
    touched: BTreeMap<Field, Touched>,
    /// In this episode each field is touched on one side alone, which this number chooses.
    owners: Option<u64>,
    /// Texts of the card that the bridge has told it cannot carry over.
    apart: BTreeSet<String>,
    /// A hook told what was before, and of the same second as what was known.
    old_news: bool,
    /// What people have ever changed by hand on the side that follows.
    meddled: BTreeSet<Field>,
}

/// What people left of a field on either side.
#[derive(Clone, Debug, Default)]
struct Touched {
    issue: Option<Value>,
    card: Option<Value>,
    /// Changed between the bridge's look and its write, or by what people did to another field.
    tainted: bool,
}

impl Episode {
    pub(crate) fn of(issue: &Ticket, card: &Ticket) -> Self {
        Episode {
            issue: issue.clone(),
            card: card.clone(),
            touched: BTreeMap::new(),
            owners: None,
            apart: BTreeSet::new(),
            old_news: false,
            meddled: BTreeSet::new(),
        }
    }

    /// The next one begins.
    pub(crate) fn begin(&mut self, issue: &Ticket, card: &Ticket, dice: &mut Dice) {
        self.issue.clone_from(issue);
        self.card.clone_from(card);
        self.touched.clear();
        self.old_news = false;
        self.owners = dice.chance(60).then(|| dice.roll(1 << 32));
        // What was told apart once is not told again.
        self.apart.retain(|text| *text == card.text);
    }

    /// The side on which a field is touched in this episode; `None`: either.
    pub(crate) fn owner(&self, field: Field) -> Option<Side> {
        let seed = self.owners?;
        let at = Field::all().position(|other| other == field).unwrap() as u64;
        let wanted = if Dice(seed ^ at << 8).chance(50) { Side::Gitlab } else { Side::Trello };
        Some(if field.is_on(wanted) { wanted } else { wanted.other() })
    }

    /// What both sides are after somebody touched `field` on `side`.
    pub(crate) fn touch(&mut self, field: Field, side: Side, (issue, card): (&Ticket, &Ticket), rules: &Rules) {
        let is_column = |field| matches!(field, Field::Label(name) if rules.column_labels().any(|label| label == name));
        let touched = self.touched.entry(field).or_default();
        match side {
            Side::Gitlab => touched.issue = Some(field.value(side, issue, rules)),
            Side::Trello => touched.card = Some(field.value(side, card, rules)),
        }
        let direction = field.direction(rules);
        if !direction.from_trello() && side == Side::Trello || !direction.from_gitlab() && side == Side::Gitlab {
            self.meddled.insert(field);
        }
        // A column's label says where an issue stands.
        match (field, side) {
            (field, Side::Gitlab) if is_column(field) => {
                let place = Field::Place.value(side, issue, rules);
                self.touched.entry(Field::Place).or_default().issue = Some(place);
            }
            (field, Side::Trello) if is_column(field) && direction.from_trello() => self.taint(Field::Place),
            (Field::Place, Side::Trello) if rules.fields.state.from_trello() => {
                Field::all().filter(|field| is_column(*field)).for_each(|field| self.taint(field));
            }
            _ => {}
        }
    }

    pub(crate) fn taint(&mut self, field: Field) {
        self.touched.entry(field).or_default().tainted = true;
    }

    pub(crate) fn keeps_apart(&mut self, text: &str) {
        self.apart.insert(text.to_owned());
    }

    pub(crate) fn hears_old_news(&mut self) {
        self.old_news = true;
    }

    /// Whether people touched it at all.
    fn touched(&self, field: Field) -> Touched {
        self.touched.get(&field).cloned().unwrap_or_default()
    }
}

impl World {
    /// Everything that the rules promise of the episode that ends here.
    pub(crate) fn ends_well(&self, seed: u64) {
        let told = |field: Field, why: &str| {
            format!(
                "world {seed}: {field:?}: {why}\n{:?}\nissue {:?}\ncard {:?}\n{:?}\nbase {:?}",
                self.episode.touched(field),
                self.gitlab.issue,
                self.trello.card,
                self.rules.fields,
                self.base,
            )
        };
        for field in Field::all() {
            if let Err(why) = self.verdict(field).and_then(|()| self.equal(field)) {
                panic!("{}", told(field, why));
            }
        }
        let fields = &self.rules.fields;
        if fields.people.from_gitlab() && fields.description.from_gitlab() {
            let unnamed = self.rules.people.not_on_board(&self.gitlab.issue.people);
            assert_eq!(self.trello.footer, unnamed, "world {seed}: who is not on the board is named below the text");
        }
        if fields.state.from_gitlab() {
            assert_eq!(self.trello.card.closed, self.gitlab.issue.closed, "world {seed}: done when closed");
        }
    }

    /// Whatever happened.
    fn equal(&self, field: Field) -> Result<(), &'static str> {
        let is_one = self.gitlab.free && matches!(field, Field::Person(_));
        let is_free = is_one || field.direction(&self.rules) != Direction::Both;
        let agrees = || field.agrees(&self.gitlab.issue, &self.trello.card, &self.rules) || self.may_differ(field);
        if is_free || agrees() { Ok(()) } else { Err("both sides have to say the same") }
    }

    /// What follows from who touched it.
    fn verdict(&self, field: Field) -> Result<(), &'static str> {
        let (issue, card, rules) = (&self.gitlab.issue, &self.trello.card, &self.rules);
        if self.gitlab.free && matches!(field, Field::Person(_)) {
            return Ok(());
        }
        let Touched { issue: issue_last, card: card_last, tainted } = self.episode.touched(field);
        let (issue_now, card_now) = (field.value(Side::Gitlab, issue, rules), field.value(Side::Trello, card, rules));
        let issue_was = field.value(Side::Gitlab, &self.episode.issue, rules);
        let card_was = field.value(Side::Trello, &self.episode.card, rules);
        let direction = field.direction(rules);
        let agrees = || field.agrees(issue, card, rules) || self.may_differ(field);
        let as_before = issue_now == issue_was && card_now == card_was;
        let is_meddled = self.episode.meddled.contains(&field);
        let (kept_issue, kept_card) = (
            issue_last.as_ref().is_none_or(|last| *last == issue_now),
            card_last.as_ref().is_none_or(|last| *last == card_now),
        );
        let holds = |what: bool, why| if what { Ok(()) } else { Err(why) };
        // The card said what was before for a while. What it says in the words of its own, or by hand, is lost then.
        let told_anew = direction != Direction::Both || matches!(field, Field::Text | Field::Place);
        if tainted || (self.episode.old_news && told_anew) {
            return holds(direction != Direction::Both || agrees(), "both sides have to say the same");
        }
        match (&issue_last, &card_last) {
            (None, None) => holds(as_before, "nobody touched it"),
            (Some(_), None) => {
                holds(kept_issue, "only people touched the issue's, and it is another")?;
                match direction.from_gitlab() {
                    true => holds(is_meddled || as_before || agrees(), "the card has to follow"),
                    false => holds(card_now == card_was, "the card does not follow"),
                }
            }
            (None, Some(_)) => {
                holds(kept_card, "only people touched the card's, and it is another")?;
                let cut = field == Field::Text && rules.dialect.card_text(&self.episode.issue.text).cut;
                holds(!cut || issue_now == issue_was, "what the card could not show is lost")?;
                match direction.from_trello() {
                    true => holds(is_meddled || as_before || agrees(), "the issue has to follow"),
                    false => holds(issue_now == issue_was, "the issue does not follow"),
                }
            }
            (Some(issue_last), Some(_)) => match direction {
                Direction::Both => {
                    let new = field != Field::Title || (*issue_last != issue_was && issue_now != issue_was);
                    holds(new, "both sides had something new to say")?;
                    holds(agrees(), "both sides have to say the same")
                }
                Direction::Gitlab => {
                    holds(kept_issue, "the issue does not follow")?;
                    holds(is_meddled || kept_card || agrees(), "the card has to follow, or to stay as it was left")
                }
                Direction::Trello => {
                    holds(kept_card, "the card does not follow")?;
                    holds(is_meddled || kept_issue || agrees(), "the issue has to follow, or to stay as it was left")
                }
                Direction::Off => holds(kept_issue && kept_card, "each side keeps its own"),
            },
        }
    }

    /// Where the rules let the sides differ although both follow.
    pub(crate) fn may_differ(&self, field: Field) -> bool {
        let card = &self.trello.card;
        match field {
            // An issue cannot be without.
            Field::Title => card.title.is_empty(),
            Field::Text => self.episode.apart.contains(&card.text),
            // A list that no column names says nothing, nor does what people archived.
            Field::Place => card.spot.as_ref().is_none_or(|spot| self.rules.column_at(spot).is_none()),
            _ => false,
        }
    }

    /// Without a memory of what was before, both sides are put together.
    pub(crate) fn agrees_anew(&self, seed: u64) {
        let (issue, card, rules) = (&self.gitlab.issue, &self.trello.card, &self.rules);
        for field in Field::all().filter(|field| *field != Field::Place) {
            if self.gitlab.free && matches!(field, Field::Person(_)) {
                continue;
            }
            let has = |side, of: &Ticket| field.value(side, of, rules) == Value::Has(true);
            let (in_issue, on_card) = (has(Side::Gitlab, issue), has(Side::Trello, card));
            let is_element = matches!(field, Field::Label(_) | Field::Person(_));
            let is_column = |label: &str| field == Field::Label("doing") && label == "doing";
            let at_odds = match field.direction(rules) {
                Direction::Off => false,
                // The card's column may have taken it away.
                Direction::Trello if rules.column_labels().any(is_column) => false,
                Direction::Gitlab if is_element => in_issue && !on_card && field.is_on(Side::Trello),
                Direction::Trello if is_element => {
                    on_card && !in_issue && field.is_on(Side::Gitlab) && field != Field::Label(UNFIT)
                }
                _ => !field.agrees(issue, card, rules) && !self.may_differ(field),
            };
            assert!(!at_odds, "world {seed}: {field:?} {:?}\n{issue:?}\n{card:?}\n{:?}", rules.fields, self.base);
        }
        if rules.fields.state.from_gitlab() && rules.fields.state.from_trello() {
            // A card that stood before us keeps its list.
            let stands_closed = rules.is_closed_spot(card.spot.as_ref());
            let says_nothing =
                card.spot.as_ref().is_none_or(|spot| *spot != Spot::Archive && rules.column_at(spot).is_none());
            assert!(says_nothing || stands_closed == issue.closed, "world {seed}: {issue:?} {card:?}");
        }
    }
}

impl Field {
    /// The field that a label of the card is.
    pub(crate) fn of_label(name: &str) -> Option<Self> {
        Field::all().find(|field| matches!(field, Field::Label(other) | Field::Facet(other) if *other == name))
    }

    /// The field that a member of the card is.
    pub(crate) fn of_member(name: &str) -> Option<Self> {
        PEOPLE.into_iter().find(|person| person.trello == Some(name)).map(Field::Person)
    }
}
