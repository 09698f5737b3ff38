//! What people do on the card happens to the issue, on two-way routes, and then there is silence.

use std::time::Duration;

use kanbridge::model::Secret;
use kanbridge::sandbox::gitlab::{Change, Clock, Fault, GitLab, NewHook, Options};
use kanbridge::sandbox::trello::BoardView;
use kanbridge::sync::rules::{Direction, Fields, ProjectPattern, Route};

use crate::stories;
use crate::world::{SECRET, World, three_columns};

pub(crate) const POLL: Duration = Duration::from_secs(31);

/// A GitLab with one project, whose hook points at a bridge with a two-way route.
pub(crate) struct House {
    pub(crate) world: World,
    pub(crate) gitlab: GitLab,
    pub(crate) project: i64,
    pub(crate) hook: i64,
}

impl House {
    pub(crate) async fn of(world: World) -> Self {
        Self::with(world, Direction::Both, Clock::system()).await
    }

    /// `clock` is GitLab's.
    pub(crate) async fn with(world: World, fields: Direction, clock: Clock) -> Self {
        Self::beside(world, fields, Options { clock, ..Options::default() }).await
    }

    /// With such a GitLab.
    pub(crate) async fn beside(mut world: World, fields: Direction, options: Options) -> Self {
        let gitlab = GitLab::start(Options { in_turn: true, ..options }).await.unwrap();
        let project = gitlab.add_project("team/app");
        let ana = gitlab.add_user("ana", "Ana");
        gitlab.add_member(project, ana, 40);
        world.trello.by("zoe").invite(&world.board.id, "ana_trello").unwrap();
        let url: url::Url = gitlab.url().parse().unwrap();
        let token = Secret::new(Options::default().token);
        let route = Route { fields: Fields::all(fields), ..route(&world.board.short_link) };
        world
            .restarts(|config| {
                config.gitlab.instance = kanbridge::model::Instance::of_url(url.as_str()).unwrap();
                config.gitlab.url = url;
                config.gitlab.token = Some(token);
                config.routes = vec![route];
            })
            .await;
        let mut house = House { world, gitlab, project, hook: 0 };
        house.hooks();
        house
    }

    /// GitLab sends its hooks to where the bridge listens now.
    fn hooks(&mut self) {
        let url = format!("http://{}/webhooks/gitlab", self.world.address());
        let hook = NewHook { url: &url, token: Some(SECRET), ..NewHook::default() };
        self.hook = self.gitlab.add_hook(self.project, &hook);
    }

    /// The bridge starts again with another route.
    pub(crate) async fn routes(&mut self, change: impl FnOnce(&mut Route)) {
        self.configures(|config| change(&mut config.routes[0])).await;
    }

    /// The bridge starts again with another configuration.
    pub(crate) async fn configures(&mut self, change: impl FnOnce(&mut kanbridge::config::Config)) {
        for hook in self.gitlab.hooks(self.project) {
            self.gitlab.delete_hook(hook.id);
        }
        self.world.restarts(change).await;
        self.hooks();
    }

    /// Everything that GitLab has to say is said, and the worker comes to rest.
    pub(crate) async fn rests(&self) {
        loop {
            self.gitlab.settled().await;
            if self.world.turns().await == 0 {
                break;
            }
        }
    }

    /// The board is looked at, and whatever follows from it happens.
    pub(crate) async fn looks(&self) {
        self.world.later(POLL).await;
        self.rests().await;
    }

    pub(crate) async fn opens(&self, title: &str) -> i64 {
        let iid = self.gitlab.by("ana").opens(self.project, title, "It is cold.").unwrap();
        self.rests().await;
        self.looks().await;
        iid
    }

    pub(crate) fn card(&self) -> kanbridge::sandbox::trello::CardView {
        self.world.cards().remove(0)
    }

    pub(crate) fn issue(&self, iid: i64) -> kanbridge::sandbox::gitlab::IssueView {
        self.gitlab.issue(self.project, iid).unwrap()
    }

    /// Writes on either side since the last look.
    pub(crate) fn writes(&self) -> Vec<String> {
        let reads = |route: &String| route.starts_with("GET ");
        let calls = self.gitlab.calls().into_iter().map(|call| call.route).chain(self.world.calls());
        let writes = calls.filter(|route| !reads(route)).collect();
        self.gitlab.forget_calls();
        writes
    }

    /// Nobody touches anything, and nothing is written.
    pub(crate) async fn is_silent(&self) {
        self.rests().await;
        self.writes();
        for _ in 0..3 {
            self.looks().await;
        }
        assert_eq!(self.writes(), Vec::<String>::new());
    }
}

/// A second project, and the board that its issues live on.
pub(crate) struct Second {
    pub(crate) project: i64,
    pub(crate) board: BoardView,
}

impl House {
    /// An issue in the first project, and a second one whose hook is not there yet.
    pub(crate) async fn with_a_second_project(&mut self) -> (i64, Second) {
        let project = self.gitlab.add_project("team/elsewhere");
        let first = self.gitlab.by("ana").opens(self.project, "Boiler is cold", "It is cold.").unwrap();
        self.rests().await;
        let board = self.world.trello.add_board("Elsewhere", &["To do", "Doing", "Done"]);
        let project_route = ProjectPattern::Path("team/elsewhere".into());
        let route = Route { project: project_route, ..route(&board.short_link) };
        self.world.restarts(|config| config.routes.push(route)).await;
        self.is_deaf_to(self.project);
        self.hears_of(self.project).await;
        (first, Second { project, board })
    }

    pub(crate) fn is_deaf_to(&self, project: i64) {
        for hook in self.gitlab.hooks(project) {
            self.gitlab.delete_hook(hook.id);
        }
    }

    pub(crate) async fn hears_of(&self, project: i64) {
        let url = format!("http://{}/webhooks/gitlab", self.world.address());
        self.gitlab.add_hook(project, &NewHook { url: &url, token: Some(SECRET), ..NewHook::default() });
        self.rests().await;
    }

    pub(crate) async fn moves_away(&self, iid: i64, to: i64) -> i64 {
        let moved = self.gitlab.by("ana").moves(self.project, iid, to).unwrap();
        self.rests().await;
        moved
    }
}

fn route(board: &str) -> Route {
    let people = [("ana".to_owned(), "ana_trello".to_owned())].into();
    Route { fields: Fields::all(Direction::Both), people, ..three_columns(board) }
}

stories! {
    async fn a_card_moved_to_done_closes_its_issue_and_back_reopens_it(world: World) {
        let house = House::of(world).await;
        let iid = house.opens("Boiler is cold").await;
        let lists = house.world.board.lists.clone();
        house.world.trello.by("zoe").move_card(&house.card().id, &lists[2]).unwrap();
        house.looks().await;
        assert!(house.issue(iid).closed);
        house.is_silent().await;
        house.world.trello.by("zoe").move_card(&house.card().id, &lists[0]).unwrap();
        house.looks().await;
        assert!(!house.issue(iid).closed);
        assert_eq!(house.card().list, lists[0]);
        house.is_silent().await;
    }

    async fn a_card_moved_to_a_label_s_column_labels_its_issue(world: World) {
        let house = House::of(world).await;
        let iid = house.opens("Boiler is cold").await;
        let lists = house.world.board.lists.clone();
        house.world.trello.by("zoe").move_card(&house.card().id, &lists[1]).unwrap();
        house.looks().await;
        assert_eq!((house.issue(iid).labels, house.card().labels), (vec!["doing".to_owned()], vec!["doing".to_owned()]));
        house.is_silent().await;
        house.world.trello.by("zoe").move_card(&house.card().id, &lists[0]).unwrap();
        house.looks().await;
        assert_eq!((house.issue(iid).labels.len(), house.card().labels.len()), (0, 0));
        house.is_silent().await;
    }

    async fn title_text_due_labels_and_people_go_both_ways(world: World) {
        let house = House::of(world).await;
        let iid = house.opens("Boiler is cold").await;
        let hand = house.world.trello.by("zoe");
        let card = house.card();
        hand.rename_card(&card.id, "[ ISSUE 1 ] Boiler is lukewarm").unwrap();
        hand.describe_card(&card.id, &card.description.replace("It is cold.", "It is lukewarm.")).unwrap();
        hand.set_due(&card.id, Some("2026-06-03T16:00:00Z".parse().unwrap())).unwrap();
        let label = hand.add_label(&house.world.board.id, "cellar", None).unwrap();
        hand.label_card(&card.id, &label).unwrap();
        hand.assign(&card.id, "ana_trello").unwrap();
        house.looks().await;
        let issue = house.issue(iid);
        assert_eq!((issue.title.as_str(), issue.description.trim()), ("Boiler is lukewarm", "It is lukewarm."));
        assert_eq!(issue.due_date.as_deref(), Some("2026-06-03"));
        assert_eq!((issue.labels, issue.assignees), (vec!["cellar".to_owned()], vec!["ana".to_owned()]));
        house.is_silent().await;
        let due = Change { due_date: Some(None), ..Change::default() };
        house.gitlab.by("ana").changes(house.project, iid, &due).unwrap();
        house.gitlab.by("ana").labels(house.project, iid, &["urgent"], &["cellar"]).unwrap();
        house.rests().await;
        assert_eq!((house.card().due, house.card().labels), (None, vec!["urgent".to_owned()]));
        house.is_silent().await;
    }

    async fn of_two_edits_at_once_the_rule_s_winner_stays_and_the_other_is_told(world: World) {
        let house = House::of(world).await;
        let iid = house.opens("Boiler is cold").await;
        house.world.trello.by("zoe").rename_card(&house.card().id, "[ ISSUE 1 ] From the card").unwrap();
        house.gitlab.by("ana").retitles(house.project, iid, "From the issue").unwrap();
        house.rests().await;
        house.looks().await;
        assert_eq!(house.issue(iid).title, "From the issue");
        assert_eq!(house.card().name, "[ ISSUE 1 ] From the issue");
        let id = format!("{}/{}/{iid}", house.world.config.gitlab.instance, house.project).parse().unwrap();
        let told = house.world.store.told(&id, 10).await.unwrap();
        assert!(told.iter().any(|(_, told)| told.contains("From the card") && told.contains("From the issue")), "{told:?}");
        house.is_silent().await;
    }

    async fn an_edit_that_no_hook_told_is_not_overwritten(world: World) {
        let house = House::of(world).await;
        let iid = house.opens("Boiler is cold").await;
        house.gitlab.hold();
        house.gitlab.by("ana").retitles(house.project, iid, "From the issue").unwrap();
        let card = house.card();
        house.world.trello.by("zoe").set_due(&card.id, Some("2026-06-03T16:00:00Z".parse().unwrap())).unwrap();
        house.world.later(POLL).await;
        house.world.turns().await;
        let issue = house.issue(iid);
        assert_eq!((issue.title.as_str(), issue.due_date.as_deref()), ("From the issue", Some("2026-06-03")));
        assert_eq!(house.card().name, "[ ISSUE 1 ] From the issue", "read from GitLab before it was written");
    }

    async fn an_issue_that_moves_to_another_project_takes_its_card_along(world: World) {
        let mut house = House::of(world).await;
        let (first, second) = house.with_a_second_project().await;
        let card = house.card();
        let iid = house.moves_away(first, second.project).await;
        house.hears_of(second.project).await;
        house.gitlab.by("ana").retitles(second.project, iid, "Boiler is cold here").unwrap();
        house.rests().await;
        let cards = house.world.trello.cards(&second.board.id);
        assert_eq!((house.world.cards().len(), cards.len()), (0, 1));
        assert_eq!((&cards[0].id, cards[0].closed), (&card.id, false), "the same card, with all that was said on it");
        assert_eq!(cards[0].name, format!("[ ISSUE {iid} ] Boiler is cold here"));
        assert!(cards[0].description.contains(&format!("/{}/{iid}`", second.project)), "{}", cards[0].description);
        house.is_silent().await;
    }

    async fn it_takes_its_card_along_also_where_the_new_issue_is_told_first(world: World) {
        let mut house = House::of(world).await;
        let (first, second) = house.with_a_second_project().await;
        let card = house.card();
        house.hears_of(second.project).await;
        house.is_deaf_to(house.project);
        let iid = house.moves_away(first, second.project).await;
        assert_eq!(house.world.trello.cards(&second.board.id).len(), 1, "a card of its own, since nobody knew better");
        house.hears_of(house.project).await;
        house.gitlab.by("ana").labels(house.project, first, &["moved"], &[]).unwrap();
        house.rests().await;
        let cards = house.world.trello.cards(&second.board.id);
        assert_eq!((house.world.cards().len(), cards.len()), (0, 1));
        assert_eq!((&cards[0].id, cards[0].closed), (&card.id, false), "exchanged for the one that it always had");
        assert!(cards[0].name.starts_with(&format!("[ ISSUE {iid} ] ")), "{}", cards[0].name);
        house.is_silent().await;
    }

    async fn a_new_card_on_which_people_have_worked_is_not_exchanged(world: World) {
        let mut house = House::of(world).await;
        let (first, second) = house.with_a_second_project().await;
        house.hears_of(second.project).await;
        house.is_deaf_to(house.project);
        house.moves_away(first, second.project).await;
        let anew = house.world.trello.cards(&second.board.id).remove(0);
        house.world.trello.by("zoe").comment(&anew.id, "I am on it.").unwrap();
        house.hears_of(house.project).await;
        house.gitlab.by("ana").labels(house.project, first, &["moved"], &[]).unwrap();
        house.rests().await;
        let cards = house.world.trello.cards(&second.board.id);
        assert_eq!((cards.len(), &cards[0].id), (1, &anew.id));
        assert_eq!(house.card().list, house.world.board.lists[2], "the old one is closed with its issue");
        house.looks().await;
        assert!(house.gitlab.calls().iter().any(|call| call.route.ends_with("/notes")), "what was said there is carried over");
        house.is_silent().await;
    }

    async fn a_write_to_gitlab_whose_answer_is_lost_ends_right(world: World) {
        let house = House::of(world).await;
        let iid = house.opens("Boiler is cold").await;
        house.gitlab.fail_next("PUT /projects/{id}/issues/{id}", Fault::DropAfter);
        house.gitlab.fail_next("PUT /projects/{id}/issues/{id}", Fault::Answer(502, "bad gateway"));
        let lists = house.world.board.lists.clone();
        house.world.trello.by("zoe").move_card(&house.card().id, &lists[2]).unwrap();
        for _ in 0..5 {
            house.world.later(Duration::from_secs(61)).await;
            house.rests().await;
        }
        assert!(house.issue(iid).closed);
        house.is_silent().await;
    }
}
