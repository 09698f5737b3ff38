//! Comments, one case at a time. The random worlds are in `tests/thread`.

use super::work::older;
use super::*;
use crate::model::{ActionId, NoteId};
use crate::text::length;

const URL: &str = "https://gitlab.example.com/team/app/-/issues/23";

fn note(id: i64, text: &str) -> Note {
    let at = Micros(id * 1_000_000);
    Note { id: NoteId(id), author: "Ana".into(), text: text.into(), created: at, changed: at, hidden: false }
}

fn comment(id: u32, text: &str) -> Comment {
    let at = Micros(i64::from(id) * 1_000_000);
    Comment { id: action(id), author: "Bo".into(), text: text.into(), created: at, changed: at }
}

fn action(id: u32) -> ActionId {
    format!("5e93bac014d40e50{id:08x}").parse().unwrap()
}

fn rules() -> Rules {
    Rules {
        direction: Direction::Both,
        deletions: false,
        since: None,
        gitlab_is_read: true,
        settle: Duration::from_secs(35),
    }
}

/// What is to be done, with everything read at second 100.
fn plan(notes: Vec<Note>, comments: Vec<Comment>, pairs: &[Pair]) -> Plan {
    let read = Micros(100_000_000);
    plan_of(&Listing::whole(notes, read), &Listing::whole(comments, read), pairs, true, &rules())
}

fn plan_of(notes: &Listing<Note>, comments: &Listing<Comment>, pairs: &[Pair], memory: bool, rules: &Rules) -> Plan {
    let issue = "gitlab.example.com/42/23".parse().unwrap();
    let home = Home::of_issue(Some(URL), Some("team/app"));
    thread(&Thread { issue: &issue, url: Some(URL), home: &home, notes, comments, pairs, memory }, rules)
}

/// The texts of a plan's posts and edits.
fn texts(plan: &Plan) -> Vec<&str> {
    let text = |step| match step {
        &Step::Post { ref text, .. } | &Step::Edit { ref text, .. } => Some(text.as_str()),
        _ => None,
    };
    plan.steps.iter().filter_map(text).collect()
}

#[test]
fn a_note_is_copied_with_its_author_a_link_and_a_mark() {
    let plan = plan(vec![note(7, "See #12, @bo.\n")], vec![], &[]);
    let wanted = "**Ana** in [GitLab](https://gitlab.example.com/team/app/-/issues/23#note_7):\n\n\
                  See [#12](https://gitlab.example.com/team/app/-/issues/12), \
                  [@\u{2060}bo](https://gitlab.example.com/bo).\n\n`kanbridge gitlab.example.com/42/23/7`";
    assert_eq!(texts(&plan), [wanted]);
    assert_eq!(plan.to_string(), "post the copy of note 7 in Trello");
    assert_eq!(copy::original_note(wanted).unwrap().1, NoteId(7));
    assert_eq!(crate::sync::face::read_mark(wanted), None, "no card's mark");
}

#[test]
fn a_comment_is_copied_with_its_author_and_calls_and_does_nothing() {
    let plan = plan(vec![], vec![comment(5, "ask @all\n/close")], &[]);
    let wanted = "**Bo** via Trello:\n\nask @\u{2060}all\n\u{2060}/close\n\n\
                  <!-- kanbridge comment 5e93bac014d40e5000000005 -->";
    assert_eq!(texts(&plan), [wanted]);
    assert_eq!(copy::original_comment(wanted), Some(action(5)));
}

#[test]
fn both_directions_are_posted_in_the_order_of_creation_and_nothing_hidden() {
    let hidden = Note { hidden: true, ..note(1, "secret") };
    let plan =
        plan(vec![note(4, "four"), hidden, note(2, "two"), note(6, "<!-- bot -->")], vec![comment(3, "three")], &[]);
    let said: Vec<_> = texts(&plan).iter().map(|text| text.lines().nth(2).unwrap().to_owned()).collect();
    assert_eq!(said, ["two", "three", "four"]);
}

#[test]
fn an_open_code_block_does_not_swallow_the_mark_and_a_long_text_fits() {
    let open = texts(&plan(vec![note(7, "```\ncode")], vec![], &[]))[0].to_owned();
    assert!(open.contains("```\ncode\n```\n\n`kanbridge"), "{open}");
    let long = texts(&plan(vec![note(7, &"wörd ".repeat(9_000))], vec![], &[]))[0].to_owned();
    assert!(length(&long) <= 16_384 && length(&long) > 16_300);
    assert!(long.contains("[… more in GitLab](https://gitlab.example.com/team/app/-/issues/23#note_7)"));
    assert_eq!(copy::original_note(&long).unwrap().1, NoteId(7));
}

#[test]
fn a_post_without_an_answer_is_looked_for_and_repeated_only_when_nothing_can_appear() {
    let first = plan(vec![note(7, "seven")], vec![], &[]);
    let early = first.steps[0].intent(Micros(90_000_000)).unwrap();
    let waiting = plan(vec![note(7, "seven"), note(8, "eight")], vec![], std::slice::from_ref(&early));
    assert_eq!(waiting.steps, [Step::Wait(Micros(125_000_000))], "eight must not overtake seven");

    let found = plan(vec![note(7, "seven")], vec![comment(9, texts(&first)[0])], std::slice::from_ref(&early));
    let Step::Remember(pair) = &found.steps[0] else { panic!("{found}") };
    assert_eq!((found.steps.len(), &pair.comment, pair.intent), (1, &Some(action(9)), None));

    let settled = first.steps[0].intent(Micros(60_000_000)).unwrap();
    let again = plan(vec![note(7, "seven")], vec![], &[settled]);
    assert_eq!(again.to_string(), "forget note 7, which was never posted\npost the copy of note 7 in Trello");
}

#[test]
fn before_a_post_it_is_certain_that_no_copy_is_there() {
    let notes = Listing::part(vec![note(7, "seven")]);
    let known = plan_of(&notes, &Listing::unknown(), &[], true, &rules());
    assert_eq!(known.to_string(), "post the copy of note 7 in Trello");
    let adopted = plan_of(&notes, &Listing::unknown(), &[], false, &rules());
    assert_eq!(adopted.to_string(), "read all comments in Trello");
}

#[test]
fn an_edit_of_the_original_is_followed_and_an_edit_of_the_copy_is_left_alone() {
    let first = plan(vec![note(7, "old")], vec![], &[]);
    let copy = texts(&first)[0].to_owned();
    let pair = first.steps[0].done(Some(Written::Comment(action(9), copy.clone()))).unwrap();
    let pairs = [pair];
    assert_eq!(plan(vec![note(7, "old")], vec![comment(9, &format!("{copy}\n"))], &pairs), Plan::default());

    let meddled = comment(9, &copy.replace("old", "meddled"));
    assert_eq!(plan(vec![note(7, "old")], vec![meddled.clone()], &pairs), Plan::default());
    let edited = Note { changed: Micros(20_000_000), ..note(7, "new") };
    let followed = plan(vec![edited.clone()], vec![comment(9, &copy)], &pairs);
    assert_eq!(followed.to_string(), "edit the copy of note 7 in Trello");
    assert!(texts(&followed)[0].contains("\n\nnew\n\n"));
    let overruled = plan(vec![edited], vec![meddled], &pairs);
    let lost = "edit the copy of note 7 in Trello; the copy was edited too, the original wins";
    assert_eq!(overruled.to_string(), lost);

    let withdrawn = Note { hidden: true, ..note(7, "old") };
    assert_eq!(
        plan(vec![withdrawn], vec![comment(9, &copy)], &pairs).to_string(),
        "remove the copy of note 7 in Trello"
    );
}

#[test]
fn after_an_edit_without_an_answer_old_news_are_not_told() {
    let first = plan(vec![note(7, "old")], vec![], &[]);
    let copy = texts(&first)[0].to_owned();
    let pair = first.steps[0].done(Some(Written::Comment(action(9), copy.clone()))).unwrap();
    let edited = Note { changed: Micros(20_000_000), ..note(7, "new") };
    let edit = plan(vec![edited.clone()], vec![comment(9, &copy)], &[pair]);
    let pairs = [edit.steps[0].intent(Micros(90_000_000)).unwrap()];
    let now = Listing::part(vec![comment(9, texts(&edit)[0])]);
    let late = Listing::part(vec![note(7, "old")]);
    assert_eq!(plan_of(&late, &now, &pairs, true, &rules()), Plan::default());
    let done = plan_of(&Listing::part(vec![edited.clone()]), &now, &pairs, true, &rules());
    assert_eq!(done.to_string(), "remember note 7", "it had been done");
    let undone = plan_of(&Listing::part(vec![edited]), &Listing::unknown(), &pairs, true, &rules());
    assert_eq!(undone.to_string(), "edit the copy of note 7 in Trello");
}

#[test]
fn deleted_originals_leave_their_copies_unless_the_rules_say_otherwise() {
    let first = plan(vec![note(7, "seven")], vec![], &[]);
    let copy = texts(&first)[0].to_owned();
    let pairs = [first.steps[0].done(Some(Written::Comment(action(9), copy.clone()))).unwrap()];
    let comments = Listing::whole(vec![comment(9, &copy)], Micros(100_000_000));
    let notes = Listing::whole(vec![], Micros(100_000_000));
    assert_eq!(plan_of(&notes, &comments, &pairs, true, &rules()), Plan::default());
    let strict = Rules { deletions: true, ..rules() };
    assert_eq!(plan_of(&notes, &comments, &pairs, true, &strict).to_string(), "remove the copy of note 7 in Trello");
    assert_eq!(plan_of(&Listing::unknown(), &comments, &pairs, true, &strict), Plan::default(), "unknown is not gone");
}

#[test]
fn quoting_a_copy_makes_no_copy_and_another_issues_copy_is_nobodys_words() {
    let copy = texts(&plan(vec![note(7, "seven")], vec![], &[]))[0].to_owned();
    let pairs = [plan(vec![note(7, "seven")], vec![], &[]).steps[0]
        .done(Some(Written::Comment(action(9), copy.clone())))
        .unwrap()];
    let quote = comment(10, &format!("I think so too:\n{copy}"));
    let told = plan(vec![note(7, "seven")], vec![comment(9, &copy), quote], &pairs);
    assert_eq!(told.to_string(), "post the copy of comment 5e93bac014d40e500000000a in GitLab");
    let foreign = comment(11, &copy.replace("/42/23/7", "/42/99/7"));
    assert_eq!(plan(vec![note(7, "seven")], vec![comment(9, &copy), foreign], &pairs), Plan::default());
}

#[test]
fn news_in_whole_seconds_are_compared_by_the_second() {
    assert!(!older(Micros(5_000_000), Micros(5_830_000)));
    assert!(older(Micros(5_829_000), Micros(5_830_000)));
    assert!(older(Micros(4_999_000), Micros(5_000_000)));
}
