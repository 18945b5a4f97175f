//! Instances and projects that attack the sweep.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{ALL_PLACES, Sweeping, found};
use crate::support::a_credential;
use crate::support::gitlab::world::{items, pack};
use crate::support::gitlab::{Fault, Incoming, Reply, Route, World};
use crate::support::memory;

/// The project of the sample with texts, packages and images.
const SHOP: &str = "acme/apps/shop";

fn messages(report: &Value, list: &str) -> Vec<String> {
    let items = report[list].as_array().unwrap().iter();
    let text = |item: &Value, key: &str| item[key].as_str().unwrap_or_default().to_owned();
    items
        .map(|item| format!("{}: {}", text(item, "path"), text(item, "message")))
        .collect()
}

/// Answers requests for a path.
fn serve(sweeping: &Sweeping, path: &'static str, answer: Answer) {
    sweeping.world.fake.world().routes.push(Route {
        method: "GET",
        path,
        answer,
    });
}

type Answer = fn(&Incoming, &[&str], &mut World) -> Reply;

#[test]
fn addresses_of_an_answer_lead_to_no_other_host() {
    let sweeping = Sweeping::new();
    let url = sweeping.world.fake.url();
    let args = [&["acme"][..], &ALL_PLACES[2..]].concat();
    let places: Vec<&str> = args
        .into_iter()
        .filter(|arg| *arg != "--only=registry")
        .collect();
    let (expected, _) = sweeping.sweep(&places);
    let expected = found(&expected, &url);
    assert!(expected.len() > 15);
    // All pages and all links to next pages.
    let elsewhere = "https://evil.invalid";
    sweeping.world.fake.edit(|content| {
        let text = serde_json::to_string(&content.lists).unwrap();
        content.lists = serde_json::from_str(&text.replace(&url, elsewhere)).unwrap();
        content.url = elsewhere.to_owned();
    });
    sweeping.world.fake.forget_requests();
    let (report, _) = sweeping.sweep(&places);
    assert_eq!(found(&report, elsewhere), expected);
    // A download is redirected, and asks the other host without the token.
    let mut errors = messages(&report, "errors");
    errors.retain(|error| !error.contains("/artifacts/dotenv/"));
    assert!(
        errors.iter().all(|error| !error.contains("evil.invalid")),
        "{errors:?}"
    );
}

#[test]
fn names_with_control_characters_and_parents_are_harmless() {
    let sweeping = Sweeping::new();
    let (url, sandbox) = (sweeping.world.fake.url(), &sweeping.sandbox);
    let evil = "a\u{1b}[2J\r\n\u{202e}b\u{0}";
    let secrets = [61, 62, 63, 64, 65, 66]
        .map(|seed| sandbox.watch(a_credential("personal access token, routable", seed)));
    let text = |index: usize| format!("TOKEN={}\n", secrets[index]);
    sweeping.world.fake.edit(|content| {
        let shop = content.projects.iter().find(|known| known.path == SHOP);
        let shop = shop.unwrap().clone();
        let key = "projects/14";
        content.lists.clear();
        let tag = format!("../../{evil}");
        let link = "https://downloads.example.com/a";
        content.push(
            &format!("{key}/releases"),
            items::release(&url, &shop, &tag, &text(0), link),
        );
        let mut snippet = items::snippet(&url, Some(&shop), 511, &["x"]);
        snippet["files"] = json!([
            {"path": format!("../../../etc/{evil}"), "raw_url": "file:///etc/passwd"},
            {"path": "plain.txt", "raw_url": format!("{url}/raw/../../../x/plain.txt")},
        ]);
        content.push(&format!("{key}/snippets"), snippet);
        let files = format!("{key}/snippets/511/files");
        content.store(
            &format!("{files}/HEAD/../../../etc/{evil}/raw"),
            "text/plain",
            text(1),
        );
        content.store(
            &format!("{files}/../../../x/plain.txt/raw"),
            "text/plain",
            text(2),
        );
        content.push(
            &format!("{key}/variables"),
            items::variable(&format!("K{evil}"), Some(&secrets[3]), "clear"),
        );
        let name = format!("../{evil}");
        content.push(
            &format!("{key}/packages"),
            items::package(&shop, 611, "generic", &name, &name),
        );
        content.push(
            &format!("{key}/packages/611/package_files"),
            items::package_file(611, 6111, &format!("../../{evil}.zip"), 1),
        );
        let entry = format!("../../{evil}.env");
        content.store(
            &format!("{key}/packages/611/package_files/6111/download"),
            "application/zip",
            pack::zip(&[(&entry, text(4).as_bytes())]),
        );
        content.push(&format!("{key}/hooks"), {
            let mut hook = items::hook(
                14,
                811,
                &format!("https://x.example/?private_token={}", secrets[5]),
            );
            hook["name"] = json!(evil);
            hook
        });
    });
    let places = ["releases", "snippets", "variables", "packages", "hooks"];
    let mut args = vec![SHOP];
    args.extend(places.iter().flat_map(|place| ["--only", place]));
    let reports = sandbox.at("reports");
    std::fs::create_dir(&reports).unwrap();
    let formats = tokensweep::report::Format::ALL.iter();
    let outputs: Vec<String> = formats
        .map(|format| {
            format!(
                "--report={format}={}",
                reports.join(format.name()).display()
            )
        })
        .collect();
    let all = ["sweep", "--instance", &url].into_iter().chain(args);
    let run = sandbox.run_with(all.chain(outputs.iter().map(String::as_str)), |command| {
        sweeping.prepare(command);
    });
    assert_eq!(run.code, Some(1), "{run:?}");
    let report = std::fs::read(reports.join("json")).unwrap();
    let report: Value = serde_json::from_slice(&report).unwrap();
    assert_eq!(
        report["findings"].as_array().unwrap().len(),
        6,
        "{report:#}"
    );
    // No terminal and no browser sees one of the characters.
    let mut shown = vec![("output".to_owned(), run.stdout.clone() + &run.stderr)];
    for entry in std::fs::read_dir(&reports).unwrap() {
        let path = entry.unwrap().path();
        let text = String::from_utf8(std::fs::read(&path).unwrap()).unwrap();
        shown.push((path.display().to_string(), text));
    }
    for (name, text) in shown {
        for bad in ['\u{1b}', '\u{202e}', '\u{0}', '\r'] {
            assert!(!text.contains(bad), "{bad:?} in {name}");
        }
    }
    // Every request stayed below the project.
    for request in sweeping.world.fake.requests() {
        assert!(
            request.path.starts_with("/api/v4/") && !request.path.contains("/../"),
            "{request:?}"
        );
    }
}

#[test]
fn listings_without_an_end_are_reported() {
    let sweeping = Sweeping::new();
    serve(
        &sweeping,
        "/api/v4/projects/14/releases",
        |request, _, _| {
            let at: u64 = request
                .query("cursor")
                .map_or(0, |text| text.parse().unwrap());
            // Three pages that form a circle.
            let next = format!("<https://h/x?cursor={}>; rel=\"next\"", (at + 1) % 3);
            Reply::json(200, &json!([])).with("Link", next)
        },
    );
    // Ignores the page and the time that it is asked for.
    serve(&sweeping, "/api/v4/groups/1/epics", |_, _, _| {
        let issue = |iid: u64| {
            json!({"id": iid, "iid": iid, "title": "t", "description": "", "user_notes_count": 0,
                "updated_at": "2026-10-01T08:00:00.000Z", "created_at": "2026-10-01T08:00:00.000Z"})
        };
        Reply::json(200, &json!((1..=100).map(issue).collect::<Vec<_>>()))
    });
    // Pages without jobs.
    serve(&sweeping, "/api/v4/projects/14/jobs", |request, _, _| {
        let at: u64 = request
            .query("cursor")
            .map_or(0, |text| text.parse().unwrap());
        let next = format!("<https://h/x?cursor={}>; rel=\"next\"", at + 1);
        Reply::json(200, &json!([])).with("Link", next)
    });
    let places = ["acme/-", "--only=releases", "--only=issues", "--only=logs"];
    let (report, run) = sweeping.sweep(&[&[SHOP][..], &places].concat());
    assert_eq!(run.code, Some(2), "{run:?}");
    let reason = "the listing does not end: it leads back to a page of it, or has too many pages";
    assert_eq!(
        messages(&report, "errors"),
        [
            format!("acme/-/issues: {reason}"),
            format!("{SHOP}/-/releases: {reason}")
        ]
    );
    assert!(sweeping.world.fake.requests().len() < 20);
}

#[test]
fn a_page_that_is_too_large_is_reported_in_bounded_memory() {
    let sweeping = Sweeping::new();
    serve(&sweeping, "/api/v4/projects/14/releases", |_, _, _| {
        let mut page = vec![b' '; 170 << 20];
        page[0] = b'[';
        Reply::new(200, "application/json", page)
    });
    // Nested deeper than any answer, which must not overflow the stack.
    serve(&sweeping, "/api/v4/projects/14/hooks", |_, _, _| {
        Reply::new(200, "application/json", b"[".repeat(1 << 20))
    });
    let url = sweeping.world.fake.url();
    let mut command = sweeping.sandbox.command(env!("CARGO_BIN_EXE_tokensweep"));
    command.args(["sweep", SHOP, "--instance", &url, "--quiet"]);
    command.args([
        "--only=releases",
        "--only=hooks",
        "--report=json=report.json",
    ]);
    sweeping.prepare(&mut command);
    let (status, stderr, peak) = memory::peak(&mut command);
    assert_eq!(status.code(), Some(2), "{stderr}");
    let report = std::fs::read(sweeping.sandbox.at("report.json")).unwrap();
    let report: Value = serde_json::from_slice(&report).unwrap();
    assert_eq!(
        messages(&report, "errors"),
        [
            format!("{SHOP}/-/hooks: the answer does not have the expected form"),
            format!("{SHOP}/-/releases: the answer is larger than 167772160 bytes"),
        ]
    );
    assert!(peak < 500 << 20, "{peak}");
}

#[test]
fn compressed_answers_are_decoded_within_the_limit_of_size() {
    let sweeping = Sweeping::new();
    let secret = a_credential("personal access token, routable", 67);
    let secret = sweeping.sandbox.watch(secret);
    // Logs that are stored compressed: one with a token, and one of two gigabytes of zeros.
    let log = crate::support::archives::gzip(format!("one\nTOKEN={secret}\n").as_bytes());
    sweeping.world.fake.edit(|content| {
        let url = content.url.clone();
        for job in [1042, 1043] {
            content.push("projects/14/jobs", items::job(&url, SHOP, job, &[]));
        }
        content.store("projects/14/jobs/1043/encoded", "text/plain", log);
    });
    sweeping.world.fake.world().routes.push(Route {
        method: "GET",
        path: "/api/v4/projects/14/jobs/1043/trace",
        answer: |_, _, world| {
            let file = &world.content.files["projects/14/jobs/1043/encoded"];
            Reply::new(200, "text/plain", file.bytes.to_vec()).with("Content-Encoding", "gzip")
        },
    });
    serve(
        &sweeping,
        "/api/v4/projects/14/jobs/1042/trace",
        |_, _, _| Reply::new(200, "text/plain", b"x".to_vec()).with("Content-Encoding", "br"),
    );
    // An archive that is larger than the limit once it is decoded.
    serve(
        &sweeping,
        "/api/v4/projects/14/packages/601/package_files/6011/download",
        |_, _, _| {
            let zeros = crate::support::archives::zeros(100 << 20);
            Reply::new(200, "application/zip", zeros).with("Content-Encoding", "gzip")
        },
    );
    serve(&sweeping, "/api/v4/projects/14/releases", |_, _, _| {
        let zeros = crate::support::archives::gzip(b"[]");
        Reply::new(200, "application/json", zeros).with("Content-Encoding", "gzip")
    });
    let places = [
        "--only=logs",
        "--only=packages",
        "--only=releases",
        "--max-file-size=50",
    ];
    let (report, run) = sweeping.sweep(&[&[SHOP][..], &places].concat());
    assert_eq!(run.code, Some(2), "{run:?}");
    let url = sweeping.world.fake.url();
    let page = format!("/{SHOP}/-/jobs/1043#L2");
    assert_eq!(found(&report, &url), [("logs".to_owned(), page)]);
    let encoded =
        |name: &str| format!("the answer is compressed (\"{name}\"), which was not asked for");
    assert_eq!(
        messages(&report, "errors"),
        [
            format!("{SHOP}/-/jobs/1042/log: {}", encoded("br")),
            format!(
                "{SHOP}/-/packages/601/@acme/shop@1.0.0/shop-1.0.0.tgz: cannot read the file to its end: the answer is larger than 52428800 bytes"
            ),
            format!("{SHOP}/-/releases: {}", encoded("gzip")),
        ]
    );
}

#[test]
fn times_that_overflow_a_clock_are_reported() {
    let sweeping = Sweeping::new();
    let args = [SHOP, "--only=hooks", "--only=releases"];
    for header in [("Retry-After", u64::MAX), ("Retry-After", u64::MAX / 2)] {
        let headers = vec![(header.0, header.1.to_string())];
        sweeping.world.fake.fail(Fault::First(vec![
            (200, Vec::new()),
            (429, headers.clone()),
            (429, headers),
        ]));
        let start = Instant::now();
        let run = sweeping.run(&args);
        assert_eq!(run.code, Some(2), "{run:?}");
        assert!(!run.stderr.contains("panicked"), "{run:?}");
        assert!(start.elapsed() < Duration::from_secs(60));
    }
}

#[test]
fn reports_references_of_images_without_their_content() {
    let sweeping = Sweeping::new();
    let digest = |digit: &str| format!("sha256:{}", digit.repeat(64));
    let reference = |digest: &str| json!({"digest": digest, "size": 5, "mediaType": ""});
    let index = json!({"manifests": [reference(&digest("a")), reference("../../api/v4/user")]});
    let own = json!({"manifests": [reference(&digest("a"))]});
    sweeping.world.fake.edit(|content| {
        let registry = &mut content.registry;
        registry.put_manifest(SHOP, "circle", index.to_string().into_bytes());
        // Its content refers to its own name, which no content can.
        registry.put_manifest(SHOP, &digest("a"), own.to_string().into_bytes());
        registry.put_manifest(SHOP, "empty", b"{}".to_vec());
        registry.put_manifest(
            SHOP,
            "gap",
            json!({"config": reference(&digest("b")), "layers": []})
                .to_string()
                .into_bytes(),
        );
        let mut nested = json!({"manifests": []});
        for depth in 0..5 {
            let name =
                registry.put_manifest(SHOP, &depth.to_string(), nested.to_string().into_bytes());
            nested = json!({"manifests": [reference(&name)]});
        }
        registry.put_manifest(SHOP, "deep", nested.to_string().into_bytes());
        let list = content.lists.get_mut("projects/14/registry/repositories");
        let tags = ["circle", "deep", "empty", "gap", "latest"].map(|name| json!({"name": name}));
        list.unwrap()[0]["tags"] = json!(tags);
    });
    let (report, run) = sweeping.sweep(&[SHOP, "--only=registry"]);
    assert_eq!(run.code, Some(2), "{run:?}");
    // The image that is in order was read.
    assert_eq!(report["findings"].as_array().unwrap().len(), 2);
    let image = format!("{SHOP}/container_registry/701");
    let mut errors = messages(&report, "errors");
    for error in &mut errors {
        *error = error.replace(&image, "");
    }
    let by_digest = errors
        .iter()
        .position(|error| error.contains("nested deeper"));
    let deep = errors.remove(by_digest.unwrap());
    assert!(
        deep.ends_with(": its index is nested deeper than 3 indexes"),
        "{deep}"
    );
    assert_eq!(
        errors,
        [
            "/../../api/v4/user: its manifest names content by a digest that is not valid"
                .to_owned(),
            "/empty: its manifest has an unknown form".to_owned(),
            format!("/{}: its manifest does not have its digest", digest("a")),
            format!(
                "/{}/config.json: the instance answered 404; it takes the role Reporter and a token with the scope read_api and read_registry",
                digest("b")
            ),
        ]
    );
    assert!(sweeping.world.fake.requests().len() < 40);
}
