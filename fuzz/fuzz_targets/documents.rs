//! Every family of documents on any bytes: no panic, the same findings from the same bytes, and each
//! finding is within the file.

#![no_main]

use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use tokensweep::detect::{DetectOptions, Detector};
use tokensweep::model::{BlobPath, Origin};
use tokensweep::rule::RuleSet;

/// A name of each family, and a text without which most of its files are not read.
const FILES: &[(&str, &str)] = &[
    ("config.toml", "[[runners]]\n"),
    (".npmrc", "_auth = x\n"),
    (".yarnrc.yml", "npmAuthToken: x\n"),
    (".pypirc", "[a]\npassword = x\n"),
    ("pip.conf", "[a]\nindex-url = http://x\n"),
    (".python-gitlab.cfg", "[a]\nprivate_token = x\n"),
    ("credentials.toml", "[[credential]]\ntoken = 'x'\n"),
    ("auth.json", "{\"gitlab-token\": {}, \"auths\": {}, "),
    ("settings.xml", "<settings><server>"),
    ("gradle.properties", "token = x\n"),
    ("NuGet.config", "<configuration><packageSourceCredentials>"),
    (".dockercfg", "{"),
    ("secret.yaml", "kind: Secret\ndata:\n  token: x\n"),
    ("values.yaml", "runnerToken: x\nrunners:\n  config: |\n    [[runners]]\n"),
    ("config.yml", "hosts:\n"),
    ("main.tf", "token = \"x\"\n"),
    ("terraform.tfstate", "{\"backend\": {}, \"resources\": [{\"type\": \"gitlab_x\"}], "),
    ("mcp.json", "{\"mcpServers\": {}, "),
    ("gitlab-secrets.json", "{"),
    ("secrets.yml", "production:\n  db_key_base: x\n"),
    ("gitlab.rb", ""),
    (".gitlab_kas_secret", ""),
    (".netrc", "machine x login y password z\n"),
    (".git-credentials", "https://x:y@z\n"),
    (".gitmodules", "[submodule \"x\"]\n"),
];

static DETECTOR: LazyLock<Detector> = LazyLock::new(|| {
    let options = DetectOptions { now: Some(1_750_000_000), ..DetectOptions::default() };
    Detector::new(Arc::new(RuleSet::builtin()), &options).expect("the built-in rules fit")
});

fuzz_target!(|data: &[u8]| {
    let Some((&kind, text)) = data.split_first() else { return };
    let (name, front) = FILES[usize::from(kind) % FILES.len()];
    let origin = Origin::file(BlobPath::from_bytes(name.as_bytes()), name.into());
    let bytes = [front.as_bytes(), text].concat();
    let lines = bytes.iter().filter(|&&byte| byte == b'\n').count() + 1;
    let found = DETECTOR.scan_bytes(&bytes, &origin);
    for detection in &found {
        let location = &detection.finding.location;
        assert!(location.start.line >= 1 && location.end.line as usize <= lines);
    }
    let again = DETECTOR.scan_bytes(&bytes, &origin);
    let show = |found: &[tokensweep::detect::Detection]| {
        found.iter().map(|d| format!("{:?}", d.finding)).collect::<Vec<_>>()
    };
    assert_eq!(show(&found), show(&again));
});
