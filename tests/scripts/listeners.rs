//! Scripts that hear what happens on boards.

use kanbridge::scripts::Input;
use kanbridge::trello;
use serde_json::json;

use crate::folder::{Folder, ask, reply};

#[tokio::test]
async fn a_listener_says_what_it_hears_and_is_told_activities() {
    let folder = Folder::with("tell.sh", "#!/bin/sh\n# kanbridge: hears createCard,updateCard:idList\ncat\n");
    folder.program("deaf.sh", "#!/bin/sh\necho hello\n");
    folder.file(
        "hear.py",
        "# kanbridge: hears all\ndef on_activity(activity, storage, log):\n\
         \x20   storage['cards'] = storage.get('cards', 0) + 1\n\
         \x20   return '%s: %s' % (activity.type, activity.data.card.name)\n",
    );
    let scripts = folder.scripts();
    let listeners: Vec<_> = scripts.listeners().into_iter().map(|(script, kinds)| (script.name, kinds)).collect();
    let kinds = |kinds: &[&str]| kinds.iter().map(|kind| (*kind).to_owned()).collect::<Vec<_>>();
    let both = [("hear".to_owned(), kinds(&["all"])), ("tell".to_owned(), kinds(&["createCard", "updateCard:idList"]))];
    assert_eq!(listeners, both);
    let event = json!({ "type": "createCard", "data": { "card": { "name": "Boiler" } } });
    let input = Input { event: Some(event.clone()), ..Input::default() };
    let heard = ask(&scripts, "hear", &input).await.unwrap();
    assert_eq!(heard.reply.as_deref(), Some("createCard: Boiler"));
    assert_eq!(heard.storage.unwrap()["cards"], 1);
    let told = ask(&scripts, "tell", &input).await.unwrap().reply.unwrap();
    assert_eq!(serde_json::from_str::<serde_json::Value>(&told).unwrap()["event"], event);
    assert_eq!(reply(&scripts, "deaf", "").await, "hello");
}

#[test]
fn a_listener_hears_its_kinds_and_no_others() {
    let folder = Folder::with("tell", "#!/bin/sh\n# kanbridge: hears createCard, updateCard:idList\n");
    folder.program("all", "#!/bin/sh\n# kanbridge: hears all\n");
    let scripts = folder.scripts();
    let [tell, all] = ["tell", "all"].map(|name| scripts.find(name).unwrap().unwrap());
    for (kind, old, heard) in [
        ("createCard", json!(null), true),
        ("updateCard", json!({ "idList": "x" }), true),
        ("updateCard", json!({ "name": "x" }), false),
        ("commentCard", json!(null), false),
    ] {
        let action = json!({
            "id": "5e93bac014d40e501ee46b8d", "type": kind, "date": "2026-05-28T06:00:00.120Z", "data": { "old": old },
        });
        let activity = trello::activity(action).unwrap();
        assert_eq!((tell.hears(&activity), all.hears(&activity)), (heard, true), "{kind} {old}");
    }
}
