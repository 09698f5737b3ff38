//! Configuration: what is accepted, what is refused and in which words, and that the examples are complete.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says it by failing")]

use kanbridge::config::{self, Config, Environment, Faults, VARIABLES};
use kanbridge::sync::discretion::Confidential;
use kanbridge::sync::facets::Facets;
use kanbridge::sync::merges::MergeRules;
use kanbridge::sync::rules::{Direction, Fields, Holds, ProjectPattern, Route, Winner};

const FOUR: [(&str, &str); 4] = [
    ("GITLAB_WEBHOOK_SECRET", "a-long-random-secret"),
    ("TRELLO_API_KEY", "key"),
    ("TRELLO_API_TOKEN", "token"),
    ("TRELLO_LIST_ID", "5e93bac014d40e501ee46b8d"),
];

const SIGNING: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

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
    with_file_and(toml, &[])
}

/// The same, besides these variables as well.
fn with_file_and(toml: &str, more: &[(&'static str, &'static str)]) -> Result<Config, Faults> {
    let path = std::env::temp_dir().join(format!("kanbridge-{}.toml", uuid::Uuid::now_v7()));
    std::fs::write(&path, toml).unwrap();
    let environment = Environment::from_pairs(FOUR.into_iter().chain(more.iter().copied()));
    let result = config::read(&environment, path.to_str());
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
    assert!(four_but(&[("GITLAB_WEBHOOK_SECRET", ""), ("GITLAB_SIGNING_TOKEN", SIGNING)]).is_ok());
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
fn each_field_of_a_route_goes_its_own_way_and_else_as_sync_says() {
    let syncs = [
        ("", Direction::Gitlab),
        ("sync = \"one-way\"\n", Direction::Gitlab),
        ("sync = \"two-way\"\n", Direction::Both),
    ];
    let directions = [
        ("gitlab", Direction::Gitlab),
        ("trello", Direction::Trello),
        ("both", Direction::Both),
        ("off", Direction::Off),
    ];
    type Field = fn(&mut Fields) -> &mut Direction;
    let fields: [(&str, Field); 7] = [
        ("title", |fields| &mut fields.title),
        ("description", |fields| &mut fields.description),
        ("state", |fields| &mut fields.state),
        ("labels", |fields| &mut fields.labels),
        ("people", |fields| &mut fields.people),
        ("due", |fields| &mut fields.due),
        ("comments", |fields| &mut fields.comments),
    ];
    for (sync, usual) in syncs {
        assert_eq!(route_with(sync).unwrap().fields, Fields::all(usual), "{sync}");
        for (name, field) in fields {
            for (word, direction) in directions {
                let mut wanted = Fields::all(usual);
                *field(&mut wanted) = direction;
                let lines = format!("{sync}fields = {{ {name} = \"{word}\" }}");
                assert_eq!(route_with(&lines).unwrap().fields, wanted, "{lines}");
            }
        }
    }
    let several = route_with("sync = \"two-way\"\nfields = { due = \"off\", title = \"gitlab\" }").unwrap().fields;
    assert_eq!(several, Fields { due: Direction::Off, title: Direction::Gitlab, ..Fields::all(Direction::Both) });
}

#[test]
fn the_winner_of_a_conflict_is_gitlab_unless_the_route_says_trello() {
    for (lines, winner) in [
        ("", Winner::Gitlab),
        ("winner = \"gitlab\"", Winner::Gitlab),
        ("winner = \"trello\"", Winner::Trello),
        ("sync = \"two-way\"", Winner::Gitlab),
    ] {
        assert_eq!(route_with(lines).unwrap().winner, winner, "{lines}");
    }
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
    // What goes to GitLab takes a token.
    let token = [("GITLAB_TOKEN", "glpat-token")];
    with_file_and(&format!("{front}{lines}\n{column}"), &token).map(|config| config.routes[0].clone())
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
fn cards_become_issues_only_on_a_two_way_route_for_one_project() {
    let route = |project: &str, sync: &str| {
        let head = format!("[[route]]\nproject = \"{project}\"\nboard = \"AbCd1234\"\nsync = \"{sync}\"\n");
        head + "create_issues = true\n[[route.column]]\nlist = \"In\"\nholds = \"opened\"\n"
    };
    let one_way = told(with_file(&route("team/app", "one-way")));
    assert!(one_way.contains(":5:17: ") && one_way.contains("write sync = \"two-way\""), "{one_way}");
    let group = told(with_file(&route("team/*", "two-way")));
    assert!(group.contains(":5:17: ") && group.contains("name one project"), "{group}");
    // All that is still missing is the token that every two-way route needs.
    let sound = told(with_file(&route("team/app", "two-way")));
    assert!(sound.contains("GITLAB_TOKEN is not set") && !sound.contains("create"), "{sound}");
    let off = route("team/*", "one-way").replace("create_issues = true", "create_issues = false");
    assert!(!with_file(&off).unwrap().routes[0].create_issues);
}

#[test]
fn two_accounts_of_one_name_are_refused() {
    let account = "[[account]]\nname = \"default\"\nkey = \"k\"\ntoken = \"t\"\n";
    assert!(told(with_file(account)).contains("two accounts called `default`"));
}

#[test]
fn the_environment_makes_a_room_of_each_kind_named_after_it() {
    let config = four_but(&[
        ("HIPCHAT_URL", "https://hip.example.com"),
        ("HIPCHAT_API_TOKEN", "hip-token"),
        ("HIPCHAT_ROOM_ID", "7"),
        ("SLACK_WEBHOOK_URL", "https://hooks.example.com/T0/B0/key"),
        ("MATRIX_URL", "http://localhost:8008"),
        ("MATRIX_TOKEN", "matrix-token"),
        ("MATRIX_ROOM_ID", "!a:example.com"),
    ])
    .unwrap();
    let names: Vec<String> = config.rooms.iter().map(|room| format!("{} {}", room.name, room.kind)).collect();
    assert_eq!(names, ["hipchat hipchat", "matrix matrix", "slack slack"]);
    assert_eq!(config.rooms[1].room.as_deref(), Some("!a:example.com"));
    let printed = format!("{:?}", config.rooms);
    assert!(!printed.contains("hip-token") && !printed.contains("hooks.example.com"), "{printed}");
    let half = told(four_but(&[("MATRIX_URL", "https://matrix.example.com"), ("MATRIX_ROOM_ID", "!a:example.com")]));
    assert!(
        half.contains("MATRIX_TOKEN: it is not set, though a matrix room takes it beside MATRIX_URL and"),
        "{half}"
    );
    let secret = told(four_but(&[("SLACK_WEBHOOK_URL", "hooks.example.com/T0/secret")]));
    assert!(secret.contains("SLACK_WEBHOOK_URL: it is not an http") && !secret.contains("T0"), "{secret}");
}

#[test]
fn faults_in_rooms_and_relays_have_line_and_column() {
    let told = told(with_file(
        "[[room]]\nname = \"the room\"\nkind = \"irc\"\nurl = \"chat.example.com/secret\"\n\
         [[room]]\nname = \"a\"\nkind = \"matrix\"\nurl = \"http://h\"\nsign = true\n\
         [[room]]\nname = \"b\"\nkind = \"slack\"\nurl = \"http://h\"\ntoken = \"t\"\nper_minute = 0\n\
         [[relay]]\nboard = \"my board\"\nrooms = []\nactions = [\"createCard\", \"creatCard\"]\n\
         [relay.templates]\ncommentCard = \"{{ member }}\"\ncreateCard = \"{{ member }\"\n",
    ));
    for (place, what) in [
        (":2:8:", "is not a room's name"),
        (":3:8:", "`irc` is not a kind of room"),
        (":4:7:", "not an http or https URL"),
        (":6:8:", "needs `token` and `room`"),
        (":9:8:", "no `signing_key`"),
        (":14:9:", "a slack room has no `token`"),
        (":15:14:", "not a number from 1 to 60000"),
        (":17:9:", "names no board"),
        (":18:9:", "has no rooms"),
        (":19:26:", "`creatCard` is no kind of action; did you mean `createCard`?"),
        (":22:14:", "the template for createCard, line 1, column 11: syntax error"),
    ] {
        assert!(told.lines().any(|line| line.contains(place) && line.contains(what)), "{place} {what} in {told}");
    }
    assert!(!told.contains("secret"), "{told}");
}

#[test]
fn only_a_webhook_is_told_of_changes() {
    let room =
        |kind: &str| format!("[[room]]\nname = \"dev\"\nkind = \"{kind}\"\nurl = \"http://h\"\nchanges = true\n");
    assert!(with_file(&room("webhook")).unwrap().rooms[0].changes);
    let told = told(with_file(&room("slack")));
    assert!(told.contains(":5:11:") && told.contains("a slack room has no `changes`"), "{told}");
}

#[test]
fn rooms_and_accounts_of_a_relay_have_to_exist_and_rooms_have_one_name_each() {
    let room = "[[room]]\nname = \"dev\"\nkind = \"slack\"\nurl = \"http://h\"\n";
    let relay = "[[relay]]\nboard = \"AbCd1234\"\nrooms = [\"ops\"]\naccount = \"nobody\"\n";
    let told_of = told(with_file(&format!("{room}{relay}")));
    assert!(told_of.contains("its room `ops` does not exist") && told_of.contains("its account `nobody`"), "{told_of}");
    assert!(told(with_file(&room.repeat(2))).contains("two rooms called `dev`"));
}

#[test]
fn where_a_room_hears_of_two_boards_each_is_named() {
    let room = |name: &str| format!("[[room]]\nname = \"{name}\"\nkind = \"slack\"\nurl = \"http://h\"\n");
    let relay = |board: &str, rooms: &str| format!("[[relay]]\nboard = \"{board}\"\nrooms = [{rooms}]\n");
    let relays = relay("AbCd1234", "\"a\"") + &relay("EfGh5678", "\"a\", \"b\"") + &relay("IjKl9012", "\"c\"");
    let config = with_file(&(room("a") + &room("b") + &room("c") + &relays)).unwrap();
    assert_eq!(config.relays.iter().map(|relay| relay.name_board).collect::<Vec<_>>(), [true, true, false]);
}

#[test]
fn who_only_relays_needs_nothing_of_gitlab() {
    let relays = [
        ("TRELLO_API_KEY", "key"),
        ("TRELLO_API_TOKEN", "token"),
        ("TRELLO_BOARD_ID", "https://trello.com/b/AbCd1234/app"),
        ("SLACK_WEBHOOK_URL", "https://hooks.example.com/T0/B0/key"),
    ];
    let config = read(&relays).unwrap();
    assert!(config.routes.is_empty() && config.gitlab.secrets.is_empty());
    let relay = &config.relays[0];
    assert_eq!((relay.board.as_str(), relay.rooms[0].as_str(), relay.name_board), ("AbCd1234", "slack", false));
    assert!(told(read(&relays[..3])).contains("TRELLO_BOARD_ID: a board is named, and the environment makes no room"));
    assert!(
        told(read(&relays[2..])).contains("TRELLO_BOARD_ID: a board is named, and there are no Trello credentials")
    );
    let both = [&relays[..], &[("TRELLO_LIST_ID", "5e93bac014d40e501ee46b8d")]].concat();
    assert!(told(read(&both)).contains("anybody could send issues"), "with a list it is a bridge like any other");
}

#[test]
fn an_admin_token_that_could_be_guessed_is_refused() {
    assert!(told(four_but(&[("ADMIN_TOKEN", "hunter2")])).contains("ADMIN_TOKEN: it is shorter than 16"));
    assert!(four_but(&[("ADMIN_TOKEN", "a-long-random-text")]).unwrap().admin_token.is_some());
    assert!(four_but(&[]).unwrap().admin_token.is_none());
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
    let extra = [
        ("DESIGN_TRELLO_KEY", "k"),
        ("DESIGN_TRELLO_TOKEN", "t"),
        ("DESIGN_TRELLO_SECRET", "s"),
        ("DEV_ROOM_URL", "https://chat.example.com/hooks/id/key"),
        ("DEV_COMMAND_TOKEN", "a-long-random-text"),
        ("SIGNALS_KEY", SIGNING),
        ("WEATHER_TOKEN", "w"),
        ("WEATHER_TOKEN_OF_DEV", "w"),
    ];
    let environment = Environment::from_pairs(FOUR.into_iter().chain(extra));
    let config = config::read(&environment, Some(path)).unwrap();
    assert_eq!(config.integrations.known.len(), 1);
    assert_eq!((config.routes.len(), config.accounts.len()), (3, 2));
    assert_eq!((config.rooms.len(), config.relays.len()), (2, 2));
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

#[test]
fn a_secret_that_is_the_key_or_the_token_is_told_apart_from_them() {
    for (value, other) in [("key", "API key"), ("old, token", "token")] {
        let told = told(four_but(&[("TRELLO_API_SECRET", value), ("PUBLIC_URL", "https://kan.example.com")]));
        assert!(
            told.contains(&format!("TRELLO_API_SECRET: the secret of the account `default` is its {other}")),
            "{told}"
        );
    }
    let account = "[[account]]\nname = \"design\"\nkey = \"k\"\ntoken = \"t\"\nsecret = \"t\"\n";
    assert!(told(with_file(account)).contains("the secret of the account `design` is its token"));
}

#[test]
fn boards_are_watched_unless_that_is_switched_off_and_secrets_may_be_several() {
    let config = four_but(&[("TRELLO_API_SECRET", "old, new"), ("PUBLIC_URL", "https://kan.example.com")]).unwrap();
    assert_eq!((config.watches, config.accounts[0].secrets.len(), config.notes.len()), (true, 2, 0));
    assert!(!format!("{config:?}").contains("\"new\""));
    assert!(!four_but(&[("TRELLO_WATCHES", "off")]).unwrap().watches);
    assert!(told(four_but(&[("TRELLO_WATCHES", "maybe")])).contains("TRELLO_WATCHES: `maybe` is neither on nor off"));
    let without_address = four_but(&[("TRELLO_API_SECRET", "s")]).unwrap();
    assert!(without_address.notes[0].contains("PUBLIC_URL is not"), "{:?}", without_address.notes);
    let account = "[[account]]\nname = \"design\"\nkey = \"k\"\ntoken = \"t\"\nsecret = \"one, two\"\n";
    assert_eq!(with_file(account).unwrap().accounts[1].secrets.len(), 2);
}

/// Reads a kanbridge.toml and `INTEGRATION_TOKENS` besides the four variables.
fn with_tokens(tokens: &'static str, toml: &str) -> Result<Config, Faults> {
    let path = std::env::temp_dir().join(format!("kanbridge-{}.toml", uuid::Uuid::now_v7()));
    std::fs::write(&path, toml).unwrap();
    let variables = FOUR.into_iter().chain([("INTEGRATION_TOKENS", tokens)]);
    let result = config::read(&Environment::from_pairs(variables), path.to_str());
    std::fs::remove_file(&path).unwrap();
    result
}

#[test]
fn tokens_of_scripts_come_from_a_variable_and_from_the_file() {
    let config = with_tokens(
        "weather:all, 77:weather:a:b:c, dev:lunch:x",
        "[[integration]]\nname = \"weather\"\ntokens = { dev = \"d\" }\ntimeout = 30\nmemory = 64\nshare_tokens = true\n",
    )
    .unwrap();
    let known = config.integrations.known;
    let [weather, lunch] = known.as_slice() else { panic!("{known:?}") };
    let token = |room: &str| weather.tokens[room].expose().to_owned();
    assert_eq!(
        (weather.token.as_ref().unwrap().expose(), token("dev"), token("77")),
        ("all", "d".into(), "a:b:c".into())
    );
    assert_eq!((weather.timeout.unwrap().as_secs(), weather.memory, weather.share_tokens), (30, Some(64 << 20), true));
    assert_eq!((lunch.name.as_str(), lunch.tokens["dev"].expose(), lunch.overlap), ("lunch", "x", false));
    let none = four_but(&[]).unwrap().integrations;
    assert_eq!((none.folder.to_str(), none.timeout.as_secs(), none.known.len()), (Some("./integrations"), 10, 0));
}

#[test]
fn bad_and_doubled_tokens_of_scripts_are_told_and_not_repeated() {
    let variable = |tokens| told(with_tokens(tokens, ""));
    for (tokens, wrong) in [
        ("s3cret", "INTEGRATION_TOKENS: entry 1: it has no colon"),
        ("a:s3cret,b:", "INTEGRATION_TOKENS: entry 2: a part of it is empty"),
        (":a:s3cret", "entry 1: a part of it is empty"),
        ("../a:s3cret", "is no name of a script"),
        ("a:s3cret,a:s3cret2", "entry 2: there is a second token of `a` for all rooms"),
        ("dev:a:s3cret,dev:a:s3cret2", "entry 2: there is a second token of `a` for room dev"),
    ] {
        let told = variable(tokens);
        assert!(told.contains(wrong) && !told.contains("s3cret"), "{told}");
    }
    let both = told(with_tokens("a:s3cret", "[[integration]]\nname = \"a\"\ntoken = \"t\"\n"));
    assert!(both.contains("there is a second token of `a`"), "{both}");
    let file = told(with_tokens(
        "",
        "[[integration]]\nname = \"a\"\ntimeout = 0\nmemory = -1\n[[integration]]\nname = \"a\"\n[[integration]]\nname = \"a/b\"\n",
    ));
    for (place, wrong) in [
        (":3:11:", "not a number from 1 to 600"),
        (":4:10:", "not a number"),
        (":6:8:", "two integrations called `a`"),
        (":8:8:", "is no name of a script"),
    ] {
        assert!(file.lines().any(|line| line.contains(place) && line.contains(wrong)), "{place} {wrong} in {file}");
    }
}
