//! What scripts keep: versions, backups, and the operators' door to it.

use std::path::{Path, PathBuf};

use kanbridge::model::{Kept, Secret, Storages};
use serde_json::{Map, Value, json};

use crate::stories;
use crate::world::World;

const TOKEN: &str = "a-long-admin-token";

fn map(value: &Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

impl World {
    async fn keeps(&self, name: &str) -> Value {
        Value::Object(self.store.storage(name).await.unwrap().document)
    }

    /// A run that reads and then leaves `after`.
    async fn runs(&self, name: &str, after: Value) {
        let before = self.store.storage(name).await.unwrap();
        self.store.keep_storage(name, &before, &map(&after)).await.unwrap();
    }

    /// Lets operators in, with a folder for their files.
    async fn lets_operators_in(&mut self) -> Folder {
        let folder = Folder(std::env::temp_dir().join(format!("kanbridge-storage-{}", uuid::Uuid::now_v7())));
        let storage = folder.0.join("storage");
        self.restarts(|config| {
            config.admin_token = Some(Secret::new(TOKEN));
            config.integrations.storage = storage;
        })
        .await;
        folder
    }
}

/// Gone when dropped.
struct Folder(PathBuf);

impl Folder {
    fn file(&self, name: &str) -> PathBuf {
        self.0.join("storage").join(name)
    }

    fn files(&self) -> Vec<String> {
        let names = |folder: &Path| std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
        names(&self.0.join("storage")).map(|name| name.into_string().unwrap()).collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Another test's affair if it cannot be removed.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

stories! {
    async fn what_a_run_leaves_lasts(world: World) {
        let mut world = world;
        assert_eq!(world.store.storage("count").await.unwrap(), Kept::default());
        world.runs("count", json!({ "0": 1, "text": "ü \u{1F525} '\"\\ \u{0}" })).await;
        world.runs("count", json!({ "0": 2, "text": "ü \u{1F525} '\"\\ \u{0}" })).await;
        world.restarts(|_| ()).await;
        assert_eq!(world.keeps("count").await, json!({ "0": 2, "text": "ü \u{1F525} '\"\\ \u{0}" }));
    }

    async fn runs_that_overlapped_both_leave_what_they_changed(world: World) {
        world.runs("count", json!({ "a": 1, "b": 1, "c": 1 })).await;
        let before = world.store.storage("count").await.unwrap();
        world.runs("count", json!({ "a": 1, "b": 2, "new": 1 })).await;
        world.store.keep_storage("count", &before, &map(&json!({ "a": 3, "b": 1, "c": 1 }))).await.unwrap();
        assert_eq!(world.keeps("count").await, json!({ "a": 3, "b": 2, "new": 1 }));
        // Two first runs likewise.
        for key in ["one", "two"] {
            world.store.keep_storage("first", &Kept::default(), &map(&json!({ key: 1 }))).await.unwrap();
        }
        assert_eq!(world.keeps("first").await, json!({ "one": 1, "two": 1 }));
    }

    async fn a_run_that_read_before_an_erasing_brings_back_only_what_it_changed(world: World) {
        world.runs("count", json!({ "old": 1, "n": 1 })).await;
        let before = world.store.storage("count").await.unwrap();
        world.store.erase_storage(None).await.unwrap();
        world.runs("count", json!({ "fresh": 1 })).await;
        world.store.keep_storage("count", &before, &map(&json!({ "old": 1, "n": 2 }))).await.unwrap();
        assert_eq!(world.keeps("count").await, json!({ "fresh": 1, "n": 2 }));
    }

    async fn twenty_writers_at_once_lose_nothing(world: World) {
        let keys: Vec<String> = (0..20).map(|number| number.to_string()).collect();
        let writes = keys.iter().map(async |key| {
            world.store.keep_storage("count", &Kept::default(), &map(&json!({ key: true }))).await.unwrap();
        });
        futures_util::future::join_all(writes).await;
        assert_eq!(world.keeps("count").await.as_object().unwrap().len(), 20);
    }

    async fn loading_and_erasing_keep_a_backup(world: World) {
        world.runs("a", json!({ "n": 1 })).await;
        world.runs("b", json!({ "n": 1 })).await;
        let other = Storages::parse(r#"{"b": {"n": 2}, "c": {"n": 2}}"#).unwrap();
        assert_eq!(world.store.load_storages(&other, "load other").await.unwrap(), Some(1));
        assert_eq!(world.store.storages().await.unwrap().0, other, "a is gone");
        assert_eq!(world.store.erase_storage(Some("b")).await.unwrap(), Some(2));
        assert_eq!(world.store.erase_storage(Some("b")).await.unwrap(), None, "there was nothing to lose");
        let whole = Storages::parse(r#"{"a": {"n": 1}, "b": {"n": 1}}"#).unwrap();
        assert_eq!(world.store.storage_backup(1).await.unwrap(), Some(whole));
        let reasons: Vec<_> = world.store.storage_backups().await.unwrap().into_iter().map(|backup| backup.reason).collect();
        assert_eq!(reasons, ["erase b", "load other"]);
    }

    async fn only_so_many_backups_are_kept(world: World) {
        for number in 0..25 {
            world.runs("a", json!({ "n": number })).await;
            world.store.erase_storage(None).await.unwrap();
        }
        let backups = world.store.storage_backups().await.unwrap();
        assert_eq!((backups.len(), backups[0].id), (20, 25));
    }

    async fn without_an_admin_token_there_is_no_door(world: World) {
        assert_eq!(world.orders("erase", Some(TOKEN)).await.0, 404);
    }

    async fn operators_save_load_and_erase_as_they_always_did(world: World) {
        let mut world = world;
        let folder = world.lets_operators_in().await;
        world.runs("test", json!({ "0": 3 })).await;
        assert_eq!(world.orders("save monday.json", Some(TOKEN)).await, (204, Value::Null));
        let saved = std::fs::read_to_string(folder.file("monday.json")).unwrap();
        assert_eq!(saved, "{\n    \"test\": {\n        \"0\": 3\n    }\n}");
        assert_eq!(folder.files(), ["monday.json"]);
        assert_eq!(world.orders("erase", Some(TOKEN)).await.0, 204);
        assert_eq!(world.keeps("test").await, json!({}));
        assert_eq!(world.orders("load monday.json\n", Some(TOKEN)).await.0, 204);
        assert_eq!(world.keeps("test").await, json!({ "0": 3 }));
    }

    async fn nobody_else_gets_in_and_nothing_changes(world: World) {
        let mut world = world;
        let folder = world.lets_operators_in().await;
        world.runs("test", json!({ "0": 3 })).await;
        for token in [None, Some("wrong"), Some(""), Some("a-long-admin-token-and-more")] {
            let (status, why) = world.orders("erase", token).await;
            assert!(status == 401 && why["error"].as_str().unwrap().contains("ADMIN_TOKEN"), "{status} {why}");
        }
        assert_eq!(world.keeps("test").await, json!({ "0": 3 }));
        assert!(!folder.0.exists());
    }

    async fn what_leads_out_of_the_folder_or_is_no_order_is_refused(world: World) {
        let mut world = world;
        let folder = world.lets_operators_in().await;
        world.runs("test", json!({ "0": 3 })).await;
        std::fs::create_dir_all(folder.0.join("storage")).unwrap();
        std::fs::write(folder.0.join("outside.json"), "{}").unwrap();
        std::os::unix::fs::symlink(folder.0.join("outside.json"), folder.file("link.json")).unwrap();
        std::fs::write(folder.file("broken.json"), r#"{"test": 1}"#).unwrap();
        for body in [
            "save ../outside.json", "save /tmp/x", "load ../outside.json", "load .hidden", "save", "load", "", "destroy",
            "saveme", "load link.json", "load broken.json", "load missing.json", "erase ../x", "{\"a\": 1}",
        ] {
            let (status, why) = world.orders(body, Some(TOKEN)).await;
            assert!(status == 400 && why["error"].is_string(), "{body}: {status} {why}");
        }
        assert_eq!(world.keeps("test").await, json!({ "0": 3 }));
        assert_eq!(std::fs::read_to_string(folder.0.join("outside.json")).unwrap(), "{}");
    }
}
