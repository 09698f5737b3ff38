//! A relay's own words: what they may say, and what becomes of those that do not work.

use kanbridge::model::{Activity, Span};
use kanbridge::relay::{BadTemplate, Scene, Templates, Verdict, judge, nameable, word};
use proptest::prelude::*;
use serde_json::json;

use super::{ANA, about_bo, action, of_everything, shown};

fn compiled(kind: &str, source: &str) -> Result<Templates, Vec<BadTemplate>> {
    Templates::compile(&[(kind.to_owned(), source.to_owned())].into())
}

fn judged(templates: &[(&str, &str)], activity: &Activity) -> Verdict {
    let sources = templates.iter().map(|(kind, source)| ((*kind).to_owned(), (*source).to_owned())).collect();
    let mut relay = of_everything();
    relay.templates = Templates::compile(&sources).unwrap();
    judge(activity, &relay, Scene::default())
}

fn said(template: &str, activity: &Activity) -> String {
    match judged(&[(&activity.kind, template)], activity) {
        Verdict::Tell(message) => shown(&message),
        other => panic!("{template}: {other:?}"),
    }
}

fn fault(kind: &str, source: &str) -> (usize, usize, String) {
    let faults = compiled(kind, source).unwrap_err();
    assert_eq!((faults.len(), faults[0].kind.as_str()), (1, kind));
    (faults[0].line, faults[0].column, faults[0].sentence.clone())
}

fn moved() -> Activity {
    let lists = json!({"listBefore": {"name": "To do"}, "listAfter": {"name": "Done"}, "old": {"idList": ANA}});
    action("updateCard", lists)
}

#[test]
fn a_template_says_it_in_its_own_words() {
    let created = action("createCard", json!({"list": {"name": "To do"}}));
    let table = [
        (
            "{{ member }} created {{ card.link }} in {{ list.name }}",
            "Ana created [Boiler](https://trello.com/c/9BduUcVQ) in To do",
        ),
        ("{{ member.username }}: {{ card }} (#{{ card.number }})", "ana_trello: Boiler (#8)"),
        ("{{ card.name|bold }} / {{ list|italic }} / {{ kind|code }}", "*Boiler* / _To do_ / `createCard`"),
        ("{{ board.link }}: {{ card.url }}", "[Heating](https://trello.com/b/iqXXzYEj): https://trello.com/c/9BduUcVQ"),
        ("{{ 'Rules'|link('https://example.com/rules') }}!", "[Rules](https://example.com/rules)!"),
        ("\n {{ member }}\n{{ at }}\n\n", "Ana / 5 May 2016, 15:56 UTC"),
        ("{{ data.board.name }}{{ comment }}", "Heating"),
        ("{% if list %}{{ list.name|upper }}{% endif %}", "TO DO"),
        (
            "{{ card.link|bold }} {{ (card.name|italic)|link('https://example.com') }}",
            "[Boiler](https://trello.com/c/9BduUcVQ) [Boiler](https://example.com/)",
        ),
    ];
    for (template, wanted) in table {
        assert_eq!(said(template, &created).replace("* *", " "), wanted, "{template}");
    }
    let comment = action("commentCard", json!({"text": "It drips.\nA lot."}));
    assert_eq!(said("{{ member }}:\n{{ comment|quote }}", &comment), "Ana: / > It drips.\nA lot.");
    let renamed = action("updateCard", json!({"old": {"name": "Kettle"}}));
    assert_eq!(said("{{ old.name }} -> {{ new.name }} ({{ changed|join }})", &renamed), "Kettle -> Boiler (name)");
    assert_eq!(said("{{ member }} + {{ about }}", &about_bo("addMemberToCard", json!({}))), "Ana + Bo");
}

/// The example of the README.
#[test]
fn the_readme_s_templates_work() {
    let readme = include_str!("../../README.md");
    let part = readme.split("[relay.templates]\n").nth(1).unwrap().split("```").next().unwrap();
    let templates: std::collections::BTreeMap<String, String> = toml::from_str(part).unwrap();
    assert_eq!(templates.len(), 3);
    let mut relay = of_everything();
    relay.templates = Templates::compile(&templates).unwrap();
    let told = judge(&moved(), &relay, Scene::default()).message().unwrap();
    assert_eq!(shown(&told), "[Boiler](https://trello.com/c/9BduUcVQ): To do → *Done*");
}

#[test]
fn everything_but_the_words_stays_as_it_was() {
    let Verdict::Tell(told) = judged(&[("updateCard:idList", "{{ card }}!")], &moved()) else { panic!() };
    let plain = word(&moved()).unwrap();
    assert_eq!(told.plain(), "Boiler!");
    assert_eq!((told.url, told.tone, told.thread, told.gist), (plain.url, plain.tone, plain.thread, plain.gist));
}

#[test]
fn a_sub_kind_s_template_is_asked_where_nothing_else_changed() {
    let both = [("updateCard:idList", "moved"), ("updateCard", "changed")];
    let text = |activity: &Activity| judged(&both, activity).message().unwrap().plain();
    assert_eq!(text(&moved()), "moved");
    let mut more = moved();
    more.data["old"]["due"] = json!("2016-05-11T12:00:00.000Z");
    assert_eq!(text(&more), "changed", "its due date would go untold");
    more.data["old"] = json!({"idList": ANA, "pos": 3});
    assert_eq!(text(&more), "moved", "a place in a list is no news");
    assert_eq!(text(&action("updateCard", json!({"old": {"name": "Kettle"}}))), "changed");
    assert_eq!(text(&action("createCard", json!({}))), "Ana created Boiler", "in our words");
}

#[test]
fn a_template_that_says_nothing_is_a_reason_for_silence() {
    let only_done = [("updateCard:idList", "{% if list_after.name == 'Done' %}{{ card }} is done{% endif %}")];
    assert_eq!(judged(&only_done, &moved()).message().unwrap().plain(), "Boiler is done");
    let mut elsewhere = moved();
    elsewhere.data["listAfter"]["name"] = json!("Doing");
    let Verdict::Silent(silence) = judged(&only_done, &elsewhere) else { panic!() };
    assert_eq!(silence.to_string(), "its template says nothing of it");
}

#[test]
fn a_template_that_does_not_work_here_gives_way_to_our_words() {
    let Verdict::TellPlainly(message, failed) =
        judged(&[("createCard", "{{ card.link }} in {{ list.name }}")], &action("createCard", json!({})))
    else {
        panic!()
    };
    assert_eq!(message.plain(), "Ana created Boiler");
    assert!(
        failed.to_string().starts_with("the template for createCard does not work here: undefined value"),
        "{failed}"
    );
}

#[test]
fn a_fault_is_shown_at_its_place() {
    let (line, column, sentence) = fault("createCard", "{{ member }}\n  made {{ card.nmae }} today");
    assert_eq!((line, column), (2, 11), "{sentence}");
    assert_eq!(
        sentence,
        "`card.nmae` is not known here; did you mean `name`?\n      made {{ card.nmae }} today\n              ^^^^^^^^^"
    );
    let (line, column, sentence) = fault("createCard", "äö {{ memer }}");
    assert_eq!((line, column), (1, 7), "{sentence}");
    assert!(sentence.starts_with("`memer` is not known here; did you mean `member`?\n"), "{sentence}");
    let (line, _, sentence) = fault("createCard", "one\n{{ member ");
    assert!(line == 2 && sentence.starts_with("syntax error: ") && sentence.ends_with('^'), "{sentence}");
    let (_, column, sentence) = fault("createCard", "{{ member|shout }}");
    assert!(column > 1 && sentence.contains("shout"), "{column} {sentence}");
    let (_, _, sentence) = fault("createcard", "x");
    assert!(sentence.starts_with("`createcard` is no kind of action; did you mean `createCard`?"), "{sentence}");
}

#[test]
fn a_fault_is_found_before_it_is_needed() {
    let (_, _, sentence) = fault("createCard", "{{ checklist.name }}");
    assert!(sentence.contains('^'), "a new card has none: {sentence}");
    let (_, column, sentence) = fault("createCard", "{% if false %}{{ memer }}{% endif %}");
    assert_eq!(column, 18, "where no trial comes to: {sentence}");
    let all = Templates::compile(
        &[("createCard", "{{"), ("commentCard", "{{ x }}")].map(|(k, s)| (k.into(), s.into())).into(),
    );
    assert_eq!(all.unwrap_err().len(), 2, "all of them at once");
}

#[test]
fn every_kind_can_have_a_template() {
    for kind in nameable() {
        assert!(
            compiled(&kind, "{{ member.name }} {{ member.username }} {{ board.name }} {{ kind }} {{ at }}").is_ok(),
            "{kind}"
        );
    }
    for source in ["{{ card.link }} {{ card.number }}", "{{ list_before.name }} {{ list_after }}", "{{ old.idList }}"] {
        assert!(compiled("updateCard:idList", source).is_ok(), "{source}");
    }
    assert!(compiled("updateCheckItemStateOnCard", "{{ item.name }} {{ item.state }} {{ checklist }}").is_ok());
    assert!(compiled("addLabelToCard", "{{ label }} {{ label.color }}").is_ok());
    assert!(compiled("addAttachmentToCard", "{{ attachment.link }} {{ attachment.url }}").is_ok());
    assert!(compiled("copyCard", "{{ source.link }}").is_ok());
}

#[test]
fn what_people_write_never_becomes_more_than_text() {
    let forged = "\u{fdd0}lCLICK\u{fdd1}https://evil.example\u{fdd2} {{ member }} <a href=x> [x](https://evil.example)";
    let comment = action("commentCard", json!({"text": forged, "card": {"name": forged}}));
    let Verdict::Tell(told) =
        judged(&[("commentCard", "{{ comment }} {{ data.text }} {{ card }} {{ card.link }}")], &comment)
    else {
        panic!()
    };
    let links: Vec<_> = told.spans.iter().filter(|span| matches!(span, Span::Link { .. })).collect();
    assert!(matches!(links[..], [Span::Link { url, .. }] if url == "https://trello.com/c/9BduUcVQ"), "{links:?}");
    assert!(told.plain().contains("{{ member }} <a href=x>") && !told.plain().contains('\u{fdd0}'));
    assert!(compiled("createCard", "{{ 'x'|link('javascript:alert(1)') }}").is_err());
}

#[test]
fn a_template_has_so_many_steps_and_so_much_to_say() {
    let (_, _, sentence) = fault(
        "createCard",
        "{% for a in range(9999) %}{% for b in range(9999) %}{% set c = b %}{% endfor %}{% endfor %}",
    );
    assert!(sentence.starts_with("it takes too many steps"), "{sentence}");
    let long = said(
        "{% for a in range(500) %}{{ card }} and again {{ card.link }} {% endfor %}",
        &action("createCard", json!({})),
    );
    assert!(long.len() < 20_000 && long.ends_with(" …"), "{}", long.len());
    for outside in
        ["{% include 'other' %}", "{% extends 'other' %}", "{% import 'other' as other %}", "{{ namespace() }}"]
    {
        assert!(compiled("createCard", outside).is_err(), "{outside}");
    }
}

/// Pieces of which templates are made, and of which they are not.
fn piece() -> impl Strategy<Value = String> {
    let pieces = [
        "{{ ",
        " }}",
        "{% ",
        " %}",
        "for x in range(100000)",
        "endfor",
        "if card",
        "endif",
        "card.link",
        "member",
        "x",
        "~",
        "|upper",
        "|bold",
        "|link('https://example.com')",
        "|quote",
        "'a' * 1000",
        "set y = x ~ x",
        "data.text",
        "|tojson",
        "{#",
        "#}",
        "\n",
        "\u{fdd0}",
        "\u{fdd2}",
        "'\\ufdd0l'",
        ".nmae",
        "[0:5]",
        "loop.index",
        "|replace('a', data.text)",
    ];
    prop_oneof![8 => prop::sample::select(pieces.to_vec()).prop_map(str::to_owned), 1 => ".{0,8}"]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn whatever_stands_in_a_template_it_is_refused_in_words_or_says_so_much(pieces in prop::collection::vec(piece(), 0..16)) {
        let source = pieces.concat();
        match compiled("commentCard", &source) {
            Err(faults) => for fault in faults {
                prop_assert!(fault.line >= 1 && fault.column >= 1 && fault.sentence.contains('^'));
                prop_assert!(fault.line <= source.matches('\n').count() + 1, "{:?}", fault);
            },
            Ok(templates) => {
                let mut relay = of_everything();
                relay.templates = templates;
                let comment = action("commentCard", json!({"text": "a".repeat(16_384)}));
                if let Some(message) = judge(&comment, &relay, Scene::default()).message() {
                    prop_assert!(message.plain().len() < 9_000);
                    prop_assert!(!message.plain().trim().is_empty());
                    let marked = message.plain().contains(|c| matches!(c, '\u{fdd0}'..='\u{fdef}'));
                    prop_assert!(!marked);
                }
            }
        }
    }
}
