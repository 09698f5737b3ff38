//! Lists in pages, with GitLab's headers: by number, or from a cursor on
//! (<https://docs.gitlab.com/api/rest/#pagination>).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::request::ApiRequest;
use super::{Answer, Answered};

/// Rows on a page, unless told otherwise, and at most.
const USUAL: usize = 20;
const MOST: usize = 100;
/// Rows beyond which GitLab does not count.
const COUNTED: usize = 10_000;

fn per_page(request: &ApiRequest, most: usize) -> Result<usize, Answer> {
    let asked = request.number("per_page")?.flatten().map_or(USUAL, |rows| usize::try_from(rows).unwrap_or(1));
    Ok(asked.clamp(1, most))
}

/// A page of `items`, which are in order.
pub(super) fn page<T>(base: &str, request: &ApiRequest, items: &[T], json: impl Fn(&T) -> Value) -> Answered {
    page_of(base, request, items, MOST, json)
}

/// The same, with another limit on a page's rows.
pub(super) fn page_of<T>(
    base: &str,
    request: &ApiRequest,
    items: &[T],
    most: usize,
    json: impl Fn(&T) -> Value,
) -> Answered {
    let rows = per_page(request, most)?;
    let page = request.number("page")?.flatten().map_or(1, |page| usize::try_from(page).unwrap_or(1)).max(1);
    let pages = items.len().div_ceil(rows).max(1);
    let next = (page < pages).then_some(page + 1);
    let previous = (page > 1).then_some(page - 1);
    let counted = items.len() <= COUNTED;
    let link = |page: usize, rel: &str| {
        let pairs = [("page".to_owned(), page.to_string()), ("per_page".to_owned(), rows.to_string())];
        format!("<{}>; rel=\"{rel}\"", href(base, request, &pairs))
    };
    let links = [
        previous.map(|page| link(page, "prev")),
        next.map(|page| link(page, "next")),
        Some(link(1, "first")),
        counted.then(|| link(pages, "last")),
    ];
    let number = |page: Option<usize>| page.map(|page| page.to_string()).unwrap_or_default();
    let mut headers = vec![
        ("link".to_owned(), links.into_iter().flatten().collect::<Vec<_>>().join(", ")),
        ("x-next-page".to_owned(), number(next)),
        ("x-page".to_owned(), page.to_string()),
        ("x-per-page".to_owned(), rows.to_string()),
        ("x-prev-page".to_owned(), number(previous)),
    ];
    if counted {
        headers.push(("x-total".to_owned(), items.len().to_string()));
        headers.push(("x-total-pages".to_owned(), pages.to_string()));
    }
    let shown = items.iter().skip((page - 1) * rows).take(rows).map(json).collect();
    Ok(Answer { headers, ..Answer::json(200, shown) })
}

/// A row's place in a keyset: what it is sorted by, and its id.
pub(super) type Place = (String, i64);

/// A page of `items` from the request's cursor on.
pub(super) fn keyset<T>(
    base: &str,
    request: &ApiRequest,
    items: &[T],
    place: impl Fn(&T) -> Place,
    json: impl Fn(&T) -> Value,
) -> Answered {
    let rows = per_page(request, MOST)?;
    let start = match request.filled("cursor") {
        None => 0,
        Some(cursor) => {
            let last = read_cursor(&cursor)
                .ok_or_else(|| Answer::json(400, serde_json::json!({ "error": "cursor is invalid" })))?;
            // The row itself may be gone, or may have moved on; what lies behind its place still does.
            let descending = request.filled("sort").as_deref() != Some("asc");
            let behind = |item: &T| if descending { place(item) < last } else { place(item) > last };
            items.iter().position(behind).unwrap_or(items.len())
        }
    };
    let shown = &items[start..(start + rows).min(items.len())];
    let mut headers = vec![("x-per-page".to_owned(), rows.to_string())];
    if let Some(last) = shown.last().filter(|_| start + rows < items.len()) {
        let cursor = write_cursor(&place(last));
        let pairs = [("cursor".to_owned(), cursor.clone()), ("per_page".to_owned(), rows.to_string())];
        headers.push(("link".to_owned(), format!("<{}>; rel=\"next\"", href(base, request, &pairs))));
        headers.push(("x-next-cursor".to_owned(), cursor));
    }
    Ok(Answer { headers, ..Answer::json(200, shown.iter().map(json).collect()) })
}

fn write_cursor(place: &Place) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::json!([place.0, place.1]).to_string())
}

fn read_cursor(text: &str) -> Option<Place> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}

/// The request's own URL with other values in some places.
fn href(base: &str, request: &ApiRequest, pairs: &[(String, String)]) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in request.params.iter().filter(|(name, _)| pairs.iter().all(|(other, _)| other != *name)) {
        match value {
            Value::Array(items) => {
                for item in items {
                    query.append_pair(&format!("{name}[]"), item.as_str().unwrap_or(&item.to_string()));
                }
            }
            value => {
                query.append_pair(name, value.as_str().unwrap_or(&value.to_string()));
            }
        }
    }
    for (name, value) in pairs {
        query.append_pair(name, value);
    }
    format!("{base}{}?{}", request.raw_path, query.finish())
}
