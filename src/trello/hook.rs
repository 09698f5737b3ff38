//! Trello's deliveries: who may knock, and what one tells. Trello signs with base64(HMAC-SHA1(secret, raw body ‖ callback
//! URL)), where the URL is the one that was registered and the secret is the app's own, neither its key nor the token
//! (<https://developer.atlassian.com/cloud/trello/guides/rest-api/webhooks/#webhook-signatures>).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use serde::Deserialize;
use serde_json::Value;
use sha1::Sha1;
use subtle::{Choice, ConstantTimeEq};
use url::Url;

use super::action::activity;
use crate::model::{AccountName, Intake, ModelId, Secret, Verdict, WatchNews};

/// The door that watches lead to; account and model follow.
const DOOR: [&str; 2] = ["webhooks", "trello"];

/// The headers that are kept with a delivery: those allowed, so that no secret is among them.
const KEPT_HEADERS: [&str; 3] = ["content-type", "user-agent", "x-trello-client-identifier"];

/// The kind of event of a delivery begins so; Trello's kind of action follows.
const EVENT: &str = "Trello ";

/// Why a delivery was not let in, in a sentence for whoever set the bridge up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unverified {
    /// There is nothing to check the signature with.
    #[error(
        "no secret is set, so nothing of Trello's can be believed; set TRELLO_API_SECRET (or `secret` of the \
         [[account]]) to the secret of the app whose key is used, as https://trello.com/apps/admin shows it"
    )]
    NoSecret,
    /// No `X-Trello-Webhook`.
    #[error("X-Trello-Webhook is missing; only Trello's webhooks belong here")]
    Unsigned,
    /// Another signature.
    #[error(
        "X-Trello-Webhook is wrong; set TRELLO_API_SECRET (or `secret` of the [[account]]) to the secret of the app \
         whose key is used, as https://trello.com/apps/admin shows it (it is neither the API key nor the token), and \
         let no proxy change the body"
    )]
    WrongSignature,
}

/// A body that is no delivery of Trello's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the body is no delivery of a Trello webhook ({0})")]
pub struct Malformed(String);

/// Where Trello is to call for `model`, with kanbridge at `public_url`. It is derived, so that who registers it twice is
/// told so, and holds no credential: addresses end up in logs.
pub fn callback_url(public_url: &Url, account: &AccountName, model: &ModelId) -> String {
    let mut url = public_url.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(DOOR).push(&account.0).push(model.as_str());
    }
    url.set_query(None);
    url.set_fragment(None);
    url.into()
}

/// An account's name as it stands in the path of such an address.
pub fn path_segment(account: &AccountName) -> String {
    let segment = |mut url: Url| {
        if let Ok(mut path) = url.path_segments_mut() {
            path.push(&account.0);
        }
        url.path().trim_start_matches('/').to_owned()
    };
    Url::parse("http://localhost").map(segment).unwrap_or_default()
}

/// Whether an address is that of some kanbridge's door for `model`.
pub fn is_a_watch(callback_url: &str, model: &ModelId) -> bool {
    let Ok(url) = Url::parse(callback_url) else { return false };
    let mut parts = url.path_segments().into_iter().flatten().rev();
    let (last, _account) = (parts.next(), parts.next());
    last == Some(model.as_str()) && [parts.next(), parts.next()] == [Some(DOOR[1]), Some(DOOR[0])]
}

/// Verifies a delivery. `urls` are the addresses that we registered, or are registering: never what a request says of
/// itself. `secrets` are several while they are being rotated.
///
/// # Errors
/// [`Unverified`] says what is missing or wrong.
pub fn verify(secrets: &[Secret], headers: &HeaderMap, body: &[u8], urls: &[&str]) -> Result<(), Unverified> {
    if secrets.is_empty() {
        return Err(Unverified::NoSecret);
    }
    let given = STANDARD.decode(headers.get("x-trello-webhook").ok_or(Unverified::Unsigned)?);
    let given = given.map_err(|_| Unverified::WrongSignature)?;
    let mut matched = Choice::from(0);
    for secret in secrets {
        for url in urls {
            // A key of any length is taken; the other arm cannot be reached.
            let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(secret.expose().as_bytes()) else { continue };
            mac.update(body);
            mac.update(url.as_bytes());
            let wanted: [u8; 20] = mac.finalize().into_bytes().into();
            matched |= given.as_slice().ct_eq(&wanted);
        }
    }
    if bool::from(matched) { Ok(()) } else { Err(Unverified::WrongSignature) }
}

#[derive(Deserialize)]
struct Body {
    action: Value,
}

/// Reads a delivery that came through the watch of `model`. An action that cannot be read is ignored and kept: who signed
/// it is Trello, and nothing would be mended by its sending it again. `is_echo`: what happened is our own write.
///
/// # Errors
/// [`Malformed`] when the body is no delivery at all.
pub fn read(
    account: &AccountName,
    model: &ModelId,
    headers: &HeaderMap,
    body: Bytes,
    is_echo: bool,
) -> Result<Intake, Malformed> {
    let Body { action } = serde_json::from_slice(&body).map_err(|error| Malformed(error.to_string()))?;
    let name = |part: &str| action.get(part).and_then(Value::as_str).unwrap_or_default().chars().take(100).collect();
    let (id, kind): (String, String) = (name("id"), name("type"));
    let payload = action.to_string();
    let (activity, verdict, reason) = match activity(action) {
        Ok(activity) => {
            let kept = activity.board.as_ref().map(|_| format!("kept as activity {}", activity.id)).unwrap_or_default();
            (Some(activity), Verdict::Accepted, kept)
        }
        Err(bad) => (None, Verdict::Ignored, bad.to_string()),
    };
    Ok(Intake {
        // Trello tries three times more, and the action's id is all that the tries have in common.
        dedupe: format!("trello:{account}/{model}/{id}"),
        event: format!("{EVENT}{kind}"),
        headers: kept(headers),
        body,
        verdict,
        reason,
        issue: None,
        note: None,
        merge: None,
        watch: Some(Box::new(WatchNews { account: account.clone(), model: model.clone(), activity, payload, is_echo })),
    })
}

/// Whether a delivery's kind of event says that Trello sent it.
pub fn is_trello_event(event: &str) -> bool {
    event.starts_with(EVENT)
}

fn kept(headers: &HeaderMap) -> String {
    let pair = |name: &&str| Some(((*name).to_owned(), Value::from(headers.get(*name)?.to_str().ok()?)));
    Value::Object(KEPT_HEADERS.iter().filter_map(pair).collect()).to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BODY: &[u8] = br#"{ "some": "data", "value": 3 }"#;
    const URL: &str = "https://something";

    /// The vector of 18F's webhook server.
    fn signed() -> HeaderMap {
        HeaderMap::from_iter([(
            http::HeaderName::from_static("x-trello-webhook"),
            http::HeaderValue::from_static("/qKoB9Rf4446ZFqRNhV5uDojdas="),
        )])
    }

    fn secrets(all: &[&str]) -> Vec<Secret> {
        all.iter().map(|secret| Secret::new(*secret)).collect()
    }

    fn model() -> ModelId {
        "5e93bac014d40e501ee46b8d".parse().unwrap()
    }

    #[test]
    fn the_vector_passes_also_while_secret_and_url_change() {
        assert_eq!(verify(&secrets(&["client-secret"]), &signed(), BODY, &[URL]), Ok(()));
        assert_eq!(
            verify(&secrets(&["new", "client-secret"]), &signed(), BODY, &["https://new.example.com", URL]),
            Ok(())
        );
    }

    #[test]
    fn nothing_else_passes() {
        let wrong = Err(Unverified::WrongSignature);
        assert_eq!(verify(&secrets(&["client-key"]), &signed(), BODY, &[URL]), wrong);
        assert_eq!(verify(&secrets(&["client-secret"]), &signed(), BODY, &["https://something/"]), wrong);
        assert_eq!(verify(&secrets(&["client-secret"]), &signed(), BODY, &[]), wrong);
        assert_eq!(verify(&[], &signed(), BODY, &[URL]), Err(Unverified::NoSecret));
        assert_eq!(verify(&secrets(&["client-secret"]), &HeaderMap::new(), BODY, &[URL]), Err(Unverified::Unsigned));
        let short = HeaderMap::from_iter([(
            http::HeaderName::from_static("x-trello-webhook"),
            http::HeaderValue::from_static("/qKo"),
        )]);
        assert_eq!(verify(&secrets(&["client-secret"]), &short, BODY, &[URL]), wrong);
    }

    #[test]
    fn who_confuses_the_secret_is_told_what_it_is() {
        let told = Unverified::WrongSignature.to_string();
        assert!(told.contains("TRELLO_API_SECRET") && told.contains("neither the API key nor the token"), "{told}");
    }

    #[test]
    fn a_watch_s_address_is_derived_and_is_known_again() {
        let url = |public: &str, account: &str| {
            callback_url(&public.parse().unwrap(), &AccountName(account.to_owned()), &model())
        };
        let path = "/webhooks/trello/default/5e93bac014d40e501ee46b8d";
        assert_eq!(url("https://kan.example.com", "default"), format!("https://kan.example.com{path}"));
        assert_eq!(url("https://kan.example.com/bridge/", "default"), format!("https://kan.example.com/bridge{path}"));
        let odd = url("http://127.0.0.1:8080", "design team/1");
        assert_eq!(odd, "http://127.0.0.1:8080/webhooks/trello/design%20team%2F1/5e93bac014d40e501ee46b8d");
        assert_eq!(path_segment(&AccountName("design team/1".to_owned())), "design%20team%2F1");
        for one in [url("https://a.example.com", "x"), odd] {
            assert!(is_a_watch(&one, &model()), "{one}");
        }
        for other in
            ["https://a.example.com/hook", "https://a.example.com/webhooks/trello/x/5e93bac014d40e501ee46b8e", ""]
        {
            assert!(!is_a_watch(other, &model()), "{other}");
        }
    }

    #[test]
    fn an_action_is_named_once_for_each_watch_and_what_it_is_about_is_read() {
        let body = br#"{"action": {"id": "5e93bac014d40e501ee46b8e", "type": "commentCard"}, "model": {}}"#;
        let account = AccountName("default".to_owned());
        let intake = read(&account, &model(), &HeaderMap::new(), Bytes::from_static(body), false).unwrap();
        assert_eq!(intake.dedupe, "trello:default/5e93bac014d40e501ee46b8d/5e93bac014d40e501ee46b8e");
        assert_eq!((intake.event.as_str(), intake.verdict), ("Trello commentCard", Verdict::Accepted));
        assert_eq!(intake.watch.unwrap().activity.unwrap().kind, "commentCard");
    }

    #[test]
    fn an_action_that_cannot_be_read_is_kept_with_the_reason_and_no_json_is_refused() {
        let account = AccountName("default".to_owned());
        let read = |body: &'static [u8]| read(&account, &model(), &HeaderMap::new(), Bytes::from_static(body), false);
        let odd = read(br#"{"action": {"id": "x", "type": "commentCard"}}"#).unwrap();
        assert_eq!((odd.verdict, odd.watch.unwrap().activity), (Verdict::Ignored, None));
        assert!(odd.reason.contains("no action of Trello's"), "{}", odd.reason);
        assert!(read(b"hello").is_err() && read(b"{}").is_err());
    }

    proptest! {
        #[test]
        fn any_changed_byte_is_noticed(at in 0usize..30, bit in 0u8..8) {
            let mut body = BODY.to_vec();
            body[at] ^= 1 << bit;
            let verdict = verify(&secrets(&["client-secret"]), &signed(), &body, &[URL]);
            prop_assert_eq!(verdict, Err(Unverified::WrongSignature));
        }
    }
}
