//! People ask from chat, and are answered where they asked.

use std::time::Duration;

use kanbridge::commands::{Ask, Commands, Setup, Typed};
use kanbridge::model::{AccountName, CommandRules, May, Room, RoomKind, Secret};
use kanbridge::relay::{Filter, Relay, Templates};
use kanbridge::scripts::Scripts;
use serde_json::{Value, json};

use crate::chat::Chat;
use crate::stories;
use crate::world::World;

/// Three cards, one of them an issue's.
async fn furnished(chat: &Chat) {
    let trello = &chat.world.trello;
    let (todo, doing) = (&chat.world.board.lists[0], &chat.world.board.lists[1]);
    trello.by("zoe").invite(&chat.world.board.id, "ana").unwrap();
    let valve = trello.by("zoe").add_card(todo, "Buy a valve", "Half an inch.").unwrap();
    trello.by("zoe").assign(&valve, "ana").unwrap();
    trello.by("zoe").set_due(&valve, Some("2026-06-03T12:00:00Z".parse().unwrap())).unwrap();
    trello.by("zoe").add_card(doing, "Paint the <boiler> & co", "").unwrap();
    chat.world.opens(7, "Boiler is cold").await;
    chat.world.turns().await;
}

/// A reply with what differs from run to run replaced.
fn steady(chat: &Chat, answer: &Value) -> String {
    let mut text = serde_json::to_string_pretty(answer).unwrap();
    text = text.replace(&chat.world.board.short_link, "BOARD");
    let mut seen: Vec<String> = Vec::new();
    while let Some(at) = text.find("https://trello.com/c/") {
        let link: String = text[at + 21..].chars().take_while(char::is_ascii_alphanumeric).collect();
        let number = seen.iter().position(|other| *other == link).unwrap_or_else(|| {
            seen.push(link.clone());
            seen.len() - 1
        });
        text = text.replacen(&format!("https://trello.com/c/{link}"), &format!("TRELLO/c/{number}"), 1);
    }
    text.replace("TRELLO/c/", "https://trello.com/c/CARD")
}

/// What a kind of room answers to all that can be asked.
async fn answers(world: World, kind: RoomKind) {
    let chat = Chat::of(world, kind).await;
    furnished(&chat).await;
    let mut told = String::new();
    for text in ["lists", "list to", "card #7", "find BOILER", "mine", "status", "move boiler to done", "fnd x"] {
        let (status, answer) = chat.answer(chat.request(text, text)).await;
        assert_eq!(status, 200, "{answer}");
        told.push_str(&format!("> {text}\n{}\n\n", steady(&chat, &answer)));
    }
    insta::assert_snapshot!(format!("answers_in_{kind}"), told);
}

stories! {
    async fn all_questions_are_answered_in_rocket_chat(world: World) {
        answers(world, RoomKind::Rocketchat).await;
    }

    async fn all_questions_are_answered_in_slack(world: World) {
        answers(world, RoomKind::Slack).await;
    }

    async fn all_questions_are_answered_in_hipchat(world: World) {
        answers(world, RoomKind::Hipchat).await;
    }

    async fn all_questions_are_answered_in_mattermost(world: World) {
        answers(world, RoomKind::Mattermost).await;
    }

    async fn help_lists_what_this_room_may_do(world: World) {
        let chat = Chat::of(world, RoomKind::Webhook).await;
        let all = chat.asks("help").await;
        assert!(all.contains("move <card> to <list>") && all.contains("boards"), "{all}");
        assert!(!all.contains("issue <title>") && !all.contains("watch"), "neither GITLAB_TOKEN nor a relay: {all}");
        let Chat { world, .. } = chat;
        let chat = Chat::with(world, RoomKind::Webhook, |config| {
            config.rooms.remove(0);
            config.rooms[0].commands.may = May::Read;
        }).await;
        let less = chat.asks("help").await;
        assert!(!less.contains("move <card>") && less.contains("look at the boards"), "{less}");
    }

    async fn who_may_not_change_anything_is_refused_politely_and_nothing_changes(world: World) {
        let chat = Chat::with(world, RoomKind::Webhook, |config| {
            config.rooms[0].commands.may = May::People(vec!["zoe".to_owned()]);
        }).await;
        furnished(&chat).await;
        assert_eq!(chat.asks("done valve").await, "Sorry, from here only zoe may change the boards.");
        assert!(chat.asks("list to").await.contains("Buy a valve"));
        assert!(chat.world.cards().iter().all(|card| !card.due_complete));
    }

    async fn an_ambiguous_name_gives_the_choices_and_a_wrong_one_the_nearest(world: World) {
        let chat = Chat::of(world, RoomKind::Webhook).await;
        furnished(&chat).await;
        let several = chat.asks("done b").await;
        assert!(several.contains("may be any of these") && several.contains("#7") && several.contains("valve"), "{several}");
        assert_eq!(chat.asks("list do").await, "Which list do you mean: Doing or Done?");
        assert_eq!(chat.asks("list dome").await, "There is no list dome; did you mean Done?");
        assert!(chat.asks("card #99").await.contains("no open card #99"));
        assert!(chat.asks("assign valve to nobody").await.contains("There is no member nobody"));
        assert!(chat.asks("due valve someday").await.contains("say today, tomorrow, a weekday"));
        assert!(chat.asks("move valve").await.starts_with("Please say move <card> to <list>"));
    }

    async fn a_long_answer_is_cut_with_a_count_and_a_link(world: World) {
        let chat = Chat::of(world, RoomKind::Webhook).await;
        for number in 1..=20 {
            chat.world.trello.add_card(&chat.world.board.lists[0], &format!("Card {number}"), "");
        }
        let answer = chat.asks("list to do").await;
        assert!(answer.starts_with("To do has 20 cards:") && answer.contains("5 more"), "{answer}");
        assert_eq!(answer.lines().count(), 17, "{answer}");
    }

    async fn who_does_not_belong_is_told_what_to_set_and_learns_nothing(world: World) {
        let chat = Chat::of(world, RoomKind::Rocketchat).await;
        let (status, answer) = chat.answer(chat.request("1", "lists").json(&json!({ "token": "wrong", "text": "x" }))).await;
        assert_eq!(status, 401);
        assert!(answer["error"].as_str().unwrap().contains("CHAT_COMMAND_TOKEN"), "{answer}");
        let nowhere = format!("http://{}/webhooks/chat/nowhere", chat.world.address());
        let (status, _) = chat.answer(reqwest::Client::new().post(nowhere)).await;
        assert_eq!(status, 404);
        let (status, _) = chat.answer(chat.request("1", &"x".repeat(70_000))).await;
        assert_eq!(status, 413);
        assert_eq!(chat.world.calls().len(), 0);
    }

    async fn what_an_integration_says_is_answered_with_an_empty_object(world: World) {
        let chat = Chat::of(world, RoomKind::Rocketchat).await;
        let body = json!({ "token": "a-command-token", "bot": { "i": "x" }, "text": "!kan lists" });
        assert_eq!(chat.answer(chat.request("1", "").json(&body)).await, (200, json!({})));
    }

    async fn an_answer_that_takes_too_long_is_told_in_the_room(world: World) {
        let chat = Chat::with(world, RoomKind::Webhook, |config| config.limits.answer = Duration::ZERO).await;
        let answer = chat.answer_alone(chat.request("1", "lists")).await;
        assert!(crate::chat::sentence(&answer).starts_with("On it"), "{answer}");
        let heard = loop {
            chat.world.later(Duration::from_secs(4)).await;
            if let Some(heard) = chat.listener.heard().pop() {
                break heard;
            }
            chat.world.store.wait_due().await.unwrap();
        };
        assert!(heard.starts_with("Heating has 3 lists"), "{heard}");
    }

    async fn a_room_that_wants_quiet_is_told_nothing_until_it_wants_to_hear_again(world: World) {
        let board = world.board.short_link.clone();
        let chat = Chat::with(world, RoomKind::Webhook, |config| config.relays.push(relay(board))).await;
        chat.world.turns().await;
        let hears = async |card: &str| {
            chat.world.trello.by("zoe").add_card(&chat.world.board.lists[0], card, "").unwrap();
            chat.world.later(Duration::from_secs(130)).await;
            chat.world.later(Duration::from_secs(5)).await;
            chat.listener.heard().len()
        };
        assert_eq!(hears("Boiler").await, 1);
        assert!(chat.asks("mute").await.starts_with("Quiet"));
        assert_eq!(hears("Pump").await, 0);
        assert!(chat.asks("watch").await.starts_with("From now on"));
        assert_eq!(hears("Valve").await, 1);
    }

    async fn a_team_s_script_answers_a_word_that_is_none_of_ours_once_through_restarts(world: World) {
        let folder = tempdir();
        write_script(&folder.join("weather"), "#!/bin/sh\necho \"Sunny in $KANBRIDGE_QUERY\"\n");
        let commands = || Commands::new(Setup { scripts: scripts(&folder), ..setup(&world) });
        let first = commands().answer(question("weather Berlin")).await.map(|answer| answer.plain());
        let again = commands().answer(question("weather Berlin")).await;
        let ours = commands().answer(question("help")).await.unwrap().plain();
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!((first.as_deref(), again), (Some("Sunny in Berlin"), None));
        assert!(ours.contains("\nweather"), "{ours}");
    }
}

fn relay(board: String) -> Relay {
    Relay {
        account: AccountName("default".to_owned()),
        board,
        rooms: vec!["dev".parse().unwrap()],
        filter: Filter::default(),
        templates: Templates::default(),
        name_board: false,
    }
}

/// By the binary itself: the stories' own would not know how to become a script.
fn scripts(folder: &std::path::Path) -> Scripts {
    let setup = kanbridge::scripts::Setup::new(folder.to_owned(), Vec::new());
    Scripts::new(kanbridge::scripts::Setup { launcher: env!("CARGO_BIN_EXE_kanbridge").into(), ..setup })
}

fn setup(world: &World) -> Setup {
    Setup {
        store: world.store.clone(),
        clock: world.clock.clone(),
        accounts: Vec::new(),
        boards: Vec::new(),
        scripts: scripts(std::path::Path::new("/nowhere")),
        opens_issues: false,
        patience: Duration::from_secs(60),
    }
}

fn question(text: &str) -> Ask {
    let room = Room {
        name: "dev".parse().unwrap(),
        kind: RoomKind::Webhook,
        url: Secret::new("http://127.0.0.1:9/"),
        token: None,
        room: None,
        template: None,
        signing_key: None,
        changes: false,
        per_minute: None,
        commands: CommandRules::default(),
    };
    Ask {
        room: room.into(),
        typed: Typed::triggered(None, text),
        person: None,
        request: Some("m1".to_owned()),
        reply_to: None,
        notification: json!({ "text": text }),
    }
}

fn tempdir() -> std::path::PathBuf {
    let folder = std::env::temp_dir().join(format!("kanbridge-{}", uuid::Uuid::now_v7()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn write_script(path: &std::path::Path, text: &str) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}
