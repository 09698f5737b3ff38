//! `kanbridge sandbox`, and a bridge that was given nothing but what it prints.

use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Child;

use crate::bridge::{Bridge, Folder, kanbridge};

struct Sandbox {
    process: Child,
    variables: Vec<(String, String)>,
    client: reqwest::Client,
}

impl Sandbox {
    async fn start(folder: &Folder, arguments: &[&str]) -> Self {
        let mut command = kanbridge(&folder.0, &[]);
        command
            .args(["sandbox", "--trello", "127.0.0.1:0", "--gitlab", "127.0.0.1:0", "--chat", "127.0.0.1:0"])
            .args(arguments);
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut variables: Vec<(String, String)> = Vec::new();
        while !variables.iter().any(|(name, _)| name == "LISTEN") {
            let line = lines.next_line().await.unwrap().expect("it ended early");
            let value = |value: &str| value.trim_matches('\'').to_owned();
            variables.extend(line.split_once('=').map(|(name, text)| (name.to_owned(), value(text))));
        }
        variables.retain(|(name, _)| !name.starts_with('#'));
        Sandbox { process, variables, client: reqwest::Client::new() }
    }

    fn variable(&self, name: &str) -> &str {
        self.variables.iter().find(|(other, _)| other == name).map_or("", |(_, value)| value)
    }

    /// A call to GitLab about its one project.
    async fn gitlab(&self, method: reqwest::Method, path: &str, body: Value) -> Value {
        let url = format!("{}/api/v4/projects/team%2Fheating{path}", self.variable("GITLAB_URL"));
        let request = self.client.request(method, url).bearer_auth(self.variable("GITLAB_TOKEN")).json(&body);
        request.send().await.unwrap().error_for_status().unwrap().json().await.unwrap()
    }

    /// The names of the cards on the list.
    async fn cards(&self) -> Vec<String> {
        let path = format!("/lists/{}/cards", self.variable("TRELLO_LIST_ID"));
        let url = format!("{}{path}", self.variable("TRELLO_API_URL"));
        let pair = |name: &str| self.variable(name).to_owned();
        let query = [("key", pair("TRELLO_API_KEY")), ("token", pair("TRELLO_API_TOKEN"))];
        let cards: Vec<Value> = self.client.get(url).query(&query).send().await.unwrap().json().await.unwrap();
        cards.iter().map(|card| card["name"].as_str().unwrap().to_owned()).collect()
    }

    /// Ctrl-C.
    async fn ends(mut self) {
        let pid = self.process.id().unwrap().to_string();
        assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        assert!(self.process.wait().await.unwrap().success());
    }
}

#[tokio::test]
async fn a_bridge_with_the_printed_variables_makes_the_card_of_an_issue() {
    for version in ["17", "19"] {
        let folder = Folder::new();
        let sandbox = Sandbox::start(&folder, &["--gitlab-version", version]).await;
        let mut variables = sandbox.variables.clone();
        variables.retain(|(name, _)| name != "LISTEN");
        variables.push(("LISTEN".to_owned(), "127.0.0.1:0".to_owned()));
        let mut bridge = Bridge::start(&folder.0, &variables).await;
        let hook = sandbox.gitlab(reqwest::Method::GET, "/hooks", Value::Null).await[0]["id"].clone();
        let mut told = json!({ "url": format!("http://{}/webhooks/gitlab", bridge.address) });
        told["token"] = json!(sandbox.variable("GITLAB_WEBHOOK_SECRET"));
        told["signing_token"] = json!(sandbox.variable("GITLAB_SIGNING_TOKEN"));
        sandbox.gitlab(reqwest::Method::PUT, &format!("/hooks/{hook}"), told).await;
        let issue = sandbox.gitlab(reqwest::Method::POST, "/issues", json!({ "title": "Boiler is cold" })).await;
        let wanted = format!("[ ISSUE {} ] Boiler is cold", issue["iid"]);
        let started = std::time::Instant::now();
        while !sandbox.cards().await.contains(&wanted) {
            assert!(started.elapsed() < Duration::from_secs(20), "no card with GitLab {version}");
            bridge.next_line().await;
        }
        bridge.kill().await;
        sandbox.ends().await;
    }
}

#[tokio::test]
async fn a_planned_fault_strikes_once() {
    let folder = Folder::new();
    let sandbox = Sandbox::start(&folder, &["--fail", "gitlab:GET /projects/{id}=503"]).await;
    let url = format!("{}/api/v4/projects/team%2Fheating", sandbox.variable("GITLAB_URL"));
    for status in [503, 200] {
        let answer = sandbox.client.get(&url).bearer_auth(sandbox.variable("GITLAB_TOKEN")).send().await.unwrap();
        assert_eq!(answer.status(), status);
    }
    sandbox.ends().await;
}

#[tokio::test]
async fn an_address_in_use_is_named_with_its_flag() {
    let folder = Folder::new();
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = kanbridge(&folder.0, &[]).args(["sandbox", "--trello", &address]).output().await.unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && told.contains(&address) && told.contains("--trello"), "{told}");
}

#[tokio::test]
async fn what_is_said_in_its_rooms_can_be_looked_at() {
    let folder = Folder::new();
    let sandbox = Sandbox::start(&folder, &["--fail", "chat:POST /rocketchat=503"]).await;
    let url = sandbox.variable("ROCKETCHAT_WEBHOOK_URL").to_owned();
    let say = |text: &str| sandbox.client.post(&url).json(&json!({ "text": text })).send();
    assert_eq!(say("Hello?").await.unwrap().status(), 503, "as it was told to");
    assert_eq!(say("Hello @all").await.unwrap().status(), 200);
    let server = url.split("/hooks/").next().unwrap();
    let said: Value =
        sandbox.client.get(format!("{server}/said/rocketchat")).send().await.unwrap().json().await.unwrap();
    assert_eq!((&said[0]["text"], &said[0]["pings"]), (&json!("Hello @all"), &json!(["@all"])));
    assert_eq!(said.as_array().unwrap().len(), 1);
    assert!(sandbox.variable("MATRIX_ROOM_ID").starts_with('!') && !sandbox.variable("HIPCHAT_API_TOKEN").is_empty());
    sandbox.ends().await;
}
