//! Rooms: one of each kind from the environment, named after its kind; any number from `kanbridge.toml`.

use serde::Deserialize;
use toml::Spanned;

use super::commands::shared_tokens;
use super::read::Reader;
use super::{Fault, file};
use crate::model::{CommandRules, Room, RoomKind, RoomName, Secret, SigningKey};

/// The kinds whose address says everything, and the variable that holds it.
const BY_WEBHOOK: [(RoomKind, &str); 5] = [
    (RoomKind::Rocketchat, "ROCKETCHAT_WEBHOOK_URL"),
    (RoomKind::Slack, "SLACK_WEBHOOK_URL"),
    (RoomKind::Mattermost, "MATTERMOST_WEBHOOK_URL"),
    (RoomKind::Discord, "DISCORD_WEBHOOK_URL"),
    (RoomKind::Teams, "TEAMS_WEBHOOK_URL"),
];

/// The kinds that want three things: where the server is, a token, and which room.
const BY_TOKEN: [(RoomKind, [&str; 3]); 2] = [
    (RoomKind::Hipchat, ["HIPCHAT_URL", "HIPCHAT_API_TOKEN", "HIPCHAT_ROOM_ID"]),
    (RoomKind::Matrix, ["MATRIX_URL", "MATRIX_TOKEN", "MATRIX_ROOM_ID"]),
];

const WEBHOOK_CURE: &str = "copy the webhook's whole address as the chat server shows it";
const SERVER_CURE: &str = "write where the server is, for instance https://chat.example.com";
const SIGNING_CURE: &str = "write a key of Standard Webhooks, whsec_ and 24 to 64 bytes in base64";

/// `[[room]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileRoom {
    name: Spanned<String>,
    kind: Spanned<String>,
    url: Spanned<String>,
    token: Option<Spanned<String>>,
    room: Option<Spanned<String>>,
    template: Option<Spanned<String>>,
    sign: Option<Spanned<bool>>,
    signing_key: Option<Spanned<String>>,
    changes: Option<Spanned<bool>>,
    per_minute: Option<Spanned<i64>>,
    pub(super) command_token: Option<Spanned<String>>,
    pub(super) may: Option<Spanned<toml::Value>>,
    pub(super) board: Option<Spanned<String>>,
    pub(super) list: Option<Spanned<String>>,
}

/// Whether rooms of this kind need a token, and the name of the room, beside the server's address.
fn wants_token(kind: RoomKind) -> bool {
    BY_TOKEN.iter().any(|(wants, _)| *wants == kind)
}

fn is_url(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

impl Reader<'_> {
    /// The rooms that the environment makes.
    pub(super) fn own_rooms(&mut self) -> Vec<Room> {
        let by_token = BY_TOKEN.into_iter().filter_map(|(kind, names)| self.room_by_token(kind, names));
        let mut rooms: Vec<Room> = by_token.collect();
        rooms.extend(BY_WEBHOOK.into_iter().filter_map(|(kind, name)| self.room_by_webhook(kind, name)));
        rooms
    }

    fn room_by_webhook(&mut self, kind: RoomKind, name: &str) -> Option<Room> {
        let url = self.environment.get(name)?.to_owned();
        self.url(name, WEBHOOK_CURE)?;
        self.own_room(kind, &url)
    }

    fn room_by_token(&mut self, kind: RoomKind, names: [&str; 3]) -> Option<Room> {
        let [url_name, token_name, room_name] = names;
        if names.iter().all(|name| !self.environment.is_set(name)) {
            return None;
        }
        for name in names.iter().filter(|name| !self.environment.is_set(name)) {
            let others: Vec<&str> = names.into_iter().filter(|other| other != name).collect();
            let wrong = format!("it is not set, though a {kind} room takes it beside {}", others.join(" and "));
            self.faults.push(Fault::new(*name, wrong, "set all three, or none of them"));
        }
        let value = |name: &str| self.environment.get(name).map(str::to_owned);
        let (url, token, room) = (value(url_name)?, value(token_name), value(room_name));
        self.url(url_name, SERVER_CURE)?;
        Some(Room { token: Some(Secret::new(token?)), room: Some(room?), ..self.own_room(kind, &url)? })
    }

    /// A room of the environment, named after its kind.
    fn own_room(&self, kind: RoomKind, url: &str) -> Option<Room> {
        Some(Room {
            name: kind.as_str().parse().ok()?,
            kind,
            url: Secret::new(url),
            token: None,
            room: None,
            template: None,
            signing_key: None,
            changes: false,
            per_minute: None,
            commands: CommandRules { tokens: shared_tokens(self.environment, kind), ..CommandRules::default() },
        })
    }

    /// Two rooms of one name could not be told apart.
    pub(super) fn check_rooms(&mut self, own: &[Room], in_file: &[(String, Room)]) {
        let mut known: Vec<&RoomName> = own.iter().map(|room| &room.name).collect();
        for (place, room) in in_file {
            if known.contains(&&room.name) {
                let wrong = format!("there are two rooms called `{}`", room.name);
                let cure = "give one another name; a room of the environment is called as its kind";
                self.faults.push(Fault::new(place, wrong, cure));
            }
            known.push(&room.name);
        }
    }
}

impl file::Reader<'_> {
    /// A room of the file, with its place.
    pub(super) fn room(&mut self, room: FileRoom) -> Option<(String, Room)> {
        let place = self.place(&room.name);
        let name = self.parsed::<RoomName>(&room.name, "name it for instance dev");
        let kinds = RoomKind::ALL.map(RoomKind::as_str).join(", ");
        let kind = self.parsed::<RoomKind>(&room.kind, &format!("there are {kinds}"));
        let url = self.room_url(&room.url);
        let token = room.token.as_ref().and_then(|token| self.secret(token));
        let signing_key = self.signing_key(room.sign.as_ref(), room.signing_key.as_ref());
        let per_minute = room.per_minute.as_ref().and_then(|number| self.per_minute(number));
        let (name, kind, url) = (name?, kind?, url?);
        let commands = self.command_rules(kind, &room);
        if wants_token(kind) && (room.token.is_none() || room.room.is_none()) {
            let wrong = format!("a {kind} room needs `token` and `room` beside the server's `url`");
            self.faults.push(Fault::new(&place, wrong, "add what is missing"));
        }
        if !wants_token(kind) {
            let cure = format!("remove it, since only {} and {} rooms have one", RoomKind::Hipchat, RoomKind::Matrix);
            self.useless(kind, "token", room.token.as_ref(), &cure);
            self.useless(kind, "room", room.room.as_ref(), &cure);
        }
        if kind != RoomKind::Webhook {
            let cure = "remove it, since only rooms of kind \"webhook\" have one";
            self.useless(kind, "template", room.template.as_ref(), cure);
            self.useless(kind, "signing_key", room.signing_key.as_ref(), cure);
            self.useless(kind, "sign", room.sign.as_ref(), cure);
            self.useless(kind, "changes", room.changes.as_ref(), cure);
        }
        let room_id = room.room.map(Spanned::into_inner);
        let template = room.template.map(Spanned::into_inner);
        let changes = room.changes.is_some_and(Spanned::into_inner);
        let room = Room { name, kind, url, token, room: room_id, template, signing_key, changes, per_minute, commands };
        Some((place, room))
    }

    fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(
        &mut self,
        value: &Spanned<String>,
        cure: &str,
    ) -> Option<T> {
        let parsed = value.get_ref().trim().parse::<T>();
        parsed.map_err(|error| self.fault::<String>(value, error.to_string(), cure)).ok()
    }

    /// Never repeated in a fault: most are secrets in themselves.
    fn room_url(&mut self, value: &Spanned<String>) -> Option<Secret> {
        let url = self.secret(value)?;
        if !is_url(url.expose()) {
            self.fault(value, "it is not an http or https URL", WEBHOOK_CURE);
            return None;
        }
        Some(url)
    }

    fn signing_key(&mut self, sign: Option<&Spanned<bool>>, key: Option<&Spanned<String>>) -> Option<SigningKey> {
        let wanted = sign.is_none_or(|sign| *sign.get_ref());
        match (sign, key) {
            (Some(sign), None) if wanted => {
                self.fault(sign, "there is no `signing_key` to sign with", SIGNING_CURE);
                None
            }
            (_, None) => None,
            (_, Some(key)) => {
                let text = self.secret(key)?;
                match SigningKey::parse(&text) {
                    Ok(parsed) => Some(parsed).filter(|_| wanted),
                    Err(error) => {
                        self.fault(key, format!("it {error}"), SIGNING_CURE);
                        None
                    }
                }
            }
        }
    }

    fn per_minute(&mut self, number: &Spanned<i64>) -> Option<u32> {
        let fits = u32::try_from(*number.get_ref()).ok().filter(|number| (1..=60_000).contains(number));
        if fits.is_none() {
            self.fault(number, "it is not a number from 1 to 60000", "write how many messages a minute the room takes");
        }
        fits
    }

    fn useless<T>(&mut self, kind: RoomKind, what: &str, value: Option<&Spanned<T>>, cure: &str) {
        if let Some(value) = value {
            self.fault(value, format!("a {kind} room has no `{what}`"), cure);
        }
    }
}
