//! People who type in a room of Rocket.Chat's. What they say stands in the room and goes to its outgoing webhook, and
//! what that answers is said there too, by Rocket.Chat's rules: 200, 201 or 202, JSON, with `text` or `attachments`; an
//! empty body is a failure. Rocket.Chat then tries again, this look-alike does not.
//! <https://docs.rocket.chat/docs/integrations> ("Outgoing webhook").

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Chat, Room, Said, lock};

/// Rocket.Chat waits so long for an answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// Where a room's outgoing webhook leads.
#[derive(Clone, Debug)]
pub(super) struct Outgoing {
    url: String,
    token: String,
}

impl Chat {
    /// Posts what people type in a room to `url`. The token is how the receiver knows the server.
    pub fn outgoing(&self, room: &str, url: &str, token: &str) {
        let outgoing = Outgoing { url: url.to_owned(), token: token.to_owned() };
        self.with(room, |room| room.outgoing = Some(outgoing));
    }

    /// Somebody types in a room. Returns when the answer stands there as well.
    ///
    /// # Errors
    /// Why no answer came, as Rocket.Chat's log of the integration would say it.
    pub async fn types(&self, room: &str, who: &str, text: &str) -> Result<(), String> {
        let mut posted = None;
        self.with(room, |room| {
            room.said.push(Said::typed(who, text));
            posted = room.outgoing.clone().map(|outgoing| (notification(room, &outgoing, who, text), outgoing.url));
        });
        self.told();
        let Some((body, url)) = posted else { return Ok(()) };
        let answer = post(&url, &body).await?;
        self.with(room, |room| room.said.push(Said::answered(answer)));
        self.told();
        Ok(())
    }

    fn told(&self) {
        lock(&self.state).changes.send_modify(|count| *count += 1);
    }
}

impl Said {
    fn typed(who: &str, text: &str) -> Self {
        Said { by: Some(who.to_owned()), ..Said::answered(json!({ "text": text })) }
    }

    fn answered(body: Value) -> Self {
        let text = body["text"].as_str().unwrap_or_default().to_owned();
        Said { body, text, by: None, pings: Vec::new(), mistakes: Vec::new(), id: None }
    }
}

/// What Rocket.Chat posts. Its ids are of its own making; the number of what was said so far will do.
fn notification(room: &Room, outgoing: &Outgoing, who: &str, text: &str) -> Value {
    let name = &room.view.name;
    json!({
        "token": outgoing.token, "bot": false, "channel_id": name, "channel_name": name,
        "message_id": format!("{name}-{}", room.said.len()), "timestamp": Timestamp::now().to_string(),
        "user_id": who, "user_name": who, "text": text, "siteUrl": "http://sandbox",
    })
}

async fn post(url: &str, body: &Value) -> Result<Value, String> {
    let client = reqwest::Client::builder().timeout(PATIENCE).no_proxy().build();
    let sent = client.map_err(|error| error.to_string())?.post(url).json(body).send().await;
    let response = sent.map_err(|error| error.without_url().to_string())?;
    let status = response.status().as_u16();
    let text = response.text().await.map_err(|error| error.without_url().to_string())?;
    let answer: Value = serde_json::from_str(&text).unwrap_or_default();
    let says = |part: &str| answer.get(part).is_some();
    match status {
        200..=202 if says("text") || says("attachments") => Ok(answer),
        200..=202 => Err(format!("the answer says nothing: {text}")),
        _ => Err(format!("answered {status}: {text}")),
    }
}
