//! What watches take: the secrets with which Trello signs, a public address, and a switch.

use url::Url;

use super::{Account, Environment, Fault};

/// Whether followed boards are watched by themselves.
pub(super) fn automatic(environment: &Environment, faults: &mut Vec<Fault>) -> bool {
    let text = environment.get("TRELLO_WATCHES").unwrap_or_default();
    if !matches!(text, "on" | "off") {
        faults.push(Fault::new("TRELLO_WATCHES", format!("`{text}` is neither on nor off"), "write on or off"));
    }
    text == "on"
}

/// Key, secret and token are three texts that look alike, on one page of Trello's.
pub(super) fn check_secrets(account: &Account, faults: &mut Vec<Fault>) {
    let others = [("API key", &account.key), ("token", &account.token)];
    if let Some((other, _)) = others.into_iter().find(|(_, other)| account.secrets.contains(other)) {
        let place = if account.name.0 == "default" { "TRELLO_API_SECRET" } else { "[[account]]" };
        let wrong = format!("the secret of the account `{}` is its {other}", account.name);
        let cure = "copy the text called \"Secret\" that https://trello.com/apps/admin shows below the API key";
        faults.push(Fault::new(place, wrong, cure));
    }
}

/// A secret alone watches nothing: Trello has to know where to call.
pub(super) fn no_address(accounts: &[Account], public_url: Option<&Url>) -> Option<String> {
    let signed = accounts.iter().find(|account| !account.secrets.is_empty())?;
    let sentence = format!(
        "the secret of the Trello account `{}` is set, and PUBLIC_URL is not, so nothing can be watched; set PUBLIC_URL \
         to how Trello reaches kanbridge",
        signed.name
    );
    public_url.is_none().then_some(sentence)
}
