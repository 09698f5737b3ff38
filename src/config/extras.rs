//! What a route may say besides its columns and fields: about confidential issues, milestones, types, weights, and merge
//! requests.

use serde::Deserialize;
use toml::Spanned;

use super::file::Reader;
use crate::sync::discretion::Confidential;
use crate::sync::facets::Facets;
use crate::sync::merges::MergeRules;

/// `merge_requests` of a route: `"off"`, or lists.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum FileMerges {
    Word(String),
    Lists(FileMergeLists),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileMergeLists {
    opened: Option<String>,
    merged: Option<String>,
}

impl Reader<'_> {
    pub(super) fn confidential(&mut self, value: Option<&Spanned<String>>) -> Confidential {
        match value.map(|value| (value, value.get_ref().as_str())) {
            None | Some((_, "skip")) => Confidential::Skip,
            Some((_, "redact")) => Confidential::Redact,
            Some((_, "sync")) => Confidential::Sync,
            Some((value, other)) => {
                let cure =
                    "write \"skip\" (no cards), \"redact\" (cards without words) or \"sync\" (cards like any other)";
                self.fault(value, format!("`{other}` says nothing about confidential issues"), cure);
                Confidential::Skip
            }
        }
    }

    /// Milestone, type and weight, in this order.
    pub(super) fn facets(&mut self, values: [&Option<Spanned<String>>; 3]) -> Facets {
        let [milestone, issue_type, weight] = values.map(|value| self.facet(value.as_ref()));
        Facets { milestone, issue_type, weight }
    }

    fn facet(&mut self, value: Option<&Spanned<String>>) -> bool {
        match value.map(|value| (value, value.get_ref().as_str())) {
            None | Some((_, "off")) => false,
            Some((_, "label")) => true,
            Some((value, other)) => {
                self.fault(value, format!("`{other}` is no way to show it"), "write \"label\" or \"off\"");
                false
            }
        }
    }

    pub(super) fn merges(&mut self, value: Option<Spanned<FileMerges>>) -> MergeRules {
        let cure = "write \"off\", or lists of the board: { opened = \"Review\", merged = \"Done\" }";
        let Some(value) = value else { return MergeRules::default() };
        match value.get_ref() {
            FileMerges::Word(word) if word == "off" => MergeRules::off(),
            FileMerges::Word(word) => {
                self.fault(&value, format!("`{word}` says nothing about merge requests"), cure);
                MergeRules::default()
            }
            FileMerges::Lists(FileMergeLists { opened, merged }) => {
                let named = |list: &Option<String>| list.as_deref().map(|list| list.trim().to_owned());
                let (opened, merged) = (named(opened), named(merged));
                if [&opened, &merged].into_iter().flatten().any(String::is_empty) {
                    self.fault(&value, "a list has no name", cure);
                }
                MergeRules { opened, merged, ..MergeRules::default() }
            }
        }
    }
}
