//! HTTP/1.1 as far as the fake instance needs it.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::time::Duration;

use percent_encoding::percent_decode;
use serde_json::Value;

use super::{Recorded, World};

/// A request.
pub(crate) struct Incoming {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    /// Names in small letters.
    pub(crate) headers: BTreeMap<String, Vec<u8>>,
    pub(crate) fields: Vec<(String, Vec<u8>)>,
    pub(crate) body: Vec<u8>,
}

/// An answer.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) drip: Option<Duration>,
    is_hangup: bool,
}

impl Reply {
    pub(crate) fn new(status: u16, content_type: &str, body: Vec<u8>) -> Self {
        Self {
            status,
            headers: vec![("Content-Type".to_owned(), content_type.to_owned())],
            body,
            drip: None,
            is_hangup: false,
        }
    }

    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::new(status, "application/json", body.to_string().into_bytes())
    }

    /// `{"message": …}`, as most errors of GitLab are.
    pub(crate) fn message(status: u16, message: &str) -> Self {
        Self::json(status, &serde_json::json!({ "message": message }))
    }

    /// 204.
    pub(crate) fn empty() -> Self {
        Self::new(204, "application/json", Vec::new())
    }

    pub(crate) fn hangup() -> Self {
        Self {
            is_hangup: true,
            ..Self::new(0, "", Vec::new())
        }
    }

    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}

impl Incoming {
    /// The path without the query.
    pub(crate) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// A value of the query.
    pub(crate) fn query(&self, name: &str) -> Option<String> {
        let (_, query) = self.target.split_once('?')?;
        let found = parse_fields(query.as_bytes())
            .into_iter()
            .find(|(key, _)| key == name);
        found.map(|(_, value)| String::from_utf8_lossy(&value).into_owned())
    }

    /// All values of the query with this name.
    pub(crate) fn queries(&self, name: &str) -> Vec<String> {
        let (_, query) = self.target.split_once('?').unwrap_or_default();
        let fields = parse_fields(query.as_bytes()).into_iter();
        fields
            .filter(|(key, _)| key == name)
            .map(|(_, value)| String::from_utf8_lossy(&value).into_owned())
            .collect()
    }

    /// The path's segments, decoded, without the empty one before the first slash.
    pub(crate) fn segments(&self) -> Vec<String> {
        let segments = self.path().split('/').skip(1);
        segments
            .map(|segment| {
                percent_decode(segment.as_bytes())
                    .decode_utf8_lossy()
                    .into_owned()
            })
            .collect()
    }

    /// A header; its name in small letters.
    pub(crate) fn header(&self, name: &str) -> Option<&[u8]> {
        self.headers.get(name).map(Vec::as_slice)
    }

    /// A field of the body.
    pub(crate) fn field(&self, name: &str) -> Option<&[u8]> {
        let found = self.fields.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_slice())
    }

    /// The token of `Authorization: Bearer`.
    pub(crate) fn bearer(&self) -> Option<&[u8]> {
        self.header("authorization")?.strip_prefix(b"Bearer ")
    }

    /// User and password of `Authorization: Basic`.
    pub(crate) fn basic(&self) -> Option<(String, Vec<u8>)> {
        use base64::Engine as _;
        use base64::engine::general_purpose::STANDARD;

        let pair = STANDARD
            .decode(self.header("authorization")?.strip_prefix(b"Basic ")?)
            .ok()?;
        let colon = pair.iter().position(|byte| *byte == b':')?;
        Some((
            String::from_utf8_lossy(&pair[..colon]).into_owned(),
            pair[colon + 1..].to_vec(),
        ))
    }

    /// Returns the record, with labels instead of credentials. An unknown value is `?` where a credential
    /// belongs.
    pub(super) fn record(&self, world: &World, status: u16) -> Recorded {
        let label = |secret: &[u8]| match world.credentials.get(secret) {
            Some(known) => known.label.clone(),
            None => "?".to_owned(),
        };
        let mut credentials = Vec::new();
        let mut headers = BTreeMap::new();
        for (name, value) in &self.headers {
            match name.as_str() {
                "private-token" | "job-token" | "deploy-token" | "runner-token"
                | "unleash-instanceid" => {
                    credentials.push(format!("{}: {}", name.to_uppercase(), label(value)));
                }
                "authorization" => credentials.push(match (self.bearer(), self.basic()) {
                    (Some(token), _) => format!("Bearer: {}", label(token)),
                    (None, Some((user, password))) => format!("Basic: {user}:{}", label(&password)),
                    (None, None) => "Authorization: ?".to_owned(),
                }),
                "cookie" => {
                    let value = value.strip_prefix(b"_gitlab_session=").unwrap_or_default();
                    credentials.push(format!("Cookie: {}", label(value)));
                }
                _ => {
                    headers.insert(name.clone(), String::from_utf8_lossy(value).into_owned());
                }
            }
        }
        let field = |(name, value): &(String, Vec<u8>)| match name.as_str() {
            "token" => format!("{name}={}", label(value)),
            _ => format!("{name}={}", String::from_utf8_lossy(value)),
        };
        Recorded {
            method: self.method.clone(),
            path: self.target.clone(),
            credentials,
            headers,
            fields: self.fields.iter().map(field).collect(),
            status,
        }
    }
}

/// Answers requests until the client closes the connection.
pub(super) fn serve<S: Read + Write>(stream: S, answer: impl Fn(&Incoming) -> Reply) {
    let mut reader = BufReader::new(stream);
    while let Some(request) = read(&mut reader) {
        let reply = answer(&request);
        if reply.is_hangup || write(reader.get_mut(), &reply).is_err() {
            return;
        }
    }
}

fn read(reader: &mut impl BufRead) -> Option<Incoming> {
    let line = |reader: &mut dyn BufRead| {
        let mut line = Vec::new();
        reader.read_until(b'\n', &mut line).ok()?;
        while line.last().is_some_and(u8::is_ascii_whitespace) {
            line.pop();
        }
        Some(line)
    };
    let first = String::from_utf8(line(reader)?).ok()?;
    let mut parts = first.split(' ');
    let (method, target) = (parts.next()?.to_owned(), parts.next()?.to_owned());
    let mut headers = BTreeMap::new();
    loop {
        let header = line(reader)?;
        let Some(colon) = header.iter().position(|byte| *byte == b':') else {
            break;
        };
        let name = String::from_utf8_lossy(&header[..colon]).to_ascii_lowercase();
        headers.insert(name, header[colon + 1..].trim_ascii().to_vec());
    }
    let length = headers
        .get("content-length")
        .and_then(|value| std::str::from_utf8(value).ok()?.parse().ok())
        .unwrap_or(0);
    let is_chunked = headers
        .get("transfer-encoding")
        .is_some_and(|value| value == b"chunked");
    let body = if is_chunked {
        read_chunks(reader)?
    } else {
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        body
    };
    let media_type = headers.get("content-type").map(Vec::as_slice);
    let fields = match media_type.unwrap_or_default() {
        json if json.starts_with(b"application/json") => json_fields(&body),
        b"application/octet-stream" => Vec::new(),
        _ => parse_fields(&body),
    };
    Some(Incoming {
        method,
        target,
        headers,
        fields,
        body,
    })
}

fn read_chunks(reader: &mut impl BufRead) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut size = String::new();
        reader.read_line(&mut size).ok()?;
        let size = usize::from_str_radix(size.trim(), 16).ok()?;
        let start = body.len();
        body.resize(start + size + 2, 0);
        reader.read_exact(&mut body[start..]).ok()?;
        body.truncate(start + size);
        if size == 0 {
            return Some(body);
        }
    }
}

fn write(stream: &mut impl Write, reply: &Reply) -> std::io::Result<()> {
    let mut head = format!("HTTP/1.1 {} Status\r\n", reply.status);
    for (name, value) in &reply.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if reply.status != 204 {
        head.push_str(&format!("Content-Length: {}\r\n", reply.body.len()));
    }
    head.push_str("\r\n");
    let bytes = [head.as_bytes(), &reply.body].concat();
    match reply.drip {
        None => stream.write_all(&bytes)?,
        Some(delay) => {
            for byte in bytes {
                stream.write_all(&[byte])?;
                stream.flush()?;
                std::thread::sleep(delay);
            }
        }
    }
    stream.flush()
}

fn parse_fields(text: &[u8]) -> Vec<(String, Vec<u8>)> {
    let decode = |part: &[u8]| {
        let spaced: Vec<u8> = part
            .iter()
            .map(|byte| if *byte == b'+' { b' ' } else { *byte })
            .collect();
        percent_decode(&spaced).collect::<Vec<u8>>()
    };
    text.split(|byte| *byte == b'&')
        .filter(|field| !field.is_empty())
        .map(|field| {
            let equals = field
                .iter()
                .position(|byte| *byte == b'=')
                .unwrap_or(field.len());
            let value = field.get(equals + 1..).unwrap_or_default();
            (
                String::from_utf8_lossy(&decode(&field[..equals])).into_owned(),
                decode(value),
            )
        })
        .collect()
}

fn json_fields(text: &[u8]) -> Vec<(String, Vec<u8>)> {
    let value: Value = serde_json::from_slice(text).unwrap_or_default();
    let fields = value.as_object().into_iter().flatten();
    fields
        .map(|(name, value)| {
            let text = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            (name.clone(), text.into_bytes())
        })
        .collect()
}
