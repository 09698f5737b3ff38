//! Templates: a relay's own words for a kind of activity, written by its operator, fed with what anybody wrote on the
//! board. So a template reads nothing but the activity (no files, no other templates), runs for so many steps and says
//! so much; and what it is fed can become text in a message, never a link or any other dress (`markup`).

mod context;
mod fault;
mod markup;
mod trial;

use std::collections::BTreeMap;
use std::sync::Arc;

use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, Error, UndefinedBehavior};

pub use fault::{BadTemplate, TemplateFailed};

use super::facets::{known, loud};
use super::verdict::{Silence, Verdict};
use crate::model::{Activity, Message, Span};

/// Steps that a template may take; a long one takes a few hundred.
const FUEL: u64 = 20_000;

/// Bytes that a template may say; what is more is cut. Rooms take less than this.
const MOST_SAID: usize = 8 * 1024;

/// A relay's own words, by kind (`createCard`) or sub-kind (`updateCard:idList`).
#[derive(Clone, Debug, Default)]
pub struct Templates {
    /// Nothing where there are no templates.
    environment: Option<Arc<Environment<'static>>>,
}

impl Templates {
    /// Compiles templates, and tries each on a made-up activity of its kind.
    ///
    /// # Errors
    /// Every template that cannot be used, with the place and what is wrong.
    pub fn compile(sources: &BTreeMap<String, String>) -> Result<Templates, Vec<BadTemplate>> {
        let mut environment = environment();
        let mut faults = Vec::new();
        for (kind, source) in sources {
            faults.extend(add(&mut environment, kind, source).err());
        }
        match (faults.is_empty(), sources.is_empty()) {
            (false, _) => Err(faults),
            (true, true) => Ok(Templates::default()),
            (true, false) => Ok(Templates { environment: Some(Arc::new(environment)) }),
        }
    }

    /// Puts a message into the relay's words, where it has some for this activity.
    pub(in crate::relay) fn dress(&self, activity: &Activity, message: Message) -> Verdict {
        let Some((kind, said)) = self.say(activity) else {
            return Verdict::Tell(Box::new(message));
        };
        match said {
            Ok(spans) if spans.is_empty() => Verdict::Silent(Silence::Template),
            Ok(spans) => Verdict::Tell(Box::new(Message { spans, ..message })),
            Err(error) => {
                let failed = TemplateFailed { kind, why: fault::what(&error) };
                Verdict::TellPlainly(Box::new(message), failed)
            }
        }
    }

    /// What the template for this activity says, and for which kind or sub-kind it is.
    fn say(&self, activity: &Activity) -> Option<(String, Result<Vec<Span>, Error>)> {
        let environment = self.environment.as_deref()?;
        let named = |name: &String| environment.get_template(name).is_ok();
        let kind = names(activity).into_iter().find(named)?;
        let said = say(environment, &kind, activity);
        Some((kind, said))
    }
}

/// The templates that would do, best first. One for a sub-kind knows of that change alone, so it is not asked where
/// more than that has changed.
fn names(activity: &Activity) -> Vec<String> {
    let kind = &activity.kind;
    match loud(activity)[..] {
        [facet] => vec![format!("{kind}:{facet}"), kind.clone()],
        _ => vec![kind.clone()],
    }
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_fuel(Some(FUEL));
    environment.set_recursion_limit(32);
    environment.set_debug(true);
    // With it a loop could double a text at each round, which fuel does not bound.
    environment.remove_global("namespace");
    environment.set_formatter(|output, state, value: &Value| match value.is_none() {
        true => Ok(()),
        false => minijinja::escape_formatter(output, state, value),
    });
    markup::add_filters(&mut environment);
    environment
}

fn add(environment: &mut Environment<'static>, kind: &str, source: &str) -> Result<(), BadTemplate> {
    known(kind, &[]).map_err(|what| fault::at(kind, source, 0..0, &what))?;
    let bad = |error: Error| fault::of(kind, source, &error);
    environment.add_template_owned(kind.to_owned(), source.to_owned()).map_err(bad)?;
    trial::names(environment, kind, source)?;
    let Some(activity) = trial::activity(kind) else {
        return Err(fault::at(kind, source, 0..0, "there is nothing to try it on"));
    };
    say(environment, kind, &activity).map(|_| ()).map_err(bad)
}

/// Renders one template, into as much as a message may hold.
fn say(environment: &Environment, name: &str, activity: &Activity) -> Result<Vec<Span>, Error> {
    let template = environment.get_template(name)?;
    let mut page = vec![0; MOST_SAID];
    let mut free = &mut page[..];
    let rendered = template.render_captured_to(context::of(activity), &mut free).map(|_| ());
    let left = free.len();
    page.truncate(MOST_SAID - left);
    let cut = rendered.is_err() && left == 0;
    if !cut {
        rendered?;
    }
    let whole = page.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    Ok(markup::spans(whole, if cut { " …" } else { "" }))
}
