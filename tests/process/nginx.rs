//! The shipped nginx.conf in front of the binary: only certificate paths, ports and nginx's own folders are changed.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::bridge::{Bridge, Folder, SECRET, issue, numbers, trello, variables};

struct Nginx(Child);

impl Drop for Nginx {
    fn drop(&mut self) {
        // Its workers end with the master when it gets SIGTERM; SIGKILL would leave them behind.
        let _ = Command::new("kill").arg(self.0.id().to_string()).status();
        let _ = self.0.wait();
    }
}

/// Certificate authority and certificate for `localhost`, as PEM; gives the authority's.
fn certificates(folder: &Path) -> String {
    let authority_key = rcgen::KeyPair::generate().unwrap();
    let mut authority = rcgen::CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let authority_pem = authority.self_signed(&authority_key).unwrap().pem();
    let issuer = rcgen::Issuer::new(authority, authority_key);
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    std::fs::write(folder.join("fullchain.pem"), certificate.signed_by(&key, &issuer).unwrap().pem()).unwrap();
    std::fs::write(folder.join("privkey.pem"), key.serialize_pem()).unwrap();
    authority_pem
}

/// A port that nobody has at this moment.
fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn replaced(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "`{from}` is not in the shipped nginx.conf any more");
    text.replace(from, to)
}

/// IPv6, where this machine has it.
fn second_address(port: u16) -> String {
    match std::net::TcpListener::bind("[::1]:0") {
        Ok(_) => format!("listen [::1]:{port} ssl http2;"),
        Err(_) => String::new(),
    }
}

/// The shipped file with its paths in `folder`, TLS on `port`, and `upstream` behind it.
fn shipped(folder: &Path, port: u16, upstream: &str) -> String {
    let shipped = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/nginx.conf")).unwrap();
    let inside = |name: &str| folder.join(name).display().to_string();
    [
        ("user www-data;\n", "daemon off;\n".to_owned()),
        ("/run/nginx.pid", inside("nginx.pid")),
        ("/var/log/nginx/error.log", inside("error.log")),
        ("/var/log/nginx/kanbridge.log", inside("access.log")),
        ("/etc/ssl/kanbridge/fullchain.pem", inside("fullchain.pem")),
        ("/etc/ssl/kanbridge/privkey.pem", inside("privkey.pem")),
        ("listen 443 ssl", format!("listen 127.0.0.1:{port} ssl")),
        ("listen [::]:443 ssl http2;", second_address(port)),
        ("127.0.0.1:8080", upstream.to_owned()),
    ]
    .iter()
    .fold(shipped, |text, (from, to)| replaced(&text, from, to))
}

async fn start(folder: &Path, port: u16, configuration: &str) -> Nginx {
    let file = folder.join("nginx.conf");
    std::fs::write(&file, configuration).unwrap();
    let child = Command::new("nginx").arg("-p").arg(folder).arg("-c").arg(&file).stderr(Stdio::inherit()).spawn();
    let nginx = Nginx(child.expect("nginx is installed (Debian: nginx-light)"));
    let up = async { while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {} };
    tokio::time::timeout(Duration::from_secs(10), up).await.expect("nginx listens");
    nginx
}

#[tokio::test]
#[ignore = "needs nginx"]
async fn a_delivery_passes_over_tls_through_the_shipped_nginx_conf() {
    let (trello, board) = trello(Duration::ZERO).await;
    let folder = Folder::new();
    let authority = certificates(&folder.0);
    let mut variables = variables(&folder.0, &trello, &board);
    let hipchat = [
        ("HIPCHAT_URL", "http://127.0.0.1:9"),
        ("HIPCHAT_API_TOKEN", "t"),
        ("HIPCHAT_ROOM_ID", "1"),
        ("CHAT_COMMAND_TOKEN", "in-no-log-either"),
    ];
    variables.extend(hipchat.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let mut bridge = Bridge::start(&folder.0, &variables).await;
    let port = free_port();
    let nginx = start(&folder.0, port, &shipped(&folder.0, port, &bridge.address)).await;
    let client = reqwest::Client::builder()
        .tls_certs_only([reqwest::Certificate::from_pem(authority.as_bytes()).unwrap()])
        .build()
        .unwrap();
    let url = |path: &str| format!("https://localhost:{port}{path}");
    let post = |path: &str, body: String| client.post(url(path)).header("x-gitlab-token", SECRET).body(body).send();

    let taken = post("/webhooks/gitlab?token=not-in-the-log", issue(1).to_string()).await.unwrap();
    assert_eq!(taken.status(), 200);
    let mut long = issue(2);
    long["object_attributes"]["description"] = "x".repeat(24 << 20).into();
    assert_eq!(post("/issue", long.to_string()).await.unwrap().status(), 200, "24 MB");
    assert!(bridge.until(Duration::from_secs(30), || numbers(&trello, &board) == [1, 2]).await);

    let too_long = post("/webhooks/gitlab", "x".repeat(26 << 20)).await.map(|answer| answer.status().as_u16());
    assert!(too_long.is_err() || too_long.is_ok_and(|status| status == 413), "26 MB");
    for (path, status) in
        [("/readyz", 404), ("/", 404), ("/webhooks/gitlab/x", 404), ("/healthz", 200), ("/issue", 405)]
    {
        assert_eq!(client.get(url(path)).send().await.unwrap().status(), status, "{path}");
    }
    // What kanbridge itself answers, not nginx: nothing is watched.
    let watch = url("/webhooks/trello/default/5e93bac014d40e501ee46b8d");
    assert_eq!(client.head(&watch).send().await.unwrap().status(), 404);
    let answer = client.post(&watch).body("{}").send().await.unwrap().text().await.unwrap();
    assert!(answer.contains("nothing is watched here"), "{answer}");
    let typed = r#"{"event": "room_message", "item": {"message": {"message": "/kan help"}}}"#;
    for (token, status) in [("in-no-log-either", 200), ("nor-in-any-log", 401)] {
        let answer = post(&format!("/webhooks/chat/hipchat?token={token}"), typed.to_owned()).await.unwrap();
        assert_eq!(answer.status(), status, "{token}");
    }
    // It writes a line when it has answered; before it ends, the last one.
    drop(nginx);
    let mut log = std::fs::read_to_string(folder.0.join("access.log")).unwrap();
    assert!(log.contains("POST /webhooks/gitlab\" 200") && log.contains("POST /webhooks/chat/hipchat\" 401"), "{log}");
    log.push_str(&std::fs::read_to_string(folder.0.join("error.log")).unwrap());
    while let Some(line) = bridge.next_line().await {
        log.push_str(&line);
    }
    assert!(log.contains("refused a request at a room's door"), "{log}");
    for secret in ["not-in-the-log", "in-no-log-either", "nor-in-any-log"] {
        assert!(!log.contains(secret), "{log}");
    }
    bridge.kill().await;
}

/// Our own way out: Trello behind a certificate authority of the house.
#[tokio::test]
#[ignore = "needs nginx"]
async fn trello_is_reached_through_an_authority_of_one_s_own() {
    let (trello, board) = trello(Duration::ZERO).await;
    let folder = Folder::new();
    std::fs::write(folder.0.join("authority.pem"), certificates(&folder.0)).unwrap();
    let port = free_port();
    let behind = trello.url().trim_start_matches("http://").trim_end_matches("/1").to_owned();
    let tls = shipped(&folder.0, port, &behind);
    let any_path =
        replaced(&tls, "location / {", "location /1/ { proxy_pass http://kanbridge; }\n        location / {");
    let _nginx = start(&folder.0, port, &any_path).await;
    let mut variables = variables(&folder.0, &trello, &board);
    variables.retain(|(name, _)| name != "TRELLO_API_URL");
    variables.push(("TRELLO_API_URL".to_owned(), format!("https://localhost:{port}/1")));

    let mut distrusting = Bridge::start(&folder.0, &variables).await;
    let client = reqwest::Client::new();
    let url = |bridge: &Bridge| format!("http://{}/webhooks/gitlab", bridge.address);
    assert_eq!(crate::bridge::open(&client, &url(&distrusting), 1).await, Some(200));
    let mut told = String::new();
    for _ in 0..10 {
        told.push_str(&distrusting.next_line().await.unwrap_or_default());
        if told.contains("UnknownIssuer") {
            break;
        }
    }
    assert!(told.contains("UnknownIssuer"), "{told}");
    assert_eq!(trello.calls().len(), 0, "nothing was sent to whom it does not trust");
    distrusting.kill().await;

    variables.push(("CA_FILE".to_owned(), folder.0.join("authority.pem").display().to_string()));
    let mut trusting = Bridge::start(&folder.0, &variables).await;
    assert!(trusting.until(Duration::from_secs(60), || numbers(&trello, &board) == [1]).await);
    trusting.kill().await;
}
