//! What of a ticket people change, each label and each person apart, and what it says on either side.

use jiff::civil::Date;
use kanbridge::model::{Label, Side, Spot, Ticket};
use kanbridge::sync::rules::{Direction, Rules};
use kanbridge::text::{for_gitlab, normal, to_trello};

use crate::dice::Dice;

/// One thing that is merged by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Field {
    Title,
    Text,
    Due,
    /// Open or closed, and the column.
    Place,
    Label(&'static str),
    Facet(&'static str),
    Person(Person),
}

/// The user name on either side, where there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Person {
    pub(crate) gitlab: Option<&'static str>,
    pub(crate) trello: Option<&'static str>,
}

const fn person(gitlab: Option<&'static str>, trello: Option<&'static str>) -> Person {
    Person { gitlab, trello }
}

pub(crate) const LABELS: [&str; 4] = ["red", "blue", "doing", "review"];
/// GitLab tells labels apart by commas.
pub(crate) const UNFIT: &str = "red, blue";
/// What a milestone, a weight or a type makes of a card's labels.
pub(crate) const FACETS: [&str; 4] = ["milestone: May release", "weight: 3", "weight: 5", "type: incident"];
/// Known on both sides, under one name or by the table; not on the board; without an account in GitLab, and one whose
/// name is somebody else's there.
pub(crate) const PEOPLE: [Person; 5] = [
    person(Some("ana"), Some("ana")),
    person(Some("cleo"), Some("cleopatra")),
    person(Some("ben"), None),
    person(None, Some("zoe")),
    person(None, Some("cleo")),
];

/// What a field says on one side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Words(String),
    Due(Option<Date>),
    Stands(bool, Option<Spot>),
    Has(bool),
}

impl Field {
    pub(crate) fn any(dice: &mut Dice) -> Self {
        match dice.roll(12) {
            0..2 => Field::Title,
            2..4 => Field::Text,
            4 => Field::Due,
            5..7 => Field::Place,
            7..9 => Field::Label(dice.pick::<&str>(&LABELS)),
            9 if dice.chance(20) => Field::Label(UNFIT),
            9 => Field::Facet(dice.pick::<&str>(&FACETS)),
            _ => Field::Person(*dice.pick(&PEOPLE)),
        }
    }

    pub(crate) fn all() -> impl Iterator<Item = Field> {
        let labels = LABELS.into_iter().chain([UNFIT]).map(Field::Label);
        let elements = labels.chain(FACETS.into_iter().map(Field::Facet)).chain(PEOPLE.into_iter().map(Field::Person));
        [Field::Title, Field::Text, Field::Due, Field::Place].into_iter().chain(elements)
    }

    pub(crate) fn direction(self, rules: &Rules) -> Direction {
        match self {
            Field::Title => rules.fields.title,
            Field::Text => rules.fields.description,
            Field::Due => rules.fields.due,
            Field::Place => rules.fields.state,
            Field::Label(_) => rules.fields.labels,
            Field::Facet(_) => Direction::Gitlab,
            Field::Person(_) => rules.fields.people,
        }
    }

    /// Whether people can change it there.
    pub(crate) fn is_on(self, side: Side) -> bool {
        match (self, side) {
            (Field::Label(UNFIT), side) => side == Side::Trello,
            (Field::Person(person), Side::Gitlab) => person.gitlab.is_some(),
            (Field::Person(person), Side::Trello) => person.trello.is_some(),
            _ => true,
        }
    }

    /// Where an issue's place is concerned, what its column is.
    pub(crate) fn value(self, side: Side, of: &Ticket, rules: &Rules) -> Value {
        let assigned = |name: Option<&str>| name.is_some_and(|name| of.people.iter().any(|other| other == name));
        match (self, side) {
            (Field::Title, _) => Value::Words(of.title.clone()),
            (Field::Text, _) => Value::Words(of.text.clone()),
            (Field::Due, _) => Value::Due(of.due),
            (Field::Place, Side::Gitlab) => Value::Stands(of.closed, rules.spot(of)),
            (Field::Place, Side::Trello) => Value::Stands(false, of.spot.clone()),
            (Field::Facet(name), Side::Gitlab) => Value::Has(of.facets.iter().any(|facet| facet == name)),
            (Field::Label(name) | Field::Facet(name), _) => Value::Has(of.has_label(name)),
            (Field::Person(person), Side::Gitlab) => Value::Has(assigned(person.gitlab)),
            (Field::Person(person), Side::Trello) => Value::Has(assigned(person.trello)),
        }
    }

    /// Whether both sides say the same, each in its own words.
    pub(crate) fn agrees(self, issue: &Ticket, card: &Ticket, rules: &Rules) -> bool {
        let dialect = &rules.dialect;
        match self {
            Field::Title => {
                let shown = dialect.card_title(&issue.title);
                shown == card.title || dialect.card_title(&dialect.issue_title("", &card.title)) == shown
            }
            Field::Text => {
                let shown = dialect.card_text(&issue.text);
                let as_if_from_card = || to_trello(&for_gitlab(&card.text), &dialect.home);
                dialect.same_text(&shown.text, &card.text)
                    || normal(&to_trello(&issue.text, &dialect.home)) == normal(&as_if_from_card())
            }
            Field::Due => issue.due == card.due,
            Field::Place => rules.spot(issue) == card.spot,
            Field::Label(UNFIT) => !issue.has_label(UNFIT),
            Field::Person(Person { gitlab: None, .. } | Person { trello: None, .. }) => true,
            _ => self.value(Side::Gitlab, issue, rules) == self.value(Side::Trello, card, rules),
        }
    }
}

/// A person changes it on one side. `word` was never written before.
pub(crate) fn edit(field: Field, side: Side, of: &mut Ticket, word: &str, dice: &mut Dice) {
    match (field, side) {
        (Field::Title, _) => of.title = title(side, word, dice),
        // Some write a whole text, others a line into what stands there.
        (Field::Text, _) if dice.chance(30) => of.text = format!("{word}\n\n{}", of.text),
        (Field::Text, _) => of.text = text(word, dice),
        (Field::Due, _) => {
            let day = Date::constant(2026, 5, i8::try_from(1 + dice.roll(28)).unwrap());
            of.due = dice.chance(70).then_some(day);
        }
        (Field::Place, Side::Gitlab) => of.closed = !of.closed,
        (Field::Place, Side::Trello) => {
            of.spot = Some(dice.pick(&[list('1'), list('2'), list('3'), list('9'), Spot::Archive]).clone());
        }
        (Field::Facet(name), Side::Gitlab) => toggle(&mut of.facets, name.to_owned()),
        (Field::Label(name) | Field::Facet(name), _) => toggle(&mut of.labels, label(name)),
        (Field::Person(person), Side::Gitlab) => toggle(&mut of.people, person.gitlab.unwrap().to_owned()),
        (Field::Person(person), Side::Trello) => toggle(&mut of.people, person.trello.unwrap().to_owned()),
    }
}

fn title(side: Side, word: &str, dice: &mut Dice) -> String {
    match dice.roll(20) {
        // Trello lets it be.
        0 if side == Side::Trello => String::new(),
        1 if side == Side::Trello => format!("{word} {}", "and so on ".repeat(30)),
        2 => format!("[ {word} ]"),
        3..5 => format!("two  blanks  {word}"),
        5..7 => format!("{word}, says @ana"),
        7 => format!("@all: {word}"),
        _ => word.to_owned(),
    }
}

/// Words, and what one of the sides cannot show or cannot take.
fn text(word: &str, dice: &mut Dice) -> String {
    match dice.roll(40) {
        0..4 => String::new(),
        4..8 => format!("| what | where |\n|---|---|\n| {word} | cellar |"),
        8..11 => format!("{word}, says @ana: see #1 and !2"),
        11..14 => format!("{word}\n<!-- not for the card: {word} -->\nend"),
        14..17 => format!("It is <b>{word}</b>.<br>\n<details><summary>More</summary>\n\nof it\n</details>"),
        17..20 => format!("- [ ] {word}\n- [x] done[^1]\n\n[^1]: a footnote"),
        20..22 => format!("{word}\n/close\n/label ~red"),
        22..24 => format!("```\n{word} @ana <b>\n```\n\n    four blanks  \n"),
        24 if dice.chance(60) => format!("{word} {}", "and so on, and so on ".repeat(900)),
        _ => word.to_owned(),
    }
}

pub(crate) fn list(digit: char) -> Spot {
    Spot::List(digit.to_string().repeat(24).parse().unwrap())
}

pub(crate) fn label(name: &str) -> Label {
    Label { name: name.to_owned(), color: None }
}

pub(crate) fn toggle<T: PartialEq>(set: &mut Vec<T>, item: T) {
    match set.iter().position(|other| *other == item) {
        Some(at) => drop(set.remove(at)),
        None => set.push(item),
    }
}
