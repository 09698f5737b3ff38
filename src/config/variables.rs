//! The variables, all of them. `.env.example` and the README are held against this table by tests, and reading a
//! variable that is not in it fails.

/// A variable of the environment.
#[derive(Clone, Copy, Debug)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// What it is without being set; empty where there is no default.
    pub default: &'static str,
    /// What it is for, in one line.
    pub meaning: &'static str,
}

const fn variable(name: &'static str, default: &'static str, meaning: &'static str) -> Variable {
    Variable { name, default, meaning }
}

/// Every variable that is read.
pub const VARIABLES: &[Variable] = &[
    variable("GITLAB_WEBHOOK_SECRET", "", "expected X-Gitlab-Token; several, comma-separated, while rotating"),
    variable("GITLAB_SIGNING_TOKEN", "", "whsec_… of GitLab 19; set: unsigned requests are refused"),
    variable("GITLAB_URL", "https://gitlab.com", "the GitLab, as the browser shows it"),
    variable(
        "GITLAB_TOKEN",
        "",
        "API token of GitLab, scope api; for two-way routes, and for `check` and `init` to look at hooks",
    ),
    variable("GITLAB_SWEEP_SECONDS", "600", "between two looks at what changed in GitLab without a hook telling"),
    variable("TRELLO_API_KEY", "", "Trello API key of the account `default`"),
    variable("TRELLO_API_TOKEN", "", "Trello token of the account `default`, scope read,write"),
    variable(
        "TRELLO_API_SECRET",
        "",
        "secret of the app whose key that is; checks what Trello's webhooks send; several, comma-separated, while rotating",
    ),
    variable("TRELLO_WATCHES", "on", "on: followed boards are watched where PUBLIC_URL and the secret are set; or off"),
    variable("TRELLO_LIST_ID", "", "list for the cards of open issues, whatever the project"),
    variable("TRELLO_DONE_LIST_ID", "", "list for the cards of closed issues; unset: they are archived"),
    variable("TRELLO_BOARD_ID", "", "board whose activity is told in the rooms of the environment"),
    variable("TRELLO_API_URL", "https://api.trello.com/1", "Trello's API"),
    variable("TRELLO_CALLS_PER_10_SECONDS", "98", "pace of calls for each account; Trello allows 100"),
    variable("TRELLO_POLL_SECONDS", "30", "between two looks at the activity of a board"),
    variable("HIPCHAT_URL", "", "a HipChat server of API version 2, https://chat.example.com"),
    variable("HIPCHAT_API_TOKEN", "", "its token, scope send_notification"),
    variable("HIPCHAT_ROOM_ID", "", "the room, by number or name"),
    variable("ROCKETCHAT_WEBHOOK_URL", "", "incoming webhook of Rocket.Chat"),
    variable("SLACK_WEBHOOK_URL", "", "incoming webhook of Slack"),
    variable("MATTERMOST_WEBHOOK_URL", "", "incoming webhook of Mattermost"),
    variable("DISCORD_WEBHOOK_URL", "", "webhook of a Discord channel"),
    variable("TEAMS_WEBHOOK_URL", "", "address of a Teams workflow that posts to a channel"),
    variable("MATRIX_URL", "", "a Matrix homeserver, https://matrix.example.com"),
    variable("MATRIX_TOKEN", "", "access token of the Matrix user that speaks"),
    variable("MATRIX_ROOM_ID", "", "the room, !id:example.com; not encrypted"),
    variable("CHAT_COMMAND_TOKEN", "", "what chat servers send with what people ask; several, comma-separated"),
    variable("SLACK_SIGNING_SECRET", "", "what Slack signs commands with"),
    variable("LISTEN", "127.0.0.1:8080", "address and port of the doors"),
    variable("PORT", "", "without LISTEN: listen on 0.0.0.0 and this port"),
    variable("PUBLIC_URL", "", "how GitLab and Trello reach the doors, https://kanbridge.example.com"),
    variable("CALLBACK_DOMAIN", "", "older name of PUBLIC_URL"),
    variable("ADMIN_TOKEN", "", "lets operators in: the bearer token of `GET /relay/{board}/{room}`"),
    variable("INTEGRATIONS_DIR", "./integrations", "a team's own scripts: a file named after its command answers it"),
    variable("INTEGRATIONS_PYTHON", "python3", "the Python 3 that scripts with run_integration are run by"),
    variable("INTEGRATION_TIMEOUT_SECONDS", "10", "how long a run of a script may take"),
    variable("INTEGRATION_TOKENS", "", "tokens of scripts, NAME:VALUE or ROOM:NAME:VALUE, comma-separated"),
    variable("STORAGE_DIR", "./storage", "where POST /integrations/storage saves to and loads from"),
    variable("DATABASE_URL", "sqlite:kanbridge.db", "sqlite:FILE or postgres://user:password@host/name"),
    variable("HISTORY_DAYS", "30", "deliveries and activities are kept this long"),
    variable("HISTORY_MEGABYTES", "1024", "and at most this much of them"),
    variable("KANBRIDGE_CONFIG", "", "path of a kanbridge.toml with accounts, routes, rooms and relays"),
    variable("CA_FILE", "", "PEM file of further certificate authorities for outward calls"),
    variable("HTTPS_PROXY", "", "proxy for outward calls to https addresses"),
    variable("HTTP_PROXY", "", "proxy for outward calls to http addresses"),
    variable("NO_PROXY", "", "hosts reached without the proxy, comma-separated"),
    variable("LOG_FORMAT", "text", "text or json"),
    variable("RUST_LOG", "info", "what to log, for instance kanbridge=debug"),
];

/// The variable of that name.
pub(super) fn find(name: &str) -> Option<&'static Variable> {
    VARIABLES.iter().find(|variable| variable.name == name)
}
