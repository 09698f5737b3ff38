//! A team's own template for a room of kind `webhook`: JSON with places in it. Values are written as JSON by themselves
//! (`"text": {{ text(4000) }}`), so nothing in a card's title can end a string; what comes out is parsed before it goes.
//! It is tried at start. Fuel bounds its time and a capped writer its memory; it can read no file.

use std::sync::Arc;

use minijinja::value::Value as Jinja;
use minijinja::{AutoEscape, Environment, Error, UndefinedBehavior, context};
use serde_json::Value;

use super::render::{Letter, color, letter, quieted};
use crate::model::{Field, Message, Span, Tone};

/// Steps; a template of a hundred lines takes about a thousand.
const FUEL: u64 = 50_000;
/// Bytes of what comes out.
const LONGEST: usize = 256 << 10;
/// Characters that `text()` and its like give where no number is said: what most servers take.
const USUAL: usize = 4_000;
const NAME: &str = "template";

/// A template that has been read and tried.
#[derive(Clone, Debug)]
pub(super) struct Template(Arc<Environment<'static>>);

impl Template {
    /// # Errors
    /// A sentence with line and column.
    pub(super) fn compile(source: &str) -> Result<Self, String> {
        let mut environment = Environment::new();
        environment.set_auto_escape_callback(|_| AutoEscape::Json);
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_debug(true);
        environment.set_fuel(Some(FUEL));
        environment.add_template_owned(NAME, source.to_owned()).map_err(|error| placed(source, &error))?;
        let template = Template(Arc::new(environment));
        for sample in samples() {
            template.tried("0190c8a0-0000-7000-8000-000000000000", &sample)?;
        }
        Ok(template)
    }

    /// The body for `message`.
    ///
    /// # Errors
    /// A sentence with line and column; the samples have passed, so it takes an unusual message.
    pub(super) fn tried(&self, id: &str, message: &Message) -> Result<Value, String> {
        let template = self.0.get_template(NAME).map_err(|error| error.to_string())?;
        let mut written = Capped(Vec::new());
        let rendered = template.render_captured_to(places(id, message), &mut written);
        rendered.map_err(|error| placed(template.source(), &error))?;
        serde_json::from_slice(&written.0).map_err(|error| {
            let text = String::from_utf8_lossy(&written.0);
            let line = text.lines().nth(error.line().saturating_sub(1)).unwrap_or_default();
            let line: String = line.trim().chars().take(80).collect();
            format!(
                "what it gives is not JSON: {error}, which is `{line}`; write values bare, `\"text\": {{{{ text() }}}}`"
            )
        })
    }
}

/// What a template may name.
fn places(id: &str, message: &Message) -> Jinja {
    let message = Arc::new(quieted(message));
    let writes = |how: Letter| {
        let message = Arc::clone(&message);
        Jinja::from_function(move |limit: Option<usize>| letter(&message, how, limit.unwrap_or(USUAL)))
    };
    let fields = message.fields.iter().map(|field| context! { name => &field.name, value => &field.value });
    context! {
        id => id,
        text => writes(Letter::Plain),
        html => writes(Letter::Html),
        markdown => writes(Letter::Markdown),
        slack => writes(Letter::Slack),
        url => &message.url,
        thread => &message.thread,
        tone => tone(message.tone),
        color => color(&message),
        fields => fields.collect::<Vec<_>>(),
    }
}

fn tone(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain => "plain",
        Tone::New => "new",
        Tone::Moved => "moved",
        Tone::Done => "done",
        Tone::Said => "said",
        Tone::Removed => "removed",
        Tone::Wrong => "wrong",
    }
}

/// Messages with nothing, and with everything, that a template may meet.
fn samples() -> [Message; 2] {
    let url = "https://trello.com/c/AbCd1234".to_owned();
    let full = Message {
        spans: vec![
            Span::Text("Ana moved ".to_owned()),
            Span::Link { text: "A \"card\"".to_owned(), url: url.clone() },
            Span::Quote("two\nlines".to_owned()),
        ],
        url: Some(url),
        fields: vec![Field { name: "List".to_owned(), value: "Done".to_owned() }],
        tone: Tone::Moved,
        thread: Some("AbCd1234".to_owned()),
        gist: None,
    };
    [Message::text("A test."), full]
}

/// An error with its place in the template.
fn placed(source: &str, error: &Error) -> String {
    let what = error.detail().map_or_else(|| error.kind().to_string(), |detail| format!("{}: {detail}", error.kind()));
    let Some(range) = error.range().filter(|range| source.is_char_boundary(range.start)) else {
        return error.line().map_or(what.clone(), |line| format!("line {line}: {what}"));
    };
    let before = &source[..range.start];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    format!("line {line}, column {column}: {what}")
}

/// A writer that takes no more than [`LONGEST`].
struct Capped(Vec<u8>);

impl std::io::Write for Capped {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.0.len() + bytes.len() > LONGEST {
            return Err(std::io::Error::other(format!("it gives more than {} KB", LONGEST >> 10)));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn give(source: &str, message: &Message) -> Value {
        Template::compile(source).unwrap().tried("an-id", message).unwrap()
    }

    #[test]
    fn a_value_is_json_by_itself_whatever_stands_in_it() {
        let message = Message::text("a \"quote\", a \\ and\na {{ brace }} </script>");
        let body = give(r#"{ "text": {{ text(4000) }}, "thread": {{ thread }}, "id": {{ id }} }"#, &message);
        assert_eq!(body["text"], "a \"quote\", a \\ and\na {{ brace }} <\u{200b}/script>");
        assert_eq!((&body["thread"], &body["id"]), (&Value::Null, &Value::from("an-id")));
    }

    #[test]
    fn a_template_asks_for_the_writing_and_the_length_that_its_server_wants() {
        let message = Message {
            spans: vec![Span::Bold("A & B".to_owned()), Span::Text(" x".repeat(300))],
            url: Some("https://trello.com/c/AbCd1234".to_owned()),
            ..Message::default()
        };
        let body = give(r#"{"h": {{ html(100) }}, "m": {{ markdown() }}, "s": {{ slack(200) }}}"#, &message);
        let html = body["h"].as_str().unwrap();
        assert!(html.starts_with("<b>A &amp; B</b> x") && html.len() <= 102, "{html}");
        assert!(html.ends_with("… (<a href=\"https://trello.com/c/AbCd1234\">more</a>)"), "{html}");
        assert!(body["m"].as_str().unwrap().starts_with("**A \\& B** x"));
        assert!(body["s"].as_str().unwrap().ends_with("<https://trello.com/c/AbCd1234|more>)"));
    }

    #[test]
    fn a_faulty_template_is_named_with_line_and_column() {
        let fault = |source: &str| Template::compile(source).map(|_| ()).unwrap_err();
        let cases = [
            ("{ \"text\":\n  {{ txet() }} }", "line 2, column 6"),
            ("{ \"text\": {{ text( }} }", "line 1, column 20"),
            ("{ \"text\": {{ url.host.name }} }", "line 1, column"),
            ("{ \"text\": \"{{ text() }}\" }", "not JSON"),
            ("{ \"text\": {{ text() }} ", "not JSON"),
            ("{% include 'secret' %}", "line 1"),
            ("[{% for i in range(9999) %}{% for j in range(9999) %}1,{% endfor %}{% endfor %}1]", "fuel"),
            ("[{% for i in range(9) %}{{ 'x' * 99999 }},{% endfor %}1]", "more than 256 KB"),
        ];
        for (source, word) in cases {
            assert!(fault(source).contains(word), "{source}: {}", fault(source));
        }
    }
}
