//! Where somebody sets kanbridge up: a Trello with boards, a GitLab with a project, a folder, and a free port.

use kanbridge::sandbox::gitlab::{self, GitLab};
use kanbridge::sandbox::trello::{Allowance, BoardView, Options, Trello};
use serde_json::Value;

use crate::bridge::{Folder, SECRET, kanbridge};
use crate::pty::Pty;

pub(crate) const GITLAB_TOKEN: &str = "glpat-sandbox-token";

pub(crate) type Variables = Vec<(String, String)>;

pub(crate) struct Town {
    pub(crate) trello: Trello,
    pub(crate) board: BoardView,
    pub(crate) gitlab: GitLab,
    pub(crate) project: i64,
    pub(crate) folder: Folder,
    pub(crate) port: u16,
}

/// What a command said.
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Town {
    pub(crate) async fn new() -> Self {
        Self::with(gitlab::Options::default()).await
    }

    pub(crate) async fn with(options: gitlab::Options) -> Self {
        let allowance =
            Allowance { token: 100_000, key: 300_000, member: 200_000, about_members: 100_000, ..Allowance::default() };
        let trello = Trello::start(Options { allowance, ..Options::default() }).await.unwrap();
        let board = trello.add_board("Heating", &["To do", "Doing", "Done", "Last year"]);
        trello.change_list(&board.lists[3], "Last year", true);
        let attic = trello.add_board("Attic", &["Boxes"]);
        trello.close_board(&attic.id, true);
        trello.add_board("Garden", &["Ideas"]);
        let gitlab = GitLab::start(options).await.unwrap();
        let project = gitlab.add_project("team/app");
        gitlab.add_project("team/site");
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        Town { trello, board, gitlab, project, folder: Folder::new(), port }
    }

    /// How GitLab reaches the bridge.
    pub(crate) fn public_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn hook_url(&self) -> String {
        format!("{}/webhooks/gitlab", self.public_url())
    }

    /// What has nothing to do with answers: where the look-alikes are.
    pub(crate) fn place(&self) -> Variables {
        [
            ("TRELLO_API_URL", self.trello.url()),
            ("TRELLO_CALLS_PER_10_SECONDS", "10000".to_owned()),
            ("LISTEN", format!("127.0.0.1:{}", self.port)),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec()
    }

    /// Everything that a bridge needs, in order.
    pub(crate) fn whole(&self) -> Variables {
        let more = [
            ("GITLAB_WEBHOOK_SECRET", SECRET.to_owned()),
            ("GITLAB_URL", self.gitlab.url()),
            ("GITLAB_TOKEN", GITLAB_TOKEN.to_owned()),
            ("PUBLIC_URL", self.public_url()),
            ("TRELLO_API_KEY", "sandbox-key".to_owned()),
            ("TRELLO_API_TOKEN", "sandbox-token".to_owned()),
            ("TRELLO_LIST_ID", self.board.lists[0].clone()),
        ];
        let more = more.map(|(name, value)| (name.to_owned(), value));
        self.place().into_iter().chain(more).collect()
    }

    /// The same with one variable changed.
    pub(crate) fn whole_but(&self, name: &str, value: &str) -> Variables {
        let mut variables = self.whole();
        variables.retain(|(other, _)| other != name);
        variables.push((name.to_owned(), value.to_owned()));
        variables
    }

    /// Runs the binary without a terminal.
    pub(crate) async fn runs(&self, variables: &[(String, String)], arguments: &[&str]) -> Said {
        let mut command = kanbridge(&self.folder.0, variables);
        let output = command.args(arguments).stdin(std::process::Stdio::null()).output().await.unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Said { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
    }

    /// `kanbridge check --json`: the exit code, and "state what: says → cure" of each finding.
    pub(crate) async fn checks(&self, variables: &[(String, String)]) -> (Option<i32>, Vec<String>) {
        let said = self.runs(variables, &["check", "--json", "--project", "team/app"]).await;
        let report: Value = serde_json::from_str(&said.out).unwrap_or_else(|_| panic!("{}{}", said.out, said.err));
        assert_eq!(report["holds"], Value::Bool(said.code == Some(0)));
        let text = |finding: &Value, name: &str| finding[name].as_str().unwrap_or_default().to_owned();
        let line = |finding: &Value| {
            let [state, what, says, cure] = ["state", "what", "says", "cure"].map(|name| text(finding, name));
            assert!(!matches!(&*state, "fails" | "doubtful") || !cure.is_empty(), "no cure: {finding}");
            format!("{state} {what}: {says} → {cure}")
        };
        (said.code, report["findings"].as_array().unwrap().iter().map(line).collect())
    }

    /// Runs the binary on a terminal.
    pub(crate) fn on_terminal(&self, variables: &[(String, String)], arguments: &[&str]) -> Pty {
        let mut command = kanbridge(&self.folder.0, variables);
        Pty::run(command.args(arguments).as_std_mut())
    }

    pub(crate) fn file(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.0.join(name)).unwrap()
    }
}
