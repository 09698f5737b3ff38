//! Where a room is: its address, and the headers that open it.

use http::{HeaderMap, HeaderValue, header};
use url::Url;

use crate::model::{Room, RoomKind, Secret};

/// Where and how a room is spoken to.
#[derive(Clone)]
pub(super) enum Place {
    /// One address for everything.
    Hook {
        /// The address.
        url: Url,
        /// HipChat's token.
        headers: HeaderMap,
    },
    /// A homeserver, and a room on it.
    Matrix {
        /// The homeserver.
        base: Url,
        /// The bot's token.
        headers: HeaderMap,
        /// `!id:server` or `#alias:server`.
        room: String,
    },
}

impl Place {
    /// # Errors
    /// A sentence: what is missing, or is none.
    pub(super) fn of(room: &Room) -> Result<Self, String> {
        let url = Url::parse(room.url.expose().trim()).ok();
        let url = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        let url =
            url.ok_or_else(|| format!("room `{}`: its `url` is no address like {}", room.name, example(room.kind)))?;
        match room.kind {
            RoomKind::Hipchat => {
                let (token, id) = (token(room)?, name(room)?);
                let segments = ["v2", "room", id.as_str(), "notification"];
                let inside = url.path().trim_end_matches('/').ends_with("/v2");
                let url = below(&url, &segments[usize::from(inside)..]);
                Ok(Place::Hook { url, headers: token })
            }
            RoomKind::Matrix => {
                let (headers, name) = (token(room)?, name(room)?);
                if !name.starts_with(['!', '#']) {
                    return Err(format!(
                        "room `{}`: `{name}` is no Matrix room; write its id like !abc:example.org (Settings, Advanced) or \
                         its alias like #dev:example.org",
                        room.name
                    ));
                }
                Ok(Place::Matrix { base: url, headers, room: name })
            }
            RoomKind::Discord => Ok(Place::Hook { url: waiting(url), headers: HeaderMap::new() }),
            _ => Ok(Place::Hook { url, headers: HeaderMap::new() }),
        }
    }

    /// The address as it is configured, for those who keep it secret.
    pub(super) fn url(&self) -> &Url {
        match self {
            Place::Hook { url, .. } | Place::Matrix { base: url, .. } => url,
        }
    }
}

/// The address of a message in a Matrix room. The same transaction at the same address is the same message.
pub(super) fn matrix_send(base: &Url, room: &str, transaction: &str) -> Url {
    below(base, &["_matrix", "client", "v3", "rooms", room, "send", "m.room.message", transaction])
}

/// The address that tells the id behind a Matrix alias.
pub(super) fn matrix_alias(base: &Url, alias: &str) -> Url {
    below(base, &["_matrix", "client", "v3", "directory", "room", alias])
}

/// The address of a question to a Matrix homeserver.
pub(super) fn matrix_client(base: &Url, segments: &[&str]) -> Url {
    below(&below(base, &["_matrix", "client", "v3"]), segments)
}

fn below(base: &Url, segments: &[&str]) -> Url {
    let mut url = base.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(segments);
    }
    url
}

/// Discord tells what became of a message only to those who wait for it.
fn waiting(mut url: Url) -> Url {
    if !url.query_pairs().any(|(key, _)| key == "wait") {
        url.query_pairs_mut().append_pair("wait", "true");
    }
    url
}

fn token(room: &Room) -> Result<HeaderMap, String> {
    let missing = || format!("room `{}`: a {} room needs a `token`", room.name, room.kind);
    let token = room.token.as_ref().map(Secret::expose).filter(|token| !token.is_empty()).ok_or_else(missing)?;
    let bad = |_| format!("room `{}`: its token holds a character that it cannot have", room.name);
    let mut bearer = HeaderValue::from_str(&format!("Bearer {token}")).map_err(bad)?;
    bearer.set_sensitive(true);
    Ok(HeaderMap::from_iter([(header::AUTHORIZATION, bearer)]))
}

fn name(room: &Room) -> Result<String, String> {
    let name = room.room.as_deref().map(str::trim).filter(|name| !name.is_empty());
    name.map(str::to_owned).ok_or_else(|| {
        format!("room `{}`: a {} room needs `room`, the room's id or name on the server", room.name, room.kind)
    })
}

/// An address of this kind, to show what one looks like.
fn example(kind: RoomKind) -> &'static str {
    match kind {
        RoomKind::Hipchat => "https://hipchat.example.com",
        RoomKind::Matrix => "https://matrix.example.org",
        RoomKind::Slack => "https://hooks.slack.com/services/…",
        RoomKind::Discord => "https://discord.com/api/webhooks/…",
        RoomKind::Teams => "https://….logic.azure.com/workflows/…",
        RoomKind::Rocketchat | RoomKind::Mattermost | RoomKind::Webhook => "https://chat.example.com/hooks/…",
    }
}
