//! What a script's words mean: its answer for the room and what it keeps.

use serde_json::{Map, Value};

use super::ears::Beginning;
use super::{Limits, Output};

/// Reads what a program printed: an object `{"reply": …, "storage": …}`, or any other text, which is the reply itself.
///
/// # Errors
/// Why it can be neither, for the log.
pub(super) fn of_program(said: &Beginning, limits: &Limits) -> Result<Output, String> {
    let text = String::from_utf8_lossy(&said.bytes);
    if let Some(answer) = object(&text) {
        return of_object(answer, limits);
    }
    if said.cut && text.trim_start().starts_with("{\"reply\"") {
        return Err("its JSON is too long to be read whole".to_owned());
    }
    Ok(Output { reply: reply(&text, limits.reply), storage: None })
}

/// Reads an answer in our own form.
///
/// # Errors
/// What is wrong with it, for the log.
pub(super) fn of_object(mut answer: Map<String, Value>, limits: &Limits) -> Result<Output, String> {
    let said = match answer.remove("reply") {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text),
        Some(other) => Some(other.to_string()),
    };
    let storage = match answer.remove("storage") {
        None | Some(Value::Null) => None,
        Some(Value::Object(storage)) => Some(storage),
        Some(_) => return Err("its storage is no JSON object".to_owned()),
    };
    if storage.as_ref().is_some_and(|storage| length(storage) > limits.storage) {
        return Err(format!("its storage has more than {} KB; nothing of it was kept", limits.storage >> 10));
    }
    Ok(Output { reply: said.and_then(|said| reply(&said, limits.reply)), storage })
}

fn length(storage: &Map<String, Value>) -> usize {
    serde_json::to_string(storage).map_or(usize::MAX, |text| text.len())
}

/// An object of our form, and of no other: a script may well print some JSON for people.
fn object(text: &str) -> Option<Map<String, Value>> {
    let text = text.trim();
    let object: Map<String, Value> = text.starts_with('{').then(|| serde_json::from_str(text).ok())??;
    let ours = !object.is_empty() && object.keys().all(|key| matches!(key.as_str(), "reply" | "storage"));
    ours.then_some(object)
}

/// A reply without blank lines at its end, cut where it is too long.
fn reply(text: &str, most: usize) -> Option<String> {
    let text = text.trim_end().trim_start_matches(['\n', '\r']).replace('\0', "");
    if text.len() <= most {
        return Some(text).filter(|text| !text.trim().is_empty());
    }
    let end = text.floor_char_boundary(most);
    Some(format!("{}\n… (cut here: an answer may have {} KB)", &text[..end], most >> 10))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(text: &str) -> Result<Output, String> {
        let limits = Limits { reply: 20, storage: 30, ..Limits::default() };
        of_program(&Beginning { bytes: text.into(), cut: false }, &limits)
    }

    fn says(text: &str) -> Output {
        Output { reply: Some(text.to_owned()), storage: None }
    }

    #[test]
    fn plain_text_is_the_reply() {
        assert_eq!(read("\nSunny,\n 12 °C\n\n"), Ok(says("Sunny,\n 12 °C")));
        assert_eq!(read("  \n"), Ok(Output::default()));
        assert_eq!(read(r#"{"a": 1}"#), Ok(says(r#"{"a": 1}"#)));
    }

    #[test]
    fn an_object_of_our_form_is_reply_and_storage() {
        let both = Output { storage: json!({ "n": 1 }).as_object().cloned(), ..says("Hi") };
        assert_eq!(read(r#" {"reply": "Hi", "storage": {"n": 1}} "#), Ok(both));
        assert_eq!(read(r#"{"reply": 12}"#), Ok(says("12")));
        assert_eq!(read(r#"{"storage": [1]}"#).unwrap_err(), "its storage is no JSON object");
        let long = format!(r#"{{"storage": {{"text": "{}"}}}}"#, "x".repeat(30));
        assert!(read(&long).unwrap_err().contains("nothing of it was kept"));
    }

    #[test]
    fn what_is_too_long_is_cut_at_a_character_and_says_so() {
        let reply = read(&"ä".repeat(11)).unwrap().reply.unwrap();
        assert_eq!(reply, format!("{}\n… (cut here: an answer may have 0 KB)", "ä".repeat(10)));
    }
}
