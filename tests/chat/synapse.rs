//! A real Matrix server: Synapse, started for a test in a folder of its own, on this machine alone. Other tests take
//! the starter in by its path.

#![allow(dead_code, reason = "each test takes what it needs")]

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

/// A cold start on a busy machine takes most of a minute.
const PATIENCE: Duration = Duration::from_secs(120);
const REGISTRATION: &str = "loopback-only";

/// A running homeserver. It ends, and its folder goes, when this is dropped.
pub(crate) struct Synapse {
    process: Child,
    folder: PathBuf,
    url: String,
    client: reqwest::Client,
}

/// Returns once the log says that it listens, and goes on reading, so that the log never stands in its way.
async fn listens(log: ChildStderr) -> Result<(), String> {
    let (tell, told) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let (mut tell, mut said) = (Some(tell), String::new());
        for line in BufReader::new(log).lines().map_while(Result::ok) {
            if line.contains("now listening") {
                if let Some(tell) = tell.take() {
                    let _ = tell.send(Ok(()));
                }
                said.clear();
            } else if tell.is_some() {
                said.push_str(&line);
                said.push('\n');
            }
        }
        if let Some(tell) = tell {
            let _ = tell.send(Err(format!("Synapse ended:\n{said}")));
        }
    });
    told.await.unwrap()
}

/// Somebody who is logged in.
pub(crate) struct Person {
    pub(crate) id: String,
    pub(crate) token: String,
}

impl Drop for Synapse {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Synapse {
    /// Starts one; `KANBRIDGE_TEST_SYNAPSE` names a Python that has `matrix-synapse`. `rate` is what a person may say a
    /// second, and at once.
    pub(crate) async fn start(rate: (u32, u32)) -> Self {
        let python = std::env::var("KANBRIDGE_TEST_SYNAPSE").unwrap_or_else(|_| "python3".to_owned());
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let folder = std::env::temp_dir().join(format!("kanbridge-synapse-{}-{port}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        configure(&folder, port, rate);
        let synapse = |arguments: &[&str]| {
            let mut command = Command::new(&python);
            command
                .current_dir(&folder)
                .args(["-m", "synapse.app.homeserver", "-c", "homeserver.yaml"])
                .args(arguments);
            command
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(std::fs::File::create(folder.join("stderr")).unwrap());
            command
        };
        let keys = synapse(&["--generate-keys"]).status();
        assert!(
            keys.is_ok_and(|status| status.success()),
            "{python} has no matrix-synapse; set KANBRIDGE_TEST_SYNAPSE\n{}",
            std::fs::read_to_string(folder.join("stderr")).unwrap_or_default()
        );
        let mut process = synapse(&[]).stderr(Stdio::piped()).spawn().unwrap();
        let log = process.stderr.take().unwrap();
        let synapse =
            Synapse { process, folder, url: format!("http://127.0.0.1:{port}"), client: reqwest::Client::new() };
        tokio::time::timeout(PATIENCE, listens(log)).await.expect("Synapse does not come up").unwrap();
        synapse
    }

    /// Its address.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Makes a person, through the door for administrators, and logs them in.
    pub(crate) async fn person(&self, name: &str) -> Person {
        use hmac::{Hmac, KeyInit, Mac};
        let register = "/_synapse/admin/v1/register";
        let nonce = self.call("GET", register, None, &Value::Null).await["nonce"].as_str().unwrap().to_owned();
        let mut mac = Hmac::<sha1::Sha1>::new_from_slice(REGISTRATION.as_bytes()).unwrap();
        mac.update(format!("{nonce}\0{name}\0pw-{name}\0notadmin").as_bytes());
        let mac: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        let body = json!({ "nonce": nonce, "username": name, "password": format!("pw-{name}"), "mac": mac });
        let made = self.call("POST", register, None, &body).await;
        Person {
            id: made["user_id"].as_str().unwrap().to_owned(),
            token: made["access_token"].as_str().unwrap().to_owned(),
        }
    }

    /// Makes a room by `owner` in which `guest` is too, with the alias `#name:localhost`; gives its id.
    pub(crate) async fn room(&self, owner: &Person, guest: &Person, name: &str) -> String {
        let body = json!({ "preset": "private_chat", "room_alias_name": name, "invite": [guest.id] });
        let made = self.call("POST", "/_matrix/client/v3/createRoom", Some(owner), &body).await;
        let id = made["room_id"].as_str().unwrap().to_owned();
        self.call("POST", &format!("/_matrix/client/v3/rooms/{id}/join"), Some(guest), &json!({})).await;
        id
    }

    /// What was said in a room, in order.
    pub(crate) async fn said(&self, reader: &Person, room: &str) -> Vec<Value> {
        let path = format!("/_matrix/client/v3/rooms/{room}/messages?dir=b&limit=500");
        let page = self.call("GET", &path, Some(reader), &Value::Null).await;
        let mut events = page["chunk"].as_array().unwrap().clone();
        events.retain(|event| event["type"] == "m.room.message");
        events.reverse();
        events
    }

    async fn call(&self, method: &str, path: &str, by: Option<&Person>, body: &Value) -> Value {
        let mut call = self.client.request(method.parse().unwrap(), format!("{}{path}", self.url));
        if let Some(by) = by {
            call = call.bearer_auth(&by.token);
        }
        if !body.is_null() {
            call = call.json(body);
        }
        let answer = call.send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{method} {path}: {status} {text}");
        serde_json::from_str(&text).unwrap()
    }
}

/// No federation, nothing told to anybody, no limits but the one that is asked for.
fn configure(folder: &Path, port: u16, (rate, burst): (u32, u32)) {
    let at = folder.display();
    let listener = json!({
        "port": port, "type": "http", "tls": false, "bind_addresses": ["127.0.0.1"],
        "resources": [{ "names": ["client"], "compress": false }],
    });
    let free = json!({ "per_second": 10_000, "burst_count": 10_000 });
    // YAML reads JSON.
    let settings = json!({
        "server_name": "localhost",
        "public_baseurl": format!("http://127.0.0.1:{port}/"),
        "listeners": [listener],
        "database": { "name": "sqlite3", "args": { "database": format!("{at}/homeserver.db") } },
        "log_config": format!("{at}/log.yaml"),
        "media_store_path": format!("{at}/media"),
        "signing_key_path": format!("{at}/signing.key"),
        "registration_shared_secret": REGISTRATION,
        "macaroon_secret_key": REGISTRATION,
        "form_secret": REGISTRATION,
        "report_stats": false,
        "trusted_key_servers": [],
        "suppress_key_server_warning": true,
        "federation_domain_whitelist": [],
        "url_preview_enabled": false,
        "use_presence": false,
        "rc_message": { "per_second": rate, "burst_count": burst },
        "rc_registration": free,
        "rc_login": { "address": free, "account": free, "failed_attempts": free },
        "rc_joins": { "local": free, "remote": free },
        "rc_invites": { "per_room": free, "per_user": free },
    });
    std::fs::write(folder.join("homeserver.yaml"), settings.to_string()).unwrap();
    let log = json!({
        "version": 1,
        "handlers": { "console": { "class": "logging.StreamHandler" } },
        "loggers": { "synapse.app": { "level": "INFO" } },
        "root": { "level": "WARNING", "handlers": ["console"] },
    });
    std::fs::write(folder.join("log.yaml"), log.to_string()).unwrap();
}
