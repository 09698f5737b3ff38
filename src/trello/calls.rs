//! Which calls a piece of work made, for who wants to show them. A task that nobody watches keeps nothing.

use std::cell::RefCell;
use std::time::Duration;

use crate::model::{Secret, Trouble};

/// A call that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallMade {
    /// Method and path with ids replaced: `POST /cards`.
    pub route: String,
    /// The answer's status; `None` when no answer came.
    pub status: Option<u16>,
    /// From sending to the answer.
    pub took: Duration,
}

tokio::task_local! {
    static MADE: RefCell<Vec<CallMade>>;
}

/// Does `work` and gives the calls that it made, in order; not those of other tasks that it spawned.
pub async fn watch_calls<T>(work: impl Future<Output = T>) -> (T, Vec<CallMade>) {
    let work = async {
        let done = work.await;
        (done, MADE.with(RefCell::take))
    };
    MADE.scope(RefCell::default(), work).await
}

pub(super) fn made(route: &str, status: Option<u16>, took: Duration) {
    let call = || CallMade { route: route.to_owned(), status, took };
    // Outside of a scope nobody watches.
    let _ = MADE.try_with(|made| made.borrow_mut().push(call()));
}

/// A call may have the token in its path, and many an error page repeats the path that was asked for.
pub(super) fn without(mut trouble: Trouble, secrets: [&Secret; 2]) -> Trouble {
    for secret in secrets.map(Secret::expose).into_iter().filter(|secret| !secret.is_empty()) {
        trouble.sentence = trouble.sentence.replace(secret, "***");
    }
    trouble
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_error_page_repeats_of_the_path_holds_no_token() {
        let (key, token) = (Secret::new("first-piece"), Secret::new("second-piece"));
        let told = Trouble::refused("no such page: /1/tokens/second-piece/webhooks?key=first-piece");
        let without = without(told, [&token, &key]);
        assert_eq!(without.sentence, "no such page: /1/tokens/***/webhooks?key=***");
    }

    #[tokio::test]
    async fn each_task_tells_its_own_calls() {
        let one = |route: &'static str| async move {
            made(route, Some(200), Duration::ZERO);
            tokio::task::yield_now().await;
            made(route, None, Duration::ZERO);
        };
        let (a, b, ()) = tokio::join!(watch_calls(one("GET /a")), watch_calls(one("GET /b")), one("GET /c"));
        let routes = |calls: Vec<CallMade>| calls.into_iter().map(|call| (call.route, call.status)).collect::<Vec<_>>();
        assert_eq!(routes(a.1), [("GET /a".to_owned(), Some(200)), ("GET /a".to_owned(), None)]);
        assert_eq!(routes(b.1), [("GET /b".to_owned(), Some(200)), ("GET /b".to_owned(), None)]);
    }
}
