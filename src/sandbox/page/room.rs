//! What the page is told of the chat room: what was said, as Rocket.Chat would show it.

use serde::Serialize;
use serde_json::Value;

use super::Stage;
use crate::sandbox::chat::Said;
use crate::sandbox::story::Project;

/// Sayings that are shown; the older ones have scrolled away.
const MOST: usize = 100;

/// What Rocket.Chat shows.
#[derive(Serialize)]
pub(super) struct Room<'a> {
    name: &'a str,
    /// The oldest first.
    said: Vec<Saying>,
}

#[derive(Serialize)]
struct Saying {
    /// Its place among all that was said.
    id: usize,
    /// A person's name; `None`: the bridge.
    who: Option<String>,
    /// In Rocket.Chat's markup.
    text: String,
    frames: Vec<Frame>,
}

/// Something set apart from the sentence.
#[derive(Serialize)]
struct Frame {
    color: Option<String>,
    text: String,
    fields: Vec<[String; 2]>,
}

pub(super) fn room(stage: &Stage) -> Room<'_> {
    let said = stage.chat.said(&stage.room);
    let shown = said.len().saturating_sub(MOST);
    let said = said.iter().enumerate().skip(shown).map(|(id, said)| saying(&stage.project, id, said));
    Room { name: &stage.room, said: said.collect() }
}

fn saying(project: &Project, id: usize, said: &Said) -> Saying {
    let name = |user: &String| {
        let person = project.people.iter().find(|person| person.username == *user);
        person.map_or_else(|| user.clone(), |person| person.name.to_owned())
    };
    let frames = said.body["attachments"].as_array().into_iter().flatten().map(frame).collect();
    Saying { id, who: said.by.as_ref().map(name), text: text(&said.body["text"]), frames }
}

fn frame(frame: &Value) -> Frame {
    let field = |field: &Value| [text(&field["title"]), text(&field["value"])];
    let fields = frame["fields"].as_array().into_iter().flatten().map(field).collect();
    Frame { color: frame["color"].as_str().map(str::to_owned), text: text(&frame["text"]), fields }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
