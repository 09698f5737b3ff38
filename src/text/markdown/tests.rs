//! What becomes of texts, one by one and at random.

use proptest::prelude::*;

use super::mention::{JOINER, calls};
use super::*;

fn home() -> Home {
    Home::new(Some("https://gitlab.example.com/team/app"), Some("team/app"))
}

fn there(text: &str) -> String {
    to_trello(text, &home()).replace(JOINER, "·")
}

#[test]
fn what_both_sides_show_alike_stays_byte_for_byte() {
    for text in [
        "",
        "plain words, 5 < 6 & 7 > 3, 100%, a+b, ~5 minutes, $5, C#, user@example.com",
        "# Heading\n\n* one\n  * two\n1. three\n\n> quote\n\n**bold** _it_ ~~gone~~ `code`\n\n---\n",
        "[text](https://example.com/a?b=c#d) and <https://example.com> and https://example.com/x#12",
        "Vec<String> and a < b",
        ":smile: $`a^2`$ {+ new +} [- old -]\n\n```mermaid\ngraph LR\n```\n",
    ] {
        assert_eq!(to_trello(text, &home()), text);
        assert_eq!(from_trello(text, &home()).as_deref(), Some(text.trim_end()));
    }
}

#[test]
fn references_become_links_and_come_back() {
    let base = "https://gitlab.example.com/team/app/-";
    for (written, shown) in [
        ("see #34.", format!("see [#34]({base}/issues/34).")),
        ("(!12, #34+)", format!("([!12]({base}/merge_requests/12), [#34+]({base}/issues/34))")),
        ("&5", "[&5](https://gitlab.example.com/groups/team/-/epics/5)".into()),
        ("Thanks @ana-b.", "Thanks [@·ana-b](https://gitlab.example.com/ana-b).".into()),
        ("other/deep/lib#7", "[other/deep/lib#7](https://gitlab.example.com/other/deep/lib/-/issues/7)".into()),
        ("~\"two words\"", format!("[~two words]({base}/issues?label_name%5B%5D=two+words)")),
        ("%\"May release\"", format!("[%May release]({base}/milestones?search_title=May+release)")),
    ] {
        assert_eq!(there(written), shown);
        assert_eq!(from_trello(&to_trello(written, &home()), &home()).as_deref(), Some(written));
    }
    for text in [
        "a#34",
        "&#34;",
        "\\#34",
        "x!12",
        "[#34][x] [see #34](https://e.org)\n\n[x]: https://e.org",
        "`#34`",
        "#34a",
        "#012",
        "https://e.org/#34",
    ] {
        assert_eq!(there(text), text, "not GitLab's reference");
    }
    assert_eq!(there("$5 snippet, ~bug, %v2"), "$5 snippet, ~bug, %v2", "they read well, and may be something else");
}

#[test]
fn a_mention_reads_the_same_and_calls_nobody() {
    for (text, shown) in [
        ("@all", "@·all"),
        ("\\@ana &", "\\@·ana &"),
        ("_@ana_", "_@·ana_"),
        ("@:5e93bac014d40e501ee46b8d", "@·:5e93bac014d40e501ee46b8d"),
        ("[for @ana](https://e.org/@ana)", "[for @·ana](https://e.org/%40ana)"),
        ("https://e.org/@ana <https://e.org/@ana>", "https://e.org/%40ana <https://e.org/%40ana>"),
        ("@<!-- x -->ana", "@·ana"),
        ("ana@example.com", "ana@example.com"),
        ("`@ana`\n\n    @ana\n\n```\n@ana\n```", "`@ana`\n\n    @ana\n\n```\n@ana\n```"),
    ] {
        assert_eq!(there(text), shown);
    }
    assert_eq!(to_trello("@ana", &Home::default()), format!("@{JOINER}ana"), "without an address: plain words");
}

#[test]
fn relative_links_and_uploads_become_absolute_and_come_back() {
    let project = "https://gitlab.example.com/team/app";
    for (written, shown) in [
        ("![a b](/uploads/0a/x.png)", format!("![a b]({project}/uploads/0a/x.png)")),
        ("[see *this*](docs/x.md \"t\")", format!("[see *this*]({project}/-/blob/HEAD/docs/x.md \"t\")")),
        ("[a]: docs/x.md\n\n[a]", format!("[a]: {project}/-/blob/HEAD/docs/x.md\n\n[a]")),
        ("[a](<docs/x y.md>)", format!("[a](<{project}/-/blob/HEAD/docs/x y.md>)")),
        ("[![i](a.png)](b.md)", format!("[![i]({project}/-/blob/HEAD/a.png)]({project}/-/blob/HEAD/b.md)")),
    ] {
        assert_eq!(there(written), shown);
        assert_eq!(from_trello(&shown, &home()).as_deref(), Some(written));
    }
    assert_eq!(there("[u](/-/project/4/uploads/a.png)"), "[u](https://gitlab.example.com/-/project/4/uploads/a.png)");
    assert_eq!(there("[r](/docs/a.md)"), format!("[r]({project}/-/blob/HEAD/docs/a.md)"));
    for text in ["[a](#part)", "[a](mailto:x@e.org)", "[a](//e.org)", "`[a](b)`", "[a](javascript:x)"] {
        assert_eq!(there(text), text);
    }
    assert_eq!(to_trello("[a](b)", &Home::default()), "[a](b)");
}

#[test]
fn what_trello_cannot_show_becomes_what_it_can_and_comes_back() {
    for (written, shown) in [
        ("- [ ] one\n- [x] two\n  1. [ ] three", "- ☐ one\n- ☑ two\n  1. ☐ three"),
        ("| a | b |\n|---|---|\n| 1 | @ana |\n\nend", "```table\n| a | b |\n|---|---|\n| 1 | @·ana |\n```\n\nend"),
        ("> | a |\n> |---|\n> | 1 |", "> ```table\n> | a |\n> |---|\n> | 1 |\n> ```"),
        ("so[^1]\n\n[^1]: because", "so[^1]\n\n[^1] because"),
        ("> [!note]\n> text", "> ℹ️ **Note**\n> text"),
        ("> [!warning] Mind the step\n> text", "> ⚠️ **Warning: Mind the step**\n> text"),
        ("---\na: 1\n---\n\ntext", "```yaml:frontmatter\na: 1\n```\n\ntext"),
    ] {
        assert_eq!(there(written), shown);
        assert_eq!(from_trello(&to_trello(written, &home()), &home()).as_deref(), Some(written));
    }
}

#[test]
fn html_becomes_markdown_or_goes() {
    for (written, shown) in [
        ("a <!-- hidden --> b", "a  b"),
        ("<!-- a template's\nadvice -->\ntext", "\ntext"),
        ("<details>\n<summary>Log</summary>\n\ntext\n\n</details>", "\n**Log**\n\ntext\n\n"),
        ("<b>x</b> <i>y</i> H<sub>2</sub>O", "**x** *y* H2O"),
        ("one<br>two", "one\ntwo"),
        (
            "<img src=\"/uploads/a/x.png\" alt=\"a plan\" width=100>",
            "![a plan](https://gitlab.example.com/team/app/uploads/a/x.png)",
        ),
        ("<a href='https://e.org/a'>there</a>", "[there](https://e.org/a)"),
        ("text\n\n[[_TOC_]]\n\nmore", "text\n\n\n\nmore"),
        ("`<b>`", "`<b>`"),
    ] {
        assert_eq!(there(written), shown);
    }
}

#[test]
fn what_a_person_writes_on_a_card_comes_to_gitlab() {
    let from = |card: &str| from_trello(card, &home()).map(|text| text.replace(JOINER, "·"));
    assert_eq!(from("ask @bob about #34").as_deref(), Some("ask @·bob about #34"));
    assert_eq!(
        from("done\n/close\n  /assign @bob\n/etc/hosts").as_deref(),
        Some("done\n·/close\n  ·/assign @·bob\n/etc/hosts")
    );
    assert_eq!(from("~~~\n/close\n~~~").as_deref(), Some("~~~\n·/close\n~~~"), "GitLab takes this for no code");
    assert_eq!(from("a\r/close\r\nb").as_deref(), Some("a\n·/close\nb"));
    assert_eq!(from("- [ ] by hand").as_deref(), Some("- [ ] by hand"));
    let smart = "see [https://e.org/a_b](https://e.org/a_b \"smartCard-inline\") and [x](https://e.org \"\u{200c}\")";
    assert_eq!(from(smart).as_deref(), Some("see https://e.org/a_b and [x](https://e.org)"));
    assert_eq!(for_gitlab("@all, @group/sub: `@x`").replace(JOINER, "·"), "@·all, @·group/sub: `@x`");
}

#[test]
fn an_edit_on_the_card_leaves_alone_what_it_did_not_touch() {
    let old = "<!-- advice -->\n## What\n\nOld words for @ana.\n\n## How\n\n<details>\n\nsee #34\n\n</details>\n";
    let card = to_trello(old, &home());
    let edited = card.replace("Old words for", "New words for");
    let new = follow(old, &edited, &home()).unwrap();
    assert_eq!(new, old.trim_end().replace("Old words for", "New words for"));
    assert_eq!(follow(old, &card, &home()).as_deref(), Some(old.trim_end()));
    assert_eq!(follow(old, "all new", &home()), None, "it would take the hidden advice away");
    assert_eq!(follow("a\nb", "a\nall new\nb", &home()).as_deref(), Some("a\nall new\nb"));
    assert_eq!(follow("", "all new", &home()).as_deref(), Some("all new"));
    assert_eq!(follow("gone", "", &home()).as_deref(), Some(""));
}

#[test]
fn a_name_is_words_whatever_it_holds() {
    assert_eq!(plain("Ana **x** @all\n# [y](z)").replace(JOINER, "·"), "Ana \\*\\*x\\*\\* @·all \\# \\[y\\](z)");
}

/// Texts that a quadratic reader would still be reading tomorrow.
#[test]
fn hostile_texts_of_a_megabyte_are_read() {
    for piece in [
        "[", "`", "![", "<", "<a ", "> ", "@a", "*a_", "#1 ", "[a](", "<!--", "- ", "a://", "[^", "|", "![a", "\\`",
        "&#", "~\"", "``` ",
    ] {
        let text = piece.repeat(1_000_000 / piece.len());
        let shown = to_trello(&text, &home());
        assert!(shown.len() <= bound(text.len()), "{piece}");
    }
}

/// However it is written: at most a joiner for each `@x`, and a bounded number of addresses.
fn bound(length: usize) -> usize {
    length * 4 + refs::MOST * 120 + 1_000
}

fn markdown() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("@ana"),
        Just("@"),
        Just("#34"),
        Just("!12"),
        Just("&5"),
        Just("`"),
        Just("```\n"),
        Just("\n"),
        Just("\n\n"),
        Just("    "),
        Just("> "),
        Just("- "),
        Just("[ ] "),
        Just("[x] "),
        Just("["),
        Just("]"),
        Just("("),
        Just(")"),
        Just("](docs/x.md)"),
        Just("![a](/uploads/x.png)"),
        Just("<!--"),
        Just("-->"),
        Just("<b>"),
        Just("</b>"),
        Just("<details>"),
        Just("<a href=x>"),
        Just("</a>"),
        Just("<br>"),
        Just("| a | b |\n|---|---|\n"),
        Just("| c |\n"),
        Just("[^1]"),
        Just("[^1]: x"),
        Just("[!note]"),
        Just("---\n"),
        Just("a: 1\n"),
        Just("~~~\n"),
        Just("https://e.org/"),
        Just("\\"),
        Just("*"),
        Just("_"),
        Just("é"),
        Just("\u{2060}"),
        Just(" "),
        Just("word"),
        Just("<"),
        Just(">"),
        Just("\""),
        Just("~\"a b\""),
        Just("[[_TOC_]]"),
        Just("/close\n"),
        Just("%"),
        Just("&#64;"),
        Just("😀"),
        Just("1. "),
        Just("\r\n"),
        Just("\t"),
        Just("=\n"),
        Just("[a]: /@b\n"),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

/// What `reader` sees as code.
fn code(text: &str) -> Vec<String> {
    let layout = layout::Layout::of(text, Reader::Trello);
    layout.code_spans.iter().map(|range| text[range.clone()].to_owned()).collect()
}

proptest! {
    #[test]
    fn any_text_comes_out_harmless_bounded_and_settled(text in prop_oneof![markdown(), any::<String>()]) {
        let shown = to_trello(&text, &home());
        prop_assert!(shown.len() <= bound(text.len()));
        prop_assert_eq!(&to_trello(&shown, &home()), &shown, "given its own answer it changes nothing");
        let layout = layout::Layout::of(&shown, Reader::Trello);
        prop_assert!(calls(&shown).all(|at| layout.at(at) & layout::CODE != 0), "somebody is called: {}", shown);
    }

    #[test]
    fn any_card_comes_to_gitlab_harmless_and_shows_the_same(card in prop_oneof![markdown(), any::<String>()], old in markdown()) {
        for text in [from_trello(&card, &home()), follow(&old, &card, &home())].into_iter().flatten() {
            prop_assert_eq!(normal(&to_trello(&text, &home())), normal(&to_trello(&for_gitlab(&card), &home())));
        }
        let note = for_gitlab(&card);
        let layout = layout::Layout::of(&note, Reader::GitLab);
        prop_assert!(calls(&note).all(|at| layout.at(at) & layout::CODE != 0), "somebody is called: {}", note);
        prop_assert!(note.lines().all(|line| !line.trim_start().starts_with("/close")));
        prop_assert_eq!(&for_gitlab(&note), &note);
        let title = title_for_gitlab("", &card);
        prop_assert_eq!(calls(&title).next(), None, "somebody is called: {}", title);
        prop_assert_eq!(&title_for_gitlab(&old, &title), &title);
        let called = title_for_gitlab(&card, &card);
        prop_assert_eq!(title_from_gitlab(&title), title_from_gitlab(&called));
    }

    #[test]
    fn words_go_and_come_back_as_they_were(text in "[a-zA-Z0-9 .,;:?'()*_äöü\n-]{0,80}") {
        prop_assume!(!text.contains("://"));
        let text = normal(&text);
        prop_assert_eq!(from_trello(&to_trello(&text, &home()), &home()), Some(text));
    }

    #[test]
    fn code_is_never_touched(code in "[a-z@#!<>&|\\[\\] ]{1,30}", before in "[a-z @]{0,10}") {
        for text in [format!("{before} `` {code} `` @end"), format!("{before}\n\n```\n{code}\n```\n@end")] {
            prop_assert!(to_trello(&text, &home()).contains(&code), "{}", to_trello(&text, &home()));
        }
    }
}

#[test]
fn the_proofs_see_code() {
    assert_eq!(code("a `b` ``c`` @d"), ["`b`", "``c``"]);
    assert!(calls("@a b@c `@d`").eq([0, 8]));
}
