//! Who may pass a door that is for operators: those who bring `ADMIN_TOKEN` as a bearer token.

use subtle::ConstantTimeEq;
use warp::http::HeaderMap;

use super::refusal::Refusal;
use crate::model::Secret;

/// Lets in who brings the token, compared in constant time.
pub(super) fn check(headers: &HeaderMap, token: &Secret) -> Result<(), Refusal> {
    let said = headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let brought = said.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let Some((_, brought)) = brought else {
        return Err(Refusal::Unverified(
            "send the header `Authorization: Bearer` with the value of ADMIN_TOKEN".into(),
        ));
    };
    if brought.trim().as_bytes().ct_eq(token.expose().as_bytes()).into() {
        return Ok(());
    }
    Err(Refusal::Unverified("the bearer token is not the value of ADMIN_TOKEN".into()))
}
