//! `kanbridge init` as a new user meets it: on a terminal, with wrong answers on the way; and without one.

use std::os::unix::fs::PermissionsExt;

use kanbridge::config::Environment;
use kanbridge::sandbox::gitlab::{self, Era, NewHook};

use crate::bridge::{Bridge, numbers};
use crate::pty::Pty;
use crate::town::{GITLAB_TOKEN, Town, Variables};

/// Everything as flags and variables of the process, and nothing more to ask.
fn answered(town: &Town) -> Variables {
    let mut variables = town.place();
    for (name, value) in [
        ("TRELLO_API_KEY", "sandbox-key"),
        ("TRELLO_API_TOKEN", "sandbox-token"),
        ("GITLAB_TOKEN", GITLAB_TOKEN),
        ("GITLAB_URL", &town.gitlab.url()),
        ("PUBLIC_URL", &town.public_url()),
    ] {
        variables.push((name.to_owned(), value.to_owned()));
    }
    variables
}

const PLACE: [&str; 4] = ["--board", "Heating", "--list", "To do"];

fn arguments<'a>(more: &[&'a str]) -> Vec<&'a str> {
    ["init", "--yes"].into_iter().chain(PLACE).chain(more.iter().copied()).collect()
}

fn trello_answers(pty: &mut Pty) {
    pty.answers("API key", "sandbox-key");
    pty.answers("Token (not shown):", "mistyped");
    pty.reads("✗ Trello answered 401");
    pty.reads("TRELLO_API_TOKEN) with scope read,write");
    pty.answers("API key", "sandbox-key");
    pty.answers("Token (not shown):", "sandbox-token");
    pty.reads("✓ Trello knows the token");
}

fn place_answers(pty: &mut Pty) {
    let listed = pty.reads("Board (number or name)");
    assert!(listed.contains("Heating") && !listed.contains("Attic"), "closed boards are not offered: {listed}");
    pty.types("Attic");
    pty.reads("✗ the board `Attic` is closed; reopen it in Trello");
    pty.answers("Board (number or name)", "Cellar");
    pty.reads("✗ there is no `Cellar`; there is: Heating, Garden");
    pty.answers("Board (number or name)", "1");
    pty.reads("✓ board Heating");
    pty.answers("List (number or name)", "Last year");
    pty.reads("✗ the list `Last year` is archived; send it back");
    pty.answers("List (number or name)", "to do");
    pty.reads("✓ list To do");
    pty.answers("List (number or name) [none]", "3");
}

fn gitlab_answers(pty: &mut Pty, town: &Town) {
    pty.answers("GitLab's address [https://gitlab.com]", "gitlab");
    pty.reads("✗ `gitlab` is no address");
    pty.answers("GitLab's address", &town.gitlab.url());
    pty.answers("GitLab token", "mistyped");
    pty.reads("✗ GitLab answered 401");
    pty.reads("make a new access token with scope api");
    pty.answers("GitLab token", GITLAB_TOKEN);
    pty.reads("✓ GitLab knows the token: it acts as @root");
    pty.answers("Public address", &town.hook_url());
    pty.reads("✗ leave the path /webhooks/gitlab out");
    pty.answers("Public address", &town.public_url());
    pty.answers("Project (number or name)", "app");
    pty.reads("✓ project team/app");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_user_gets_from_nothing_to_a_card() {
    let town = Town::new().await;
    let mut pty = town.on_terminal(&town.place(), &["init"]);
    pty.reads("kanbridge gives every issue that opens in GitLab a card");
    trello_answers(&mut pty);
    place_answers(&mut pty);
    gitlab_answers(&mut pty, &town);
    pty.answers("(kanbridge.toml) [no]", "");
    pty.answers("Register the webhook in GitLab at team/app [yes]", "");
    pty.reads("✓ .env is written");
    pty.reads("✓ the webhook of team/app is registered");
    pty.reads("hook of team/app");
    pty.reads("start `kanbridge serve`");
    let (code, screen) = pty.ends();
    assert_eq!(code, Some(0), "{screen}");

    let values = Environment::in_file(&town.folder.0.join(".env")).unwrap();
    let secret = &values["GITLAB_WEBHOOK_SECRET"];
    for hidden in ["sandbox-token", GITLAB_TOKEN, "mistyped", secret, &values["GITLAB_SIGNING_TOKEN"]] {
        assert!(!screen.contains(hidden), "`{hidden}` is shown:\n{screen}");
    }
    assert_eq!((secret.len(), &values["TRELLO_LIST_ID"]), (64, &town.board.lists[0]));
    assert_eq!(values["TRELLO_DONE_LIST_ID"], town.board.lists[2]);
    let mode = std::fs::metadata(town.folder.0.join(".env")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let mut bridge = Bridge::start(&town.folder.0, &town.place()).await;
    town.gitlab.by("root").opens(town.project, "Cold radiator", "In the hall.").unwrap();
    let calls = std::time::Duration::from_secs(30);
    assert!(bridge.until(calls, || numbers(&town.trello, &town.board) == [1]).await);
    town.gitlab.settled().await;
    let checked = town.runs(&town.place(), &["check"]).await;
    assert!(checked.code == Some(0) && checked.out.contains("newest delivery answered 200"), "{}", checked.out);
    bridge.kill().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_wizard_leaves_nothing_behind() {
    let town = Town::new().await;
    let mut pty = town.on_terminal(&town.place(), &["init"]);
    pty.answers("API key", "sandbox-key");
    pty.reads("Token (not shown):");
    pty.hangs_up();
    let (code, screen) = pty.ends();
    assert!(code == Some(1) && screen.contains("nothing was changed"), "{code:?} {screen}");
    assert!(!town.folder.0.join(".env").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupt_at_a_hidden_question_gives_the_terminal_its_echo_back() {
    let town = Town::new().await;
    let mut pty = town.on_terminal(&town.place(), &["init"]);
    pty.answers("API key", "sandbox-key");
    pty.reads("Token (not shown):");
    assert!(!pty.echoes(), "what is typed is hidden");
    pty.interrupts();
    assert_eq!(pty.ends().0, Some(130));
    assert!(pty.echoes());
}

#[tokio::test]
async fn without_a_terminal_flags_and_variables_answer_everything() {
    let town = Town::new().await;
    let said = town.runs(&answered(&town), &arguments(&["--project", "team/app", "--closed-list", "Done"])).await;
    assert_eq!(said.code, Some(0), "{}{}", said.out, said.err);
    assert!(!said.err.contains("kanbridge gives every issue"), "nobody is there to be told: {}", said.err);
    let hooks = town.gitlab.hooks(town.project);
    assert_eq!((hooks.len(), hooks[0].url.clone()), (1, town.hook_url()));
    assert!(hooks[0].triggers.contains(&"confidential_issues_events") && !hooks[0].triggers.contains(&"push_events"));

    // Again: the same hook, with the same secret.
    let secret = Environment::in_file(&town.folder.0.join(".env")).unwrap()["GITLAB_WEBHOOK_SECRET"].clone();
    let arguments = ["init", "--yes", "--overwrite", "--project", "team/app", "--list", "Doing"];
    let again = town.runs(&answered(&town), &arguments).await;
    assert!(again.code == Some(0) && again.err.contains("brought up to date"), "{}", again.err);
    assert_eq!(town.gitlab.hooks(town.project).len(), 1);
    let values = Environment::in_file(&town.folder.0.join(".env")).unwrap();
    assert_eq!((&values["GITLAB_WEBHOOK_SECRET"], &values["TRELLO_LIST_ID"]), (&secret, &town.board.lists[1]));
    assert_eq!(values["TRELLO_DONE_LIST_ID"], town.board.lists[2], "what was answered before is kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_run_offers_the_answers_of_the_first() {
    let town = Town::new().await;
    let first = arguments(&["--project", "team/app", "--closed-list", "Done"]);
    assert_eq!(town.runs(&answered(&town), &first).await.code, Some(0));
    let written = town.file(".env");
    let mut pty = town.on_terminal(&town.place(), &["init"]);
    pty.answers("Replace it [no]", "");
    assert_eq!(pty.ends().0, Some(1));
    assert_eq!(town.file(".env"), written);

    let mut pty = town.on_terminal(&town.place(), &["init"]);
    pty.answers("Replace it [no]", "yes");
    pty.answers("API key [sandbox-key]", "");
    pty.answers("Token (not shown; Enter keeps the present one)", "");
    pty.answers("Board (number or name) [Heating]", "");
    pty.answers("List (number or name) [To do]", "");
    pty.answers("List (number or name) [Done]", "none");
    pty.answers(&format!("GitLab's address [{}]", town.gitlab.url()), "");
    pty.answers("GitLab token (not shown; Enter keeps the present one)", "");
    pty.answers(&format!("Public address [{}]", town.public_url()), "");
    pty.answers("Project (number or name)", "team/app");
    pty.answers("(kanbridge.toml) [no]", "");
    pty.answers("Register the webhook in GitLab at team/app [yes]", "no");
    pty.reads("the former one is kept as .env.before-");
    assert_eq!(pty.ends().0, Some(0));
    let less: Vec<&str> = written.lines().filter(|line| !line.starts_with("TRELLO_DONE_LIST_ID=")).collect();
    assert!(less.iter().all(|line| line.starts_with('#') || town.file(".env").contains(line)), "{written}");
    assert!(!town.file(".env").contains("TRELLO_DONE_LIST_ID="));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_token_of_gitlab_s_a_route_takes_the_path_at_its_word() {
    let town = Town::new().await;
    let mut variables = answered(&town);
    variables.retain(|(name, _)| name != "GITLAB_TOKEN");
    let mut pty = town.on_terminal(&variables, &[&["init"], PLACE.as_slice()].concat());
    pty.answers("List (number or name) [none]", "Done");
    pty.answers("GitLab token (not shown; Enter leaves it out)", "");
    pty.answers("every project whose webhook comes here (Enter leaves it out)", "app");
    pty.reads("✗ write its path as in its address, team/app");
    pty.answers("every project whose webhook comes here", "team/app");
    pty.answers("(kanbridge.toml) [no]", "yes");
    pty.answers("written label=list", "doing=Doign");
    pty.reads("✗ the board has no open list `Doign`; it has: To do, Doing, Done");
    pty.answers("written label=list", "doing=Doing");
    pty.answers("written label=list", "");
    pty.reads("The webhook, by hand");
    let (code, screen) = pty.ends();
    assert_eq!(code, Some(0), "{screen}");
    let toml = town.file("kanbridge.toml");
    for line in ["project = \"team/app\"", "list = \"Doing\"\nholds = \"label:doing\"", "holds = \"closed\""] {
        assert!(toml.contains(line), "{line} in {toml}");
    }
}

#[tokio::test]
async fn what_is_missing_or_wrong_without_a_terminal_names_its_flag() {
    let town = Town::new().await;
    let whole = answered(&town);
    let without = |name: &str| whole.iter().filter(|(other, _)| other != name).cloned().collect::<Vec<_>>();
    let cases: &[(Variables, Vec<&str>, &str)] = &[
        (without("TRELLO_API_KEY"), arguments(&[]), "--trello-key is missing"),
        (without("TRELLO_API_TOKEN"), arguments(&[]), "--trello-token-file or TRELLO_API_TOKEN is missing"),
        (whole.clone(), vec!["init"], "--board is missing"),
        (whole.clone(), vec!["init", "--board", "Heating"], "--list is missing"),
        (whole.clone(), vec!["init", "--board", "Attic"], "--board: the board `Attic` is closed"),
        (whole.clone(), vec!["init", "--board", "Heating", "--list", "Cellar"], "--list: there is no `Cellar`"),
        (whole.clone(), arguments(&["--project", "team/none"]), "there is no project `team/none`"),
        (whole.clone(), arguments(&["--hook"]), "--hook: to register the hook, a project (--project) is needed"),
        (whole.clone(), arguments(&["--toml"]), "name it with --project"),
        (whole.clone(), arguments(&["--project", "team/app", "--label-list", "x=Cellar"]), "no open list `Cellar`"),
        (whole.clone(), arguments(&["--trello-token-file", "/nowhere"]), "/nowhere cannot be read"),
        (
            whole.clone(),
            arguments(&["--public-url", "kan.example.com"]),
            "--public-url: `kan.example.com` is no address",
        ),
    ];
    for (variables, arguments, told) in cases {
        let said = town.runs(variables, arguments).await;
        assert!(said.code == Some(1) && said.err.contains(told), "{told} in {}", said.err);
    }
    assert_eq!(std::fs::read_dir(&town.folder.0).unwrap().count(), 0, "nothing was written");
}

#[tokio::test]
async fn a_present_file_stays_until_it_may_be_replaced_and_is_kept_then() {
    let town = Town::new().await;
    let before = "HISTORY_DAYS=7\nMY_OWN='a b'\nGITLAB_WEBHOOK_SECRET='pa$$ wo\"rd'\n";
    std::fs::write(town.folder.0.join(".env"), before).unwrap();
    let refused = town.runs(&answered(&town), &arguments(&["--project", "team/app"])).await;
    assert!(refused.code == Some(1) && refused.err.contains("--overwrite"), "{}", refused.err);
    assert_eq!(town.file(".env"), before);

    let said = town.runs(&answered(&town), &arguments(&["--project", "team/app", "--overwrite"])).await;
    assert_eq!(said.code, Some(0), "{}{}", said.out, said.err);
    let values = Environment::in_file(&town.folder.0.join(".env")).unwrap();
    assert_eq!((&*values["HISTORY_DAYS"], &*values["MY_OWN"]), ("7", "a b"));
    assert_eq!(values["GITLAB_WEBHOOK_SECRET"], "pa$$ wo\"rd", "the secret that other hooks may have");
    assert!(!values.contains_key("GITLAB_SIGNING_TOKEN"), "other hooks may not sign");
    let names = std::fs::read_dir(&town.folder.0).unwrap().map(|entry| entry.unwrap().file_name());
    let kept = names.map(|name| name.into_string().unwrap()).find(|name| name.starts_with(".env.before-"));
    assert_eq!(town.file(&kept.unwrap()), before);
}

#[tokio::test]
async fn a_gitlab_that_cannot_sign_gets_the_secret_alone() {
    let town = Town::with(gitlab::Options { era: Era::Keyed, ..gitlab::Options::default() }).await;
    let said = town.runs(&answered(&town), &arguments(&["--project", "team/app"])).await;
    assert_eq!(said.code, Some(0), "{}{}", said.out, said.err);
    assert!(!town.file(".env").contains("\nGITLAB_SIGNING_TOKEN="));
}

#[tokio::test]
async fn an_address_that_gitlab_refuses_is_told_with_its_cure() {
    let town = Town::with(gitlab::Options { local_requests: false, ..gitlab::Options::default() }).await;
    let said = town.runs(&answered(&town), &arguments(&["--project", "team/app"])).await;
    assert!(said.code == Some(1) && said.err.contains("could not be registered"), "{}", said.err);
    assert!(said.err.contains("Outbound requests") && said.err.contains("PUBLIC_URL"), "{}", said.err);
    assert!(said.out.contains("✗ hook of team/app"), "{}", said.out);
    assert!(town.file(".env").contains("PUBLIC_URL="), "what was answered is not lost");
}

#[tokio::test]
async fn routes_with_several_lists_are_written_and_accepted() {
    let town = Town::new().await;
    town.gitlab.add_hook(town.project, &NewHook { url: "https://elsewhere.example.com/ci", ..NewHook::default() });
    let more = ["--project", "team/app", "--project", "team/site", "--closed-list", "Done"];
    let labels = ["--label-list", "in work=doing", "--env-file", "bridge.env"];
    let said = town.runs(&answered(&town), &arguments(&[more.as_slice(), &labels].concat())).await;
    assert_eq!(said.code, Some(0), "{}{}", said.out, said.err);
    assert!(said.out.contains("2 routes") && said.out.contains("✓ hook of team/app"), "{}", said.out);
    let toml = town.file("kanbridge.toml");
    std::fs::rename(town.folder.0.join("bridge.env"), town.folder.0.join(".env")).unwrap();
    let again = town.runs(&answered(&town), &["init", "--yes", "--overwrite", "--project", "team/app"]).await;
    assert!(again.code == Some(0) && again.out.contains("2 routes"), "routes are kept: {}{}", again.out, again.err);
    assert_eq!(town.file("kanbridge.toml"), toml);
    assert!(toml.contains("project = \"team/site\"") && toml.contains("holds = \"label:in work\""), "{toml}");
    assert!(!town.file(".env").contains("TRELLO_LIST_ID"));
    assert_eq!(town.gitlab.hooks(town.project).len(), 2, "the other hook is left alone");
}

#[tokio::test]
async fn without_a_token_of_gitlab_s_it_tells_what_to_enter_there() {
    let town = Town::new().await;
    let mut variables = answered(&town);
    variables.retain(|(name, _)| name != "GITLAB_TOKEN");
    let said = town.runs(&variables, &arguments(&[])).await;
    assert_eq!(said.code, Some(0), "{}{}", said.out, said.err);
    let secret = Environment::in_file(&town.folder.0.join(".env")).unwrap()["GITLAB_WEBHOOK_SECRET"].clone();
    assert!(said.err.contains(&town.hook_url()) && said.err.contains("Confidential issues events"), "{}", said.err);
    assert!(!said.err.contains(&secret) && !said.out.contains(&secret));
}
