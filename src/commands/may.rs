//! Who may change something from a room. Pure.

use super::ask::Person;
use crate::model::May;

/// Whether `person` may change something.
///
/// # Errors
/// Says who may.
pub(super) fn change(may: &May, person: Option<&Person>) -> Result<(), String> {
    match may {
        May::Write => Ok(()),
        May::Read => Err("From here one can look at the boards and not change them.".to_owned()),
        May::People(people) if person.is_some_and(|person| is_among(person, people)) => Ok(()),
        May::People(people) if people.is_empty() => Err("Nobody may change the boards from here.".to_owned()),
        May::People(people) => Err(format!("Sorry, from here only {} may change the boards.", people.join(", "))),
    }
}

/// By user name or id. What people call themselves for others to read says nothing of who they are.
fn is_among(person: &Person, people: &[String]) -> bool {
    let name = person.name.trim_start_matches('@');
    let is = |known: &String| {
        (!name.is_empty() && known.eq_ignore_ascii_case(name)) || person.id.as_deref() == Some(known.as_str())
    };
    people.iter().any(is)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_change_something_is_told_to_who_may_not() {
        let person = |name: &str, id: &str| Person {
            name: name.to_owned(),
            id: Some(id.to_owned()),
            full_name: Some("zoe".to_owned()),
        };
        let people = May::People(vec!["Ana".to_owned(), "U123".to_owned()]);
        assert!(change(&people, Some(&person("@ana", "U1"))).is_ok());
        assert!(change(&people, Some(&person("bob", "U123"))).is_ok());
        assert!(change(&May::Write, None).is_ok());
        let refused = change(&people, Some(&person("bob", "ana"))).unwrap_err();
        assert_eq!(refused, "Sorry, from here only Ana, U123 may change the boards.");
        assert!(change(&people, None).is_err() && change(&May::Read, Some(&person("ana", ""))).is_err());
        assert!(change(&May::People(vec!["zoe".to_owned()]), Some(&person("bob", "U9"))).is_err(), "a shown name");
        assert!(change(&May::People(vec![String::new()]), Some(&person("", "U9"))).is_err(), "no name");
    }
}
