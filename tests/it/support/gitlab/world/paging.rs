//! Pages of lists: by number, and by keyset where GitLab offers it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::super::{Incoming, Reply};

/// Above so many rows GitLab does not count them.
const MAX_COUNTED: usize = 10_000;

/// The largest offset of lists that have keyset pages.
const MAX_OFFSET: usize = 50_000;

/// Keyset pagination of a list.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keyset {
    None,
    /// `id_after`, ascending: a full or partial page has a link, an empty one has none.
    IdAfter,
    /// An opaque cursor, descending: the last page has no link.
    Cursor,
}

/// A list, of which only the objects of a page are made.
pub(super) struct Listing<'a> {
    len: usize,
    get: Box<dyn Fn(usize) -> Value + 'a>,
    keyset: Keyset,
}

impl<'a> Listing<'a> {
    pub(super) fn new(len: usize, get: impl Fn(usize) -> Value + 'a) -> Self {
        Self {
            len,
            get: Box::new(get),
            keyset: Keyset::None,
        }
    }

    pub(super) fn of(items: &'a [Value]) -> Self {
        Self::new(items.len(), |index| items[index].clone())
    }

    /// Those that the query asks for, in the order that it asks for.
    pub(super) fn filtered(items: &'a [Value], request: &Incoming) -> Self {
        let after = request.query("updated_after");
        let scopes = request.queries("scope[]");
        let confidential = request.query("confidential").map(|value| value == "true");
        let state = request.query("state").filter(|state| state != "all");
        let mut chosen: Vec<&Value> = items
            .iter()
            .filter(|item| {
                let text = |key: &str| item[key].as_str().unwrap_or_default();
                after
                    .as_deref()
                    .is_none_or(|after| time(text("updated_at")) >= time(after))
                    && (scopes.is_empty() || scopes.iter().any(|scope| scope == text("status")))
                    && confidential.is_none_or(|confidential| item["confidential"] == confidential)
                    && state.as_deref().is_none_or(|state| state == text("state"))
            })
            .collect();
        let order = request.query("order_by");
        let key = order.as_deref().unwrap_or("id");
        let is_ascending = request.query("sort").as_deref() == Some("asc");
        if order.is_some() || is_ascending {
            chosen.sort_by(|one, other| {
                let by = match (&one[key], &other[key]) {
                    (Value::Number(one), Value::Number(other)) => one.as_u64().cmp(&other.as_u64()),
                    (one, other) => one.as_str().cmp(&other.as_str()),
                };
                if is_ascending { by } else { by.reverse() }
            });
        }
        Self::new(chosen.len(), move |index| chosen[index].clone())
    }

    /// Allows keyset pages if a list of this kind has them.
    pub(super) fn keyset(mut self, kind: &str) -> Self {
        self.keyset = match kind {
            "projects" => Keyset::IdAfter,
            "jobs" => Keyset::Cursor,
            _ => Keyset::None,
        };
        self
    }

    /// The page that the query names.
    pub(super) fn page(&self, request: &Incoming) -> Reply {
        let number = |name: &str, default| {
            request
                .query(name)
                .and_then(|value| value.parse().ok())
                .unwrap_or(default)
        };
        let size = number("per_page", 20).clamp(1, 100);
        if request.query("pagination").as_deref() == Some("keyset") && self.keyset != Keyset::None {
            return self.keyset_page(request, size);
        }
        let page = number("page", 1).max(1);
        let start = (page - 1) * size;
        if self.keyset != Keyset::None && start > MAX_OFFSET {
            return Reply::message(
                405,
                "Offset pagination has a maximum allowed offset of 50000 for requests that return objects of this \
                 type. Remaining records can be retrieved using keyset pagination.",
            );
        }
        let end = (start + size).min(self.len);
        let has_next = end < self.len;
        let next = if has_next {
            (page + 1).to_string()
        } else {
            String::new()
        };
        let mut links = vec![link(
            request,
            &[("page", "1"), ("per_page", &size.to_string())],
            "first",
        )];
        if has_next {
            links.push(link(
                request,
                &[("page", &next), ("per_page", &size.to_string())],
                "next",
            ));
        }
        let mut reply = self
            .objects(start, end)
            .with("X-Page", page.to_string())
            .with("X-Per-Page", size.to_string())
            .with("X-Next-Page", next)
            .with(
                "X-Prev-Page",
                if page > 1 {
                    (page - 1).to_string()
                } else {
                    String::new()
                },
            )
            .with("Link", links.join(", "));
        if self.len <= MAX_COUNTED {
            reply = reply
                .with("X-Total", self.len.to_string())
                .with("X-Total-Pages", self.len.div_ceil(size).max(1).to_string());
        }
        reply
    }

    fn keyset_page(&self, request: &Incoming, size: usize) -> Reply {
        let is_descending = self.keyset == Keyset::Cursor;
        if request.query("order_by").as_deref().unwrap_or("id") != "id"
            || (is_descending && request.query("sort").as_deref().unwrap_or("desc") != "desc")
        {
            let error = "Keyset pagination is not yet available for this type of request";
            return Reply::json(405, &json!({"error": error}));
        }
        let id_at = |index: usize| (self.get)(index)["id"].as_u64().unwrap_or_default();
        let last = match self.keyset {
            Keyset::Cursor => request.query("cursor").map(|cursor| {
                let cursor = STANDARD.decode(cursor).unwrap_or_default();
                let cursor: Value = serde_json::from_slice(&cursor).unwrap_or_default();
                cursor["id"]
                    .as_str()
                    .and_then(|id| id.parse::<u64>().ok())
                    .unwrap_or_default()
            }),
            _ => request.query("id_after").and_then(|id| id.parse().ok()),
        };
        let start = last.map_or(0, |last| {
            let mut range = 0..self.len;
            while !range.is_empty() {
                let middle = range.start.midpoint(range.end);
                let id = id_at(middle);
                let is_before = if is_descending {
                    id >= last
                } else {
                    id <= last
                };
                if is_before {
                    range.start = middle + 1
                } else {
                    range.end = middle
                }
            }
            range.start
        });
        let end = (start + size).min(self.len);
        let reply = self.objects(start, end);
        match self.keyset {
            Keyset::Cursor if end < self.len => {
                let cursor = json!({"id": id_at(end - 1).to_string(), "_kd": "n"}).to_string();
                reply.with(
                    "Link",
                    link(request, &[("cursor", &STANDARD.encode(cursor))], "next"),
                )
            }
            Keyset::IdAfter if start < end => {
                let id = id_at(end - 1).to_string();
                reply.with("Link", link(request, &[("id_after", &id)], "next"))
            }
            _ => reply,
        }
    }

    fn objects(&self, start: usize, end: usize) -> Reply {
        let items: Vec<Value> = (start..end).map(&self.get).collect();
        Reply::json(200, &Value::Array(items))
    }
}

pub(super) fn time(text: &str) -> Option<jiff::Timestamp> {
    text.parse().ok()
}

/// A link to the same list with other values in the query.
fn link(request: &Incoming, changed: &[(&str, &str)], relation: &str) -> String {
    let (path, query) = request
        .target
        .split_once('?')
        .unwrap_or((&request.target, ""));
    let kept = query.split('&').filter(|field| {
        let name = field.split('=').next().unwrap_or_default();
        !field.is_empty() && !changed.iter().any(|(key, _)| *key == name)
    });
    let encoded = changed.iter().map(|(name, value)| {
        let value =
            percent_encoding::utf8_percent_encode(value, percent_encoding::NON_ALPHANUMERIC);
        format!("{name}={value}")
    });
    let query: Vec<String> = kept.map(str::to_owned).chain(encoded).collect();
    let host = request.header("host").unwrap_or_default();
    format!(
        "<http://{}{path}?{}>; rel=\"{relation}\"",
        String::from_utf8_lossy(host),
        query.join("&")
    )
}
