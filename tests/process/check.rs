//! `kanbridge check` and `kanbridge trello`, as whoever sets a bridge up meets them: each thing that is wrong is told in
//! a sentence that says what to do.

use std::os::unix::fs::PermissionsExt;

use kanbridge::sandbox::gitlab::{self, AutoDisable, NewHook};

use crate::bridge::{Bridge, SECRET};
use crate::town::{GITLAB_TOKEN, Town};

/// `findings` has a line with all of these.
fn told(findings: &[String], words: &[&str]) {
    let found = findings.iter().any(|line| words.iter().all(|word| line.contains(word)));
    assert!(found, "{words:?} is not in\n{}", findings.join("\n"));
}

fn with_hook(town: &Town) -> i64 {
    town.gitlab.add_hook(town.project, &NewHook { url: &town.hook_url(), token: Some(SECRET), ..NewHook::default() })
}

#[tokio::test]
async fn where_everything_holds_it_says_so_and_ends_with_0() {
    let town = Town::new().await;
    with_hook(&town);
    let bridge = Bridge::start(&town.folder.0, &town.whole()).await;
    let (code, findings) = town.checks(&town.whole()).await;
    assert_eq!(code, Some(0), "{}", findings.join("\n"));
    for words in [
        ["holds configuration", "1 route"],
        ["holds database", "writable"],
        ["holds Trello `default`", "acts as @"],
        ["holds Trello `default`: token", "never expires"],
        ["holds route for every project", "`Heating` is open, the lists too: `To do`"],
        ["holds GitLab:", "version 19"],
        ["holds GitLab: token", "scopes api"],
        ["holds hook of team/app", "enabled, all triggers on"],
        ["holds public address", "/healthz answers"],
    ] {
        told(&findings, &words);
    }
    let text = town.runs(&town.whole(), &["check"]).await;
    assert!(
        text.out.contains("✓ configuration") && !text.out.contains('\x1b'),
        "no colour off a terminal: {}",
        text.out
    );
    bridge.kill().await;
}

#[tokio::test]
async fn each_wrong_configuration_is_told_with_its_cure() {
    let town = Town::new().await;
    with_hook(&town);
    let elsewhere = town.trello.url().trim_end_matches("/1").to_owned();
    let cases: &[(&str, &str, &[&str])] = &[
        ("TRELLO_API_TOKEN", "revoked", &["fails Trello `default`", "invalid token", "TRELLO_API_TOKEN"]),
        ("TRELLO_API_KEY", "mistyped", &["fails Trello `default`", "invalid key", "TRELLO_API_KEY"]),
        ("TRELLO_API_URL", "http://127.0.0.1:1/1", &["fails Trello", "Connection refused", "HTTPS_PROXY"]),
        ("TRELLO_LIST_ID", "5e93bac014d40e501ee46b8d", &["fails route", "no list 5e93", "kanbridge trello lists"]),
        ("TRELLO_LIST_ID", &town.board.lists[3], &["fails route", "`Last year`", "archived", "send it back"]),
        ("GITLAB_TOKEN", "mistyped", &["fails GitLab", "401", "GITLAB_TOKEN", "scope api"]),
        ("GITLAB_TOKEN", "", &["not looked at GitLab", "GITLAB_TOKEN is not set"]),
        ("GITLAB_URL", "http://127.0.0.1:1", &["fails GitLab", "Connection refused", "GITLAB_URL"]),
        ("PUBLIC_URL", "http://127.0.0.1:1", &["fails public address", "no answer", "kanbridge serve"]),
        ("PUBLIC_URL", &elsewhere, &["fails public address", "answers 404", "nginx.conf"]),
        (
            "PUBLIC_URL",
            "https://new.example.com",
            &["fails hook of team/app", "it goes to", "new.example.com/webhooks"],
        ),
        ("PUBLIC_URL", "", &["not looked at public address", "PUBLIC_URL is not set"]),
        ("DATABASE_URL", "sqlite:/nowhere/kanbridge.db", &["fails database", "/nowhere", "DATABASE_URL"]),
        ("GITLAB_WEBHOOK_SECRET", "", &["fails configuration", "GITLAB_WEBHOOK_SECRET", "random"]),
        ("GITLAB_WEBHOOK_SECRET", "", &["not looked at database", "the configuration has faults"]),
    ];
    for (name, value, words) in cases {
        let (code, findings) = town.checks(&town.whole_but(name, value)).await;
        told(&findings, words);
        // The bridge does not run here, so its address never holds, unless it is not looked at.
        assert!(code == Some(1) || *name == "PUBLIC_URL", "{name}={value}");
    }
}

#[tokio::test]
async fn what_changed_at_trello_is_told_with_its_cure() {
    let town = Town::new().await;
    let variables = town.whole();
    town.trello.limit_token(None, false);
    told(&town.checks(&variables).await.1, &["fails Trello `default`: token", "only read", "read,write"]);
    let soon = jiff::Timestamp::now() + std::time::Duration::from_secs(3 * 86_400 + 60);
    town.trello.limit_token(Some(soon), true);
    told(&town.checks(&variables).await.1, &["doubtful Trello `default`: token", "expires in 3 days", "new token"]);
    town.trello.close_board(&town.board.id, true);
    told(&town.checks(&variables).await.1, &["fails route", "`Heating` is closed", "reopen it"]);
}

#[tokio::test]
async fn a_list_that_a_route_names_wrongly_is_told_with_those_there_are() {
    let town = Town::new().await;
    let file = town.folder.0.join("kanbridge.toml");
    let route = format!(
        "[[route]]\nproject = \"team/app\"\nboard = \"{}\"\n[[route.column]]\nlist = \"Doign\"\nholds = \"opened\"\n",
        town.board.short_link
    );
    std::fs::write(&file, &route).unwrap();
    let variables = town.whole_but("KANBRIDGE_CONFIG", file.to_str().unwrap());
    told(&town.checks(&variables).await.1, &["fails route for team/app", "no list `Doign`", "To do, Doing, Done"]);
    std::fs::write(&file, route.replace(&town.board.short_link, "Nowhere1")).unwrap();
    told(
        &town.checks(&variables).await.1,
        &["fails route for team/app", "no board `Nowhere1`", "kanbridge trello boards"],
    );
}

#[tokio::test]
async fn what_becomes_of_confidential_issues_is_told_and_who_reads_them() {
    let town = Town::new().await;
    let file = town.folder.0.join("kanbridge.toml");
    let mut variables = town.whole_but("KANBRIDGE_CONFIG", file.to_str().unwrap());
    let route = |mode: &str| {
        let front =
            "[[route]]\nproject = \"team/app\"\nmilestone = \"label\"\nmerge_requests = { opened = \"Reveiw\" }";
        let board = &town.board.short_link;
        let column = "[[route.column]]\nlist = \"To do\"\nholds = \"opened\"\n";
        std::fs::write(&file, format!("{front}\nboard = \"{board}\"\nconfidential = \"{mode}\"\n{column}")).unwrap();
    };
    for (mode, words) in [
        ("skip", ["holds confidential, team/app", "have no card"]),
        ("redact", ["holds confidential, team/app", "only where they stand"]),
        ("sync", ["doubtful confidential, team/app", "who sees the board `Heating`"]),
    ] {
        route(mode);
        told(&town.checks(&variables).await.1, &words);
    }
    let public = format!("{}/boards/{}?prefs/permissionLevel=public", town.trello.url(), town.board.id);
    let key = "OAuth oauth_consumer_key=\"sandbox-key\", oauth_token=\"sandbox-token\"";
    let changed = reqwest::Client::new().put(public).header("authorization", key).send().await.unwrap();
    assert_eq!(changed.status(), 200);
    let findings = town.checks(&variables).await.1;
    told(&findings, &["fails confidential, team/app", "everybody sees the board"]);
    told(&findings, &["fails route for team/app", "no list `Reveiw`"]);
    variables.retain(|(name, _)| *name != "GITLAB_TOKEN");
    told(&town.checks(&variables).await.1, &["doubtful milestones", "set GITLAB_TOKEN"]);
}

#[tokio::test]
async fn people_who_cannot_stand_on_cards_are_told_by_name() {
    let town = Town::new().await;
    with_hook(&town);
    let file = town.folder.0.join("kanbridge.toml");
    let route = |people: &str, fields: &str| {
        let board = &town.board.short_link;
        let column = "[[route.column]]\nlist = \"To do\"\nholds = \"opened\"\n";
        let front = format!("[[route]]\nproject = \"team/app\"\nboard = \"{board}\"\n");
        std::fs::write(&file, format!("{front}people = {{ {people} }}\n{fields}\n{column}")).unwrap();
    };
    route("ana = \"ana_trello\", zoe = \"zoe\"", "");
    let variables = town.whole_but("KANBRIDGE_CONFIG", file.to_str().unwrap());
    town.trello.by("zoe").invite(&town.board.id, "zoe").unwrap();
    for name in ["ana", "bob", "zoe"] {
        let user = town.gitlab.add_user(name, name);
        town.gitlab.add_member(town.project, user, 40);
    }
    let mut bridge = Bridge::start(&town.folder.0, &variables).await;
    let iid = town.gitlab.by("root").opens(town.project, "Boiler", "It is cold.").unwrap();
    town.gitlab.by("root").assigns(town.project, iid, &["ana", "bob", "zoe"]).unwrap();
    let named = || town.trello.cards(&town.board.id).iter().any(|card| card.description.contains("bob"));
    assert!(bridge.until(std::time::Duration::from_secs(30), named).await);
    town.waits(&variables, &mut bridge, "1", "in step").await;
    bridge.kill().await;
    let findings = town.checks(&variables).await.1;
    told(&findings, &["doubtful people, team/app", "ana = @ana_trello", "invite them"]);
    told(&findings, &["doubtful people, team/app", "assigned in GitLab", ": bob →", "people = {"]);
    assert!(!findings.iter().any(|line| line.contains("zoe")), "{findings:?}");
    // Who is on the board by now, or is not to be there, needs no look.
    town.trello.by("zoe").invite(&town.board.id, "ana_trello").unwrap();
    town.trello.by("zoe").invite(&town.board.id, "bob").unwrap();
    let findings = town.checks(&variables).await.1;
    assert!(!findings.iter().any(|line| line.contains("people, team/app")), "{findings:?}");
    route("ana = \"nobody\"", "fields = { people = \"off\" }");
    let findings = town.checks(&variables).await.1;
    assert!(!findings.iter().any(|line| line.contains("people, team/app")), "{findings:?}");
}

#[tokio::test]
async fn each_fault_of_a_hook_is_told_with_its_cure() {
    let town = Town::new().await;
    let variables = town.whole();
    let url = town.hook_url();
    told(&town.checks(&variables).await.1, &["fails hook of team/app", "no hook to kanbridge", &url, "kanbridge init"]);
    let cases: &[(&[&'static str], &[&str])] = &[
        (&["confidential_issues_events"], &["fails hook", "does not send issues", "Issues events"]),
        (&["issues_events"], &["fails hook", "becomes confidential", "Confidential issues events"]),
        (&["issues_events", "confidential_issues_events"], &["doubtful hook", "Comments, Confidential comments"]),
    ];
    for (triggers, words) in cases {
        let new = NewHook { url: &url, token: Some(SECRET), triggers, ..NewHook::default() };
        let hook = town.gitlab.add_hook(town.project, &new);
        told(&town.checks(&variables).await.1, words);
        town.gitlab.delete_hook(hook);
    }
    with_hook(&town);
    let signing = town.whole_but("GITLAB_SIGNING_TOKEN", "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
    told(&town.checks(&signing).await.1, &["fails hook", "not signed", "GITLAB_SIGNING_TOKEN"]);
}

#[tokio::test]
async fn a_hook_with_another_secret_and_a_disabled_one_are_told() {
    let auto_disable = AutoDisable::ClientErrorsAtOnce;
    let town = Town::with(gitlab::Options { auto_disable, ..gitlab::Options::default() }).await;
    let new = NewHook { url: &town.hook_url(), token: Some("mistyped"), ..NewHook::default() };
    town.gitlab.add_hook(town.project, &new);
    let bridge = Bridge::start(&town.folder.0, &town.whole()).await;
    town.gitlab.by("root").opens(town.project, "Cold radiator", "In the hall.").unwrap();
    town.gitlab.settled().await;
    let (code, findings) = town.checks(&town.whole()).await;
    assert_eq!(code, Some(1));
    told(&findings, &["fails hook of team/app", "disabled it for good", "Test › Issues events"]);
    told(&findings, &["fails hook of team/app", "401", "GITLAB_WEBHOOK_SECRET"]);
    bridge.kill().await;
}

#[tokio::test]
async fn an_address_that_gitlab_does_not_send_to_is_told() {
    let town = Town::with(gitlab::Options { local_requests: false, ..gitlab::Options::default() }).await;
    with_hook(&town);
    town.gitlab.by("root").opens(town.project, "Cold radiator", "In the hall.").unwrap();
    town.gitlab.settled().await;
    let (_, findings) = town.checks(&town.whole()).await;
    told(&findings, &["fails hook of team/app", "local network", "Outbound requests"]);
    told(&findings, &["doubtful public address", "local network", "Outbound requests"]);
}

#[tokio::test]
async fn a_token_of_gitlab_s_that_may_too_little_is_told() {
    let town = Town::new().await;
    with_hook(&town);
    let guest = town.gitlab.add_user("guest", "Guest");
    town.gitlab.add_member(town.project, guest, 10);
    let user = town.gitlab.add_user("maint", "Maintainer");
    town.gitlab.add_member(town.project, user, 40);
    let stranger = town.gitlab.add_user("stranger", "Stranger");
    let soon = (jiff::Zoned::now().date() + jiff::Span::new().days(5)).to_string();
    town.gitlab.add_token("of-guest", guest, &["api"], None);
    town.gitlab.add_token("of-stranger", stranger, &["api"], None);
    town.gitlab.add_token("reads", user, &["read_api"], None);
    town.gitlab.add_token("profile", user, &["read_user"], None);
    town.gitlab.add_token("ends", user, &["api"], Some(&soon));
    town.gitlab.add_token("ended", user, &["api"], Some("2020-01-01"));
    let cases: &[(&str, &[&str])] = &[
        ("of-guest", &["fails hook of team/app", "403", "Maintainer"]),
        ("of-stranger", &["fails hook of team/app", "no such project", "Maintainer"]),
        ("reads", &["doubtful GitLab: token", "read_api", "scope api"]),
        ("profile", &["fails GitLab", "insufficient_scope", "scope api"]),
        ("ends", &["doubtful GitLab: token", "expires in", "GITLAB_TOKEN"]),
        ("ended", &["fails GitLab", "expired", "GITLAB_TOKEN"]),
    ];
    for (token, words) in cases {
        told(&town.checks(&town.whole_but("GITLAB_TOKEN", token)).await.1, words);
    }
}

#[tokio::test]
async fn a_two_way_route_wants_a_token_that_may_write() {
    let town = Town::new().await;
    let user = town.gitlab.add_user("maint", "Maintainer");
    town.gitlab.add_member(town.project, user, 40);
    town.gitlab.add_token("reads", user, &["read_api"], None);
    let file = town.folder.0.join("kanbridge.toml");
    let route = format!(
        "[[route]]\nproject = \"team/app\"\nboard = \"{}\"\nsync = \"two-way\"\n\
         [[route.column]]\nlist = \"To do\"\nholds = \"opened\"\n",
        town.board.short_link
    );
    std::fs::write(&file, route).unwrap();
    let mut variables = town.whole_but("GITLAB_TOKEN", "reads");
    variables.push(("KANBRIDGE_CONFIG".to_owned(), file.display().to_string()));
    told(&town.checks(&variables).await.1, &["fails GitLab: token", "change issues", "team/app", "scope api"]);
}

#[tokio::test]
async fn a_route_for_every_project_finds_the_hooks_there_are() {
    let town = Town::new().await;
    let said = town.runs(&town.whole(), &["check"]).await;
    assert!(said.out.contains("none of the 2 projects"), "{}", said.out);
    with_hook(&town);
    let said = town.runs(&town.whole(), &["check"]).await;
    assert!(said.out.contains("✓ hook of team/app") && !said.out.contains("team/site"), "{}", said.out);
    assert!(!(said.out + &said.err).contains(GITLAB_TOKEN));
}

#[tokio::test]
async fn ids_are_looked_up_with_key_and_token_alone() {
    let town = Town::new().await;
    let mut variables = town.place();
    let none = town.runs(&variables, &["trello", "boards"]).await;
    assert!(none.code == Some(1) && none.err.contains("TRELLO_API_KEY, TRELLO_API_TOKEN"), "{}", none.err);
    for (name, value) in [("TRELLO_API_KEY", "sandbox-key"), ("TRELLO_API_TOKEN", "sandbox-token")] {
        variables.push((name.to_owned(), value.to_owned()));
    }
    let boards = town.runs(&variables, &["trello", "boards"]).await;
    assert!(boards.out.contains(&format!("{}  Heating", town.board.id)), "{}", boards.out);
    assert!(boards.out.contains("Garden") && !boards.out.contains("Attic"), "{}", boards.out);
    let all = town.runs(&variables, &["trello", "boards", "--all"]).await.out;
    assert!(all.lines().any(|line| line.contains("Attic") && line.ends_with("closed")), "{all}");

    for board in ["Heating", &town.board.id, &format!("https://trello.com/b/{}/x", town.board.short_link)] {
        let lists = town.runs(&variables, &["trello", "lists", "--board", board, "--json"]).await.out;
        let ids: Vec<String> = lists
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["id"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(ids, town.board.lists[..3], "{board}: open ones, in their order");
    }
    town.trello.add_label(&town.board.id, "urgent");
    let labels = town.runs(&variables, &["trello", "labels", "--board", "Heating"]).await.out;
    assert!(labels.contains("urgent"), "{labels}");
    let members = town.runs(&variables, &["trello", "members", "--board", "Heating"]).await.out;
    assert!(members.contains('@'), "{members}");
    let several = town.runs(&variables, &["trello", "lists"]).await;
    assert!(several.code == Some(1) && several.err.contains("--board"), "{}", several.err);
    let unknown = town.runs(&variables, &["trello", "lists", "--board", "Cellar"]).await;
    assert!(unknown.err.contains("no board `Cellar`") && unknown.err.contains("trello boards"), "{}", unknown.err);
}

#[tokio::test]
async fn scripts_are_looked_at_where_there_are_any() {
    let town = Town::new().await;
    let folder = town.folder.0.join("integrations");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("weather.py"), "def run_integration(**all):\n    pass\n").unwrap();
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o777)).unwrap();
    let mut variables = town.whole();
    for (name, value) in [("INTEGRATION_TOKENS", "lunch:tok"), ("INTEGRATIONS_PYTHON", "/nowhere/python3")] {
        variables.push((name.to_owned(), value.to_owned()));
    }
    let (_, findings) = town.checks(&variables).await;
    told(&findings, &["holds scripts", "in ./integrations: weather"]);
    told(&findings, &["doubtful scripts", "`lunch` is configured, and no script answers it"]);
    told(&findings, &["fails scripts", "anybody on this machine", "chmod o-w ./integrations"]);
    told(&findings, &["fails scripts", "/nowhere/python3 cannot be started", "INTEGRATIONS_PYTHON"]);
}
