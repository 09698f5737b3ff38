//! Configuration: what is accepted, what is refused and in which words, and that the examples are complete.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says it by failing")]

use kanbridge::config::{self, Config, Environment, Faults, VARIABLES};
use kanbridge::sync::discretion::Confidential;
use kanbridge::sync::facets::Facets;
use kanbridge::sync::merges::MergeRules;
use kanbridge::sync::rules::{Holds, ProjectPattern, Route};

const FOUR: [(&str, &str); 4] = [
    ("GITLAB_WEBHOOK_SECRET", "a-long-random-secret"),
    ("TRELLO_API_KEY", "key"),
    ("TRELLO_API_TOKEN", "token"),
    ("TRELLO_LIST_ID", "5e93bac014d40e501ee46b8d"),
];

fn read(pairs: &[(&str, &str)]) -> Result<Config, Faults> {
    config::read(&Environment::from_pairs(pairs.iter().copied()), None)
}

/// The four variables, with some of them changed; set to nothing means not set.
fn four_but(changes: &[(&'static str, &'static str)]) -> Result<Config, Faults> {
    read(&FOUR.into_iter().chain(changes.iter().copied()).collect::<Vec<_>>())
}

fn told(result: Result<Config, Faults>) -> String {
    result.expect_err("it should be refused").to_string()
}

/// Reads a kanbridge.toml besides the four variables.
fn with_file(toml: &str) -> Result<Config, Faults> {
    let path = std::env::temp_dir().join(format!("kanbridge-{}.toml", uuid::Uuid::now_v7()));
    std::fs::write(&path, toml).unwrap();
    let result = config::read(&Environment::from_pairs(FOUR), path.to_str());
    std::fs::remove_file(&path).unwrap();
    result
}

#[test]
fn four_variables_suffice() {
    let config = four_but(&[]).unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    assert_eq!((config.routes.len(), config.routes[0].project.clone()), (1, ProjectPattern::Any));
    assert_eq!(config.database_url.expose(), "sqlite:kanbridge.db");
}

#[test]
fn all_faults_are_told_together_each_with_its_place_and_cure() {
    let told = told(read(&[
        ("TRELLO_LIST_ID", "To do"),
        ("TRELLO_API_KEY", "key"),
        ("LISTEN", "everywhere"),
        ("DATABASE_URL", "mysql://root:hunter2@host/db"),
        ("LOG_FORMAT", "xml"),
        ("HISTORY_DAYS", "0"),
        ("CA_FILE", "/nowhere.pem"),
        ("HTTPS_PROXY", "proxy:3128"),
    ]));
    assert!(told.starts_with("the configuration has 9 faults:"), "{told}");
    for name in ["TRELLO_LIST_ID", "TRELLO_API_TOKEN", "LISTEN", "DATABASE_URL", "LOG_FORMAT", "HISTORY_DAYS"] {
        assert!(told.contains(&format!("\n  {name}: ")), "{name} in {told}");
    }
    for name in ["CA_FILE", "HTTPS_PROXY", "GITLAB_WEBHOOK_SECRET"] {
        assert!(told.contains(&format!("\n  {name}: ")), "{name} in {told}");
    }
    assert!(told.lines().skip(1).all(|line| line.contains("; ")), "each has a cure: {told}");
    assert!(!told.contains("hunter2"), "{told}");
}

#[test]
fn half_filled_groups_are_refused() {
    let list_alone = four_but(&[("TRELLO_API_KEY", ""), ("TRELLO_API_TOKEN", "")]);
    assert!(told(list_alone).contains("TRELLO_LIST_ID: a list is named, and there are no Trello credentials"));
    assert!(told(four_but(&[("TRELLO_API_KEY", "")])).contains("TRELLO_API_KEY: it is not set"));
    assert!(told(four_but(&[("TRELLO_API_TOKEN", " ")])).contains("TRELLO_API_TOKEN: it is not set"));
    assert!(told(four_but(&[("TRELLO_LIST_ID", "")])).contains("no issue could get a card"));
}

#[test]
fn without_secret_and_signing_token_it_does_not_start() {
    assert!(told(four_but(&[("GITLAB_WEBHOOK_SECRET", "")])).contains("anybody could send issues"));
    assert!(told(four_but(&[("GITLAB_WEBHOOK_SECRET", " , ")])).contains("anybody could send issues"));
    let signing = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    assert!(four_but(&[("GITLAB_WEBHOOK_SECRET", ""), ("GITLAB_SIGNING_TOKEN", signing)]).is_ok());
}

#[test]
fn several_secrets_are_accepted_while_rotating_and_none_is_printed() {
    let signing = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=,whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let config = four_but(&[("GITLAB_WEBHOOK_SECRET", "old-one, new-one"), ("GITLAB_SIGNING_TOKEN", signing)]).unwrap();
    assert_eq!((config.gitlab.secrets.len(), config.gitlab.signing_keys.len()), (2, 2));
    let printed = format!("{config:?}");
    assert!(!printed.contains("old-one") && !printed.contains("\"token\"") && printed.contains("***"), "{printed}");
}

#[test]
fn a_bad_signing_token_is_told_and_not_repeated() {
    let told = told(four_but(&[("GITLAB_SIGNING_TOKEN", "whsec_not-base64!")]));
    assert!(told.contains("GITLAB_SIGNING_TOKEN: it is not base64") && !told.contains("not-base64!"), "{told}");
}

#[test]
fn port_alone_means_every_address() {
    assert_eq!(four_but(&[("PORT", "5000")]).unwrap().listen.to_string(), "0.0.0.0:5000");
    let both = four_but(&[("PORT", "5000"), ("LISTEN", "127.0.0.1:9000")]).unwrap();
    assert_eq!(both.listen.to_string(), "127.0.0.1:9000");
    assert!(told(four_but(&[("PORT", "http")])).contains("PORT: `http` is not a port"));
}

#[test]
fn a_file_adds_routes_before_the_one_of_the_environment() {
    let config = with_file(
        "[[route]]\nproject = 7\nboard = \"https://trello.com/b/AbCd1234/app?x=1\"\n\
         [[route.column]]\nlist = \"To do\"\nholds = \"opened\"\n\
         [[route.column]]\nlist = \"Doing\"\nholds = \"label: doing\"\n\
         [[route]]\nproject = \"Team/*\"\nboard = \"5e93ba98614ac22d22f085c4\"\n\
         [[route.column]]\nlist = \"In\"\nholds = \"opened\"\n",
    )
    .unwrap();
    let patterns: Vec<String> = config.routes.iter().map(|route| route.project.to_string()).collect();
    assert_eq!(patterns, ["project 7", "team/*", "every project"]);
    assert_eq!(config.routes[0].board.as_deref(), Some("AbCd1234"));
    assert_eq!(config.routes[0].columns[1].holds, Holds::Label("doing".into()));
}

/// The route of a file with these lines in it.
fn route_with(lines: &str) -> Result<Route, Faults> {
    let front = "[[route]]\nproject = \"team/app\"\nboard = \"AbCd1234\"\n";
    let column = "[[route.column]]\nlist = \"To do\"\nholds = \"opened\"\n";
    with_file(&format!("{front}{lines}\n{column}")).map(|config| config.routes[0].clone())
}

#[test]
fn a_route_says_what_becomes_of_confidential_issues_facets_and_merge_requests() {
    let plain = route_with("").unwrap();
    assert_eq!((plain.confidential, plain.facets), (Confidential::Skip, Facets::default()));
    assert_eq!(plain.merges, MergeRules { attach: true, opened: None, merged: None });
    for (word, mode) in [("skip", Confidential::Skip), ("redact", Confidential::Redact), ("sync", Confidential::Sync)] {
        assert_eq!(route_with(&format!("confidential = \"{word}\"")).unwrap().confidential, mode);
    }
    let facets = route_with("milestone = \"label\"\nissue_type = \"off\"\nweight = \"label\"").unwrap().facets;
    assert_eq!(facets, Facets { milestone: true, issue_type: false, weight: true });
    let rules = route_with("merge_requests = { merged = \" Done \" }").unwrap().merges;
    assert_eq!(rules, MergeRules { attach: true, opened: None, merged: Some("Done".into()) });
    assert_eq!(route_with("merge_requests = \"off\"").unwrap().merges, MergeRules::off());
    for (lines, what) in [
        ("confidential = \"secret\"", ":4:16: `secret` says nothing about confidential issues"),
        ("weight = \"yes\"", ":4:10: `yes` is no way to show it"),
        ("merge_requests = \"on\"", ":4:18: `on` says nothing about merge requests"),
        ("merge_requests = { opened = \"\" }", ":4:18: a list has no name"),
        ("merge_requests = { closed = \"Done\" }", ":4:"),
    ] {
        assert!(told(route_with(lines).map(|_| four_but(&[]).unwrap())).contains(what), "{lines}");
    }
}

#[test]
fn faults_in_a_file_have_line_and_column() {
    let unknown = told(with_file("[[route]]\nproject = \"team/app\"\nbaord = \"AbCd1234\"\n"));
    assert!(unknown.contains(".toml:3:1: unknown field `baord`"), "{unknown}");
    let syntax = told(with_file("[[route]\n"));
    assert!(syntax.contains(".toml:1:"), "{syntax}");
    let values = told(with_file(
        "[[route]]\nproject = \"app\"\nboard = \"my board\"\naccount = \"nobody\"\n\
         [[route.column]]\nlist = \"To do\"\nholds = \"open\"\n[[account]]\nname = \"x\"\nkey = \"${NOT_SET_HERE}\"\ntoken = \"t\"\n",
    ));
    for (place, what) in [
        (":2:11:", "names no project"),
        (":3:9:", "names no board"),
        (":7:9:", "`open` says nothing"),
        (":10:7:", "NOT_SET_HERE is not set"),
    ] {
        assert!(values.lines().any(|line| line.contains(place) && line.contains(what)), "{place} {what} in {values}");
    }
}

#[test]
fn routes_that_could_never_be_taken_are_refused() {
    let route = |project: &str| {
        format!(
            "[[route]]\nproject = \"{project}\"\nboard = \"AbCd1234\"\n[[route.column]]\nlist = \"In\"\nholds = \"opened\"\n"
        )
    };
    assert!(told(with_file(&(route("team/app") + &route("Team/App")))).contains("already taken"));
    assert!(told(with_file(&(route("team/*") + &route("team/app")))).contains("write the narrower one first"));
    assert!(with_file(&(route("team/app") + &route("team/*"))).is_ok());
    let columns = "[[route.column]]\nlist = \"Again\"\nholds = \"opened\"\n";
    assert!(told(with_file(&(route("team/app") + columns))).contains("two columns"));
    let none = "[[route]]\nproject = \"team/app\"\nboard = \"AbCd1234\"\n";
    assert!(told(with_file(none)).contains("no columns"));
}

#[test]
fn two_accounts_of_one_name_are_refused() {
    let account = "[[account]]\nname = \"default\"\nkey = \"k\"\ntoken = \"t\"\n";
    assert!(told(with_file(account)).contains("two accounts called `default`"));
}

#[test]
fn who_looks_ids_up_needs_key_and_token_and_no_more() {
    let path = std::env::temp_dir().join(format!("kanbridge-{}.toml", uuid::Uuid::now_v7()));
    let account = "[[account]]\nname = \"design\"\nkey = \"k\"\ntoken = \"t\"\n";
    std::fs::write(&path, format!("{account}[[route]]\nproject = \"app\"\nboard = \"not chosen yet\"\n")).unwrap();
    let read = |pairs: &[(&str, &str)], account: &str| {
        let environment = Environment::from_pairs(pairs.iter().copied());
        let result = config::read_trello(&environment, path.to_str(), account).map_err(|faults| faults.to_string());
        result.map(|access| access.accounts.iter().map(|account| account.name.to_string()).collect::<Vec<_>>())
    };
    let both = [("TRELLO_API_KEY", "k"), ("TRELLO_API_TOKEN", "t")];
    assert_eq!(read(&both, "default").unwrap(), ["default", "design"]);
    assert_eq!(read(&[], "design").unwrap(), ["design"]);
    assert!(read(&both[..1], "default").unwrap_err().contains("TRELLO_API_TOKEN: it is not set"));
    // Whatever is wrong in the file may be why an account is not found.
    assert!(read(&both, "desing").unwrap_err().contains("names no project"));
    std::fs::write(&path, account).unwrap();
    assert!(read(&both, "desing").unwrap_err().contains("--account: there is no account `desing`"));
    assert!(read(&[], "default").unwrap_err().contains("there are no Trello credentials"));
    std::fs::remove_file(&path).unwrap();
}

#[test]
fn a_public_address_is_an_address_and_no_door() {
    let public = |name, url| four_but(&[(name, url)]).map(|config| config.public_url.unwrap().to_string());
    assert_eq!(public("PUBLIC_URL", "https://kan.example.com/bridge").unwrap(), "https://kan.example.com/bridge");
    assert_eq!(public("CALLBACK_DOMAIN", "https://kan.example.com").unwrap(), "https://kan.example.com/");
    assert!(four_but(&[]).unwrap().public_url.is_none());
    for (name, url) in [
        ("PUBLIC_URL", "kan.example.com"),
        ("PUBLIC_URL", "https://kan.example.com/webhooks/gitlab"),
        ("CALLBACK_DOMAIN", "https://kan.example.com/?x"),
    ] {
        assert!(told(four_but(&[(name, url)])).contains(&format!("{name}: ")), "{url}");
    }
}

#[test]
fn a_file_that_is_missing_is_told_with_its_name() {
    let told = told(four_but(&[("KANBRIDGE_CONFIG", "/nowhere/kanbridge.toml")]));
    assert!(told.contains("KANBRIDGE_CONFIG: /nowhere/kanbridge.toml cannot be read"), "{told}");
}

#[test]
fn a_misspelt_variable_in_the_env_file_is_noted() {
    let path = std::env::temp_dir().join(format!("kanbridge-{}.env", uuid::Uuid::now_v7()));
    std::fs::write(&path, "TRELLO_LISTID=x\nGITLAB_WEBHOOK_SECRET=s\nTRELLO_API_KEY=k\nTRELLO_API_TOKEN=t\nTRELLO_LIST_ID=5e93bac014d40e501ee46b8d\n").unwrap();
    let config = config::read(&Environment::load(&path).unwrap(), None).unwrap();
    std::fs::write(&path, "GITLAB_WEBHOOK_SECRET='unclosed\n").unwrap();
    let unreadable = Environment::load(&path).unwrap_err().to_string();
    std::fs::remove_file(&path).unwrap();
    assert!(config.notes.len() == 1 && config.notes[0].contains("TRELLO_LISTID"), "{:?}", config.notes);
    assert!(!unreadable.contains("unclosed"), "the line may hold a secret: {unreadable}");
}

const ENV_EXAMPLE: &str = include_str!("../.env.example");

#[test]
fn env_example_names_every_variable_with_its_default() {
    let line = |name: &str| {
        let of = |line: &&str| line.trim_start_matches('#').split_once('=').is_some_and(|(left, _)| left == name);
        ENV_EXAMPLE.lines().find(of).unwrap_or_else(|| panic!("{name} is missing in .env.example"))
    };
    for variable in VARIABLES {
        let value = line(variable.name).split_once('=').unwrap().1;
        assert_eq!(value, variable.default, "{}", variable.name);
    }
    let assigned = ENV_EXAMPLE.lines().map(|line| line.trim_start_matches('#')).filter_map(|line| line.split_once('='));
    let names = assigned
        .map(|(name, _)| name)
        .filter(|name| name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_'));
    for name in names {
        assert!(VARIABLES.iter().any(|variable| variable.name == name), "{name} in .env.example is read by nothing");
    }
}

#[test]
fn env_example_filled_in_is_accepted() {
    let path = std::env::temp_dir().join(format!("kanbridge-{}.env", uuid::Uuid::now_v7()));
    let filled = FOUR.into_iter().fold(ENV_EXAMPLE.to_owned(), |text, (name, value)| {
        text.replacen(&format!("\n{name}=\n"), &format!("\n{name}={value}\n"), 1)
    });
    std::fs::write(&path, filled).unwrap();
    let config = config::read(&Environment::load(&path).unwrap(), None);
    std::fs::remove_file(&path).unwrap();
    assert!(config.unwrap().notes.is_empty());
}

#[test]
fn the_example_file_is_accepted_as_it_stands() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/kanbridge.example.toml");
    let extra = [("DESIGN_TRELLO_KEY", "k"), ("DESIGN_TRELLO_TOKEN", "t")];
    let environment = Environment::from_pairs(FOUR.into_iter().chain(extra));
    let config = config::read(&environment, Some(path)).unwrap();
    assert_eq!((config.routes.len(), config.accounts.len()), (3, 2));
    let route = &config.routes[0];
    assert_eq!((route.confidential, route.facets.issue_type), (Confidential::Skip, true));
    assert_eq!(route.merges.opened.as_deref(), Some("Doing"));
}

#[test]
fn the_readme_explains_every_variable() {
    let readme = include_str!("../README.md");
    for variable in VARIABLES {
        assert!(readme.contains(&format!("`{}`", variable.name)), "{} is missing in the README", variable.name);
    }
}
