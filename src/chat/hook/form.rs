//! Bodies as chat servers write them: a form, or JSON, read leniently into one JSON object.

use serde_json::{Map, Value};

use super::{Knock, Speaker, Unheard};

/// A body's fields.
pub(super) struct Fields(pub(super) Value);

impl Fields {
    /// A form or JSON, whichever it is.
    pub(super) fn either(knock: Knock<'_>) -> Result<Self, Unheard> {
        let kind = knock.headers.get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let is_json = kind.contains("json") || knock.body.trim_ascii_start().starts_with(b"{");
        if is_json { Self::json(knock) } else { Ok(Self::form(knock)) }
    }

    pub(super) fn form(knock: Knock<'_>) -> Self {
        let pairs = url::form_urlencoded::parse(knock.body);
        let fields: Map<String, Value> =
            pairs.map(|(name, value)| (name.into_owned(), Value::String(value.into_owned()))).collect();
        Fields(Value::Object(fields))
    }

    pub(super) fn json(knock: Knock<'_>) -> Result<Self, Unheard> {
        match serde_json::from_slice(knock.body) {
            Ok(fields @ Value::Object(_)) => Ok(Fields(fields)),
            Ok(_) => Err(Unheard::Malformed("the body is JSON and not an object".to_owned())),
            Err(error) => Err(Unheard::Malformed(format!("the body is not JSON ({error})"))),
        }
    }

    /// A text; empty ones count as missing.
    pub(super) fn text(&self, path: &str) -> Option<&str> {
        self.0.pointer(path)?.as_str().map(str::trim).filter(|text| !text.is_empty())
    }

    /// A text, or a number as one: some chat servers count their people.
    pub(super) fn id(&self, path: &str) -> Option<String> {
        match self.0.pointer(path)? {
            Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// Whoever has a name or an id at these places.
    pub(super) fn speaker(&self, name: &str, id: &str, full_name: &str) -> Option<Speaker> {
        let speaker = Speaker {
            name: self.text(name).unwrap_or_default().trim_start_matches('@').to_owned(),
            id: self.id(id),
            full_name: self.text(full_name).map(str::to_owned),
        };
        (!speaker.name.is_empty() || speaker.id.is_some()).then_some(speaker)
    }

    /// The whole of it without what only the two of us should know.
    pub(super) fn notification(mut self) -> Value {
        if let Some(fields) = self.0.as_object_mut() {
            for secret in ["token", "response_url"] {
                fields.remove(secret);
            }
        }
        self.0
    }
}
