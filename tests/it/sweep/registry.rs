//! Images of a real container registry (`docker-registry`), which an instance names.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::support::a_credential;
use crate::support::gitlab::world::{SampleWorld, pack};
use crate::support::sandbox::Sandbox;

const REPOSITORY: &str = "acme/apps/shop";

/// A running registry. It ends when it is dropped.
struct RealRegistry {
    process: Child,
    address: String,
}

impl RealRegistry {
    fn start(sandbox: &Sandbox) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        drop(listener);
        let folder = sandbox.at("registry");
        let config = json!({
            "version": 0.1, "http": {"addr": address},
            "storage": {"filesystem": {"rootdirectory": folder}},
        });
        let config = sandbox.write("registry.yml", config.to_string());
        let mut command = Command::new("docker-registry");
        command.arg("serve").arg(config).stdin(Stdio::null());
        let process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let registry = Self {
            process: process.unwrap(),
            address,
        };
        let start = Instant::now();
        while TcpStream::connect(&registry.address).is_err() {
            assert!(start.elapsed() < Duration::from_secs(30), "no registry");
            std::thread::sleep(Duration::from_millis(20));
        }
        registry
    }

    /// Sends a request and returns the head of the answer.
    fn send(&self, method: &str, path: &str, media_type: &str, body: &[u8]) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nContent-Type: {media_type}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            self.address,
            body.len()
        );
        stream.write_all(&[head.as_bytes(), body].concat()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(
            answer.starts_with("HTTP/1.1 20"),
            "{method} {path}: {answer}"
        );
        answer
    }

    /// Uploads a blob and returns a reference to it.
    fn push(&self, media_type: &str, bytes: &[u8]) -> Value {
        let digest = Sha256::digest(bytes);
        let digits: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let digest = format!("sha256:{digits}");
        let path = format!("/v2/{REPOSITORY}/blobs/uploads/");
        let answer = self.send("POST", &path, "application/octet-stream", b"");
        let location = answer
            .lines()
            .find_map(|line| line.strip_prefix("Location: "));
        let upload = location
            .unwrap()
            .trim()
            .replace(&format!("http://{}", self.address), "");
        let path = format!("{upload}&digest={digest}");
        self.send("PUT", &path, "application/octet-stream", bytes);
        json!({"mediaType": media_type, "digest": digest, "size": bytes.len()})
    }
}

impl Drop for RealRegistry {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
#[ignore = "needs the program docker-registry; run by .ci/gitlab"]
fn images_of_a_real_registry_are_read() {
    let (world, sandbox) = (SampleWorld::start_with_log(1 << 12), Sandbox::new());
    world.watch(&sandbox);
    let secret = |seed| {
        let secret = a_credential("personal access token, routable", seed);
        sandbox.watch(secret.clone());
        secret
    };
    let registry = RealRegistry::start(&sandbox);
    let config = json!({
        "architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": []},
        "config": {"Env": [format!("DEPLOY_TOKEN={}", secret(81))]},
    });
    let file = format!("TOKEN={}\n", secret(82));
    let layer = pack::gzip(&pack::tar(&[("app/.env", file.as_bytes())]));
    let manifest_type = "application/vnd.docker.distribution.manifest.v2+json";
    let manifest = json!({
        "schemaVersion": 2, "mediaType": manifest_type,
        "config": registry.push("application/vnd.docker.container.image.v1+json", config.to_string().as_bytes()),
        "layers": [registry.push("application/vnd.docker.image.rootfs.diff.tar.gzip", &layer)],
    });
    let path = format!("/v2/{REPOSITORY}/manifests/v1");
    registry.send("PUT", &path, manifest_type, manifest.to_string().as_bytes());
    world.fake.edit(|content| {
        let list = content.lists.get_mut("projects/14/registry/repositories");
        let repository = &mut list.unwrap()[0];
        repository["location"] = json!(format!("{}/{REPOSITORY}", registry.address));
        repository["tags"] = json!([{"name": "v1", "path": "", "location": ""}]);
    });

    let url = world.fake.url();
    let args = [
        "sweep",
        REPOSITORY,
        "--instance",
        &url,
        "--only=registry",
        "--quiet",
    ];
    let run = sandbox.run_with(
        args.iter().chain(&["--report=json=report.json"]),
        |command| {
            command.env("GITLAB_TOKEN", &world.token);
        },
    );
    assert_eq!(run.code, Some(1), "{run:?}");
    let report = std::fs::read(sandbox.at("report.json")).unwrap();
    let report: Value = serde_json::from_slice(&report).unwrap();
    let findings = report["findings"].as_array().unwrap().iter();
    let path = |finding: &Value| finding["location"]["path"].as_str().unwrap().to_owned();
    let mut ends: Vec<String> = findings
        .map(|finding| path(finding).rsplit_once("sha256:").unwrap().1[65..].to_owned())
        .collect();
    ends.sort();
    assert_eq!(ends, ["config.json", "layer.tar.gz!app/.env"]);
    let credentials: Vec<String> = world
        .fake
        .requests()
        .iter()
        .filter(|request| request.path.starts_with("/jwt/auth"))
        .flat_map(|request| request.credentials.clone())
        .collect();
    assert_eq!(credentials, ["Basic: tokensweep:operator"]);
}
