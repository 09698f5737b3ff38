//! What is said on either side of a two-way route is said on the other, and then there is silence.

use std::time::Duration;

use kanbridge::config::Config;
use kanbridge::model::{Issue, Version};
use kanbridge::sandbox::gitlab::{self, NewHook, NoteView};
use kanbridge::sandbox::trello::Fault;
use kanbridge::store::Observation;
use kanbridge::sync::rules::{Direction, Fields, ProjectPattern};

use crate::stories;
use crate::two_way::House;
use crate::world::SECRET;

const POST_NOTE: &str = "POST /projects/{id}/issues/{id}/notes";
const POST_COMMENT: &str = "POST /cards/{id}/actions/comments";

impl House {
    /// Somebody says something on the card.
    fn says(&self, text: &str) -> String {
        self.world.trello.by("zoe").comment(&self.card().id, text).unwrap()
    }

    fn notes(&self, iid: i64) -> Vec<NoteView> {
        self.gitlab.notes(self.project, iid).into_iter().filter(|note| !note.system).collect()
    }

    /// The words of all notes, without first line and mark.
    fn noted(&self, iid: i64) -> Vec<String> {
        self.notes(iid).into_iter().map(|note| words(&note.body)).collect()
    }

    /// The words of all comments, without first line and mark.
    fn commented(&self) -> Vec<String> {
        self.card().comments.into_iter().map(|comment| words(&comment.text)).collect()
    }

    /// Stops the bridge, starts it again on other terms, and points the projects' hooks at it.
    async fn restarts(&mut self, change: impl FnOnce(&mut Config), projects: &[i64]) {
        self.world.restarts(change).await;
        let url = format!("http://{}/webhooks/gitlab", self.world.address());
        for project in projects {
            self.gitlab.hooks(*project).iter().for_each(|hook| self.gitlab.delete_hook(hook.id));
            let new = NewHook { url: &url, token: Some(SECRET), ..NewHook::default() };
            self.gitlab.add_hook(*project, &new);
        }
    }

    /// The issue is read from GitLab though no hook told of it, as a sweep does.
    async fn is_swept(&self, iid: i64) {
        let id = format!("{}/{}/{iid}", self.world.config.gitlab.instance, self.project).parse().unwrap();
        let Some(Observation::Read(known)) = self.world.store.observation(&id).await.unwrap() else { panic!("unread") };
        let version = Version { at: known.version.at + 3_600_000_000, ..known.version };
        self.world.store.observe_again(&Issue { version, ..*known }).await.unwrap();
        self.rests().await;
    }

    /// Ana moves an issue; of the two hooks that of the old project comes first.
    async fn moves(&self, iid: i64, to: i64) -> i64 {
        let hook = self.gitlab.hooks(to).remove(0);
        self.gitlab.delete_hook(hook.id);
        let moved = self.gitlab.by("ana").moves(self.project, iid, to).unwrap();
        self.rests().await;
        self.gitlab.add_hook(to, &NewHook { url: &hook.url, token: Some(SECRET), ..NewHook::default() });
        self.gitlab.by("ana").retitles(to, moved, "Boiler is still cold").unwrap();
        self.rests().await;
        self.waits().await;
        moved
    }

    /// The bridge's turns go on until this call was made, and break off before its answer is read.
    async fn dies_at(&self, route: &str) {
        self.writes();
        let (mut of_gitlab, mut of_trello) = (self.gitlab.counted(), self.world.trello.counted());
        let made = || {
            let calls = self.gitlab.calls().into_iter().map(|call| call.route);
            calls.chain(self.world.trello.calls().into_iter().map(|call| call.route)).any(|call| call == route)
        };
        let reached = async {
            while !made() {
                tokio::select! {
                    _ = of_gitlab.changed() => {}
                    _ = of_trello.changed() => {}
                }
            }
        };
        tokio::select! {
            biased;
            () = reached => {}
            turns = self.world.turns() => panic!("{turns} turns, and no {route}"),
        }
        let issue = format!("{}/{}/1", self.world.config.gitlab.instance, self.project).parse().unwrap();
        let pairs = self.world.store.pairs(&issue).await.unwrap();
        assert!(pairs.iter().any(|pair| pair.intent.is_some()), "its outcome is a question: {pairs:?}");
    }

    /// Long enough for whatever failed to be tried again, and for what may still appear.
    async fn waits(&self) {
        for _ in 0..4 {
            self.world.later(Duration::from_secs(61)).await;
            self.rests().await;
        }
    }
}

/// What somebody said; of a copy without its first line and its mark.
fn words(text: &str) -> String {
    let parts: Vec<&str> = text.split("\n\n").collect();
    match parts.as_slice() {
        [_, said @ .., mark] if mark.contains("kanbridge ") => said.join("\n\n"),
        _ => text.to_owned(),
    }
}

stories! {
    async fn a_comment_becomes_a_note_via_trello_and_no_copy_comes_back(world: World) {
        let house = House::of(world).await;
        let iid = house.opens("Boiler is cold").await;
        house.says("I **looked**.\n/close @all");
        house.looks().await;
        let note = house.notes(iid).remove(0).body;
        assert!(note.starts_with("**zoe** via Trello:\n\nI **looked**."), "{note}");
        assert!(!house.issue(iid).closed, "nobody's words are a command");
        house.gitlab.by("ana").comments(house.project, iid, "Me too.").unwrap();
        house.rests().await;
        house.looks().await;
        assert_eq!((house.notes(iid).len(), house.card().comments.len()), (2, 2));
        assert!(house.card().comments[1].text.starts_with("**Ana** in [GitLab]("));
        house.is_silent().await;
        assert_eq!((house.notes(iid).len(), house.card().comments.len()), (2, 2));
    }

    async fn edits_are_followed_both_ways(world: World) {
        let house = House::of(world).await;
        let iid = house.opens("Boiler is cold").await;
        let comment = house.says("one");
        let note = house.gitlab.by("ana").comments(house.project, iid, "uno").unwrap();
        house.rests().await;
        house.looks().await;
        house.world.trello.by("zoe").change_comment(&comment, "two").unwrap();
        house.gitlab.by("ana").edits_comment(note, "due").unwrap();
        house.rests().await;
        house.looks().await;
        let (mut noted, mut commented) = (house.noted(iid), house.commented());
        noted.sort();
        commented.sort();
        assert_eq!((noted, commented), (vec!["due".to_owned(), "two".to_owned()], vec!["due".to_owned(), "two".to_owned()]));
        house.is_silent().await;
    }

    async fn a_conversation_keeps_its_order_when_it_comes_at_once(world: World) {
        let house = House::of(world).await;
        let iid = house.opens("Boiler is cold").await;
        for word in ["one", "two", "three"] {
            house.says(word);
        }
        house.looks().await;
        assert_eq!(house.noted(iid), ["one", "two", "three"]);
        house.is_silent().await;
    }

    async fn a_lost_answer_from_gitlab_makes_no_second_note(world: World) {
        let house = House::of(world).await;
        let iid = house.opens("Boiler is cold").await;
        let faults = [
            gitlab::Fault::DropAfter, gitlab::Fault::TimeoutAfter, gitlab::Fault::DropBefore,
            gitlab::Fault::Answer(502, "bad gateway"), gitlab::Fault::Answer(429, "Retry later"),
        ];
        for (at, fault) in (1..).zip(faults) {
            house.gitlab.fail_next(POST_NOTE, fault.clone());
            house.says(&format!("word {at}"));
            house.waits().await;
            let wanted: Vec<String> = (1..=at).map(|at| format!("word {at}")).collect();
            assert_eq!(house.noted(iid), wanted, "after {fault:?}");
        }
        house.is_silent().await;
    }

    async fn a_note_that_appears_late_is_waited_for(world: World) {
        let house = House::of(world).await;
        let iid = house.opens("Boiler is cold").await;
        house.gitlab.fail_next(POST_NOTE, gitlab::Fault::ApplyLater);
        house.says("one");
        house.looks().await;
        assert_eq!(house.noted(iid).len(), 0);
        house.gitlab.apply_held_work();
        house.waits().await;
        assert_eq!(house.noted(iid), ["one"]);
        house.is_silent().await;
    }

    async fn a_bridge_that_dies_between_call_and_memory_makes_no_second_copy(world: World) {
        let house = House::of(world).await;
        let iid = house.opens("Boiler is cold").await;
        for (at, route) in (1..).zip([POST_NOTE, POST_COMMENT, POST_NOTE, POST_COMMENT]) {
            match route {
                POST_NOTE => drop(house.says(&format!("word {at}"))),
                _ => drop(house.gitlab.by("ana").comments(house.project, iid, &format!("word {at}")).unwrap()),
            }
            house.gitlab.settled().await;
            house.world.clock.advance(crate::two_way::POLL);
            house.dies_at(route).await;
            house.waits().await;
            let wanted: Vec<String> = (1..=at).map(|at| format!("word {at}")).collect();
            assert_eq!((house.noted(iid), house.commented()), (wanted.clone(), wanted), "after {route}");
        }
        house.is_silent().await;
    }

    async fn internal_notes_stay_where_they_are_whatever_fails(world: World) {
        let house = House::of(world).await;
        let iid = house.opens("Boiler is cold").await;
        house.gitlab.by("ana").comments_internally(house.project, iid, "hunter2").unwrap();
        house.says("What was it?");
        house.rests().await;
        house.looks().await;
        assert_eq!(house.commented(), ["What was it?"]);
        house.world.trello.fail_next("GET /cards/{id}/actions", Fault::Answer(500, "oops"));
        house.says("Well?");
        house.waits().await;
        assert_eq!((house.commented(), house.noted(iid)), (
            vec!["What was it?".to_owned(), "Well?".to_owned()],
            vec!["hunter2".to_owned(), "What was it?".to_owned(), "Well?".to_owned()],
        ));
        house.is_silent().await;
    }

    async fn comments_go_one_way_where_the_route_says_so(world: World) {
        let mut house = House::of(world).await;
        let fields = Fields { comments: Direction::Trello, ..Fields::all(Direction::Gitlab) };
        house.restarts(|config| config.routes[0].fields = fields, &[house.project]).await;
        let iid = house.opens("Boiler is cold").await;
        house.gitlab.by("ana").comments(house.project, iid, "uno").unwrap();
        house.says("one");
        house.rests().await;
        house.looks().await;
        assert_eq!((house.noted(iid), house.commented()), (vec!["uno".to_owned(), "one".to_owned()], vec!["one".to_owned()]));
        house.is_silent().await;
    }

    async fn a_note_that_no_hook_told_is_found_when_its_issue_is_read(world: World) {
        let mut house = House::of(world).await;
        let one_way = Fields::all(Direction::Gitlab);
        house.restarts(|config| config.routes[0].fields = one_way, &[house.project]).await;
        let iid = house.opens("Boiler is cold").await;
        let note = house.gitlab.by("ana").comments(house.project, iid, "told").unwrap();
        house.rests().await;
        let hook = house.gitlab.hooks(house.project).remove(0).id;
        house.gitlab.delete_hook(hook);
        house.gitlab.by("ana").comments(house.project, iid, "missed").unwrap();
        house.gitlab.by("ana").comments_internally(house.project, iid, "hunter2").unwrap();
        house.gitlab.by("ana").edits_comment(note, "told otherwise").unwrap();
        house.gitlab.fail_next("GET /projects/{id}/issues/{id}/notes", gitlab::Fault::Answer(502, "bad gateway"));
        house.is_swept(iid).await;
        assert_eq!(house.commented(), ["told"], "GitLab does not answer, and nothing fails for that");
        assert_eq!(house.world.store.count_failed().await.unwrap(), 0);
        house.is_swept(iid).await;
        assert_eq!(house.commented(), ["told otherwise", "missed"]);
        house.is_silent().await;
    }

    async fn a_moved_issue_that_turns_confidential_takes_its_words_along(world: World) {
        let mut house = House::of(world).await;
        let other = house.gitlab.add_project("team/other");
        house.gitlab.add_member(other, house.gitlab.add_user("bea", "Bea"), 40);
        let group = ProjectPattern::Group("team".into());
        house.restarts(|config| config.routes[0].project = group, &[house.project, other]).await;
        let iid = house.opens("Boiler is cold").await;
        house.gitlab.by("ana").comments(house.project, iid, "hunter2").unwrap();
        house.says("I changed it.");
        house.rests().await;
        house.looks().await;
        let moved = house.moves(iid, other).await;
        house.gitlab.by("bea").makes_confidential(other, moved, true).unwrap();
        house.rests().await;
        house.waits().await;
        assert_eq!((house.card().closed, house.commented()), (true, vec!["I changed it.".to_owned()]));
    }

    async fn what_was_said_on_a_moved_issue_is_not_said_again(world: World) {
        let mut house = House::of(world).await;
        let other = house.gitlab.add_project("team/other");
        house.gitlab.add_member(other, house.gitlab.root(), 40);
        let ana = house.gitlab.add_user("bea", "Bea");
        house.gitlab.add_member(other, ana, 40);
        house.gitlab.add_member(house.project, ana, 40);
        let group = ProjectPattern::Group("team".into());
        house.restarts(|config| config.routes[0].project = group, &[house.project, other]).await;
        let iid = house.opens("Boiler is cold").await;
        house.gitlab.by("bea").comments(house.project, iid, "one").unwrap();
        house.says("two");
        house.rests().await;
        house.looks().await;
        let moved = house.moves(iid, other).await;
        house.gitlab.by("bea").comments(other, moved, "three").unwrap();
        house.rests().await;
        let mut commented = house.commented();
        commented.sort();
        assert_eq!((house.world.cards().len(), commented), (1, vec!["one".to_owned(), "three".to_owned(), "two".to_owned()]));
        house.is_silent().await;
    }
}
