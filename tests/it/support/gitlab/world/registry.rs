//! A container registry: the part of the distribution API that reads images.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::super::{Incoming, Reply};

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// Images by repository.
#[derive(Clone, Default)]
pub(crate) struct Registry {
    /// Repository and tag or digest: digest.
    manifests: BTreeMap<(String, String), String>,
    /// Digest: media type and bytes.
    blobs: BTreeMap<String, (&'static str, Arc<[u8]>)>,
}

impl Registry {
    fn add(&mut self, media_type: &'static str, bytes: Vec<u8>) -> (String, usize) {
        let digest: String = Sha256::digest(&bytes)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let (digest, len) = (format!("sha256:{digest}"), bytes.len());
        self.blobs
            .insert(digest.clone(), (media_type, bytes.into()));
        (digest, len)
    }

    /// Adds an image with these variables and layers (tar, with gzip or without). Returns the digests of the
    /// configuration and of the layers.
    pub(crate) fn push(
        &mut self,
        repository: &str,
        tag: &str,
        env: &[String],
        layers: &[Vec<u8>],
    ) -> Vec<String> {
        let config = json!({
            "architecture": "amd64", "os": "linux", "config": {"Env": env},
            "history": [{"created_by": "/bin/sh -c make"}], "rootfs": {"type": "layers", "diff_ids": []},
        });
        let (config, config_size) = self.add(
            "application/vnd.oci.image.config.v1+json",
            config.to_string().into(),
        );
        let mut digests = vec![config.clone()];
        let mut listed = Vec::new();
        for layer in layers {
            let media_type = "application/vnd.oci.image.layer.v1.tar+gzip";
            let (digest, size) = self.add(media_type, layer.clone());
            listed.push(json!({"mediaType": media_type, "digest": digest, "size": size}));
            digests.push(digest);
        }
        let manifest = json!({
            "schemaVersion": 2, "mediaType": MANIFEST, "layers": listed,
            "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": config, "size": config_size},
        });
        let (manifest, size) = self.add(MANIFEST, manifest.to_string().into());
        let index = json!({
            "schemaVersion": 2, "mediaType": INDEX,
            "manifests": [{"mediaType": MANIFEST, "digest": manifest, "size": size,
                "platform": {"architecture": "amd64", "os": "linux"}}],
        });
        let (index, _) = self.add(INDEX, index.to_string().into());
        for (name, digest) in [(tag, &index), (&index, &index), (&manifest, &manifest)] {
            self.manifests
                .insert((repository.to_owned(), name.to_owned()), digest.clone());
        }
        digests
    }

    /// Adds a manifest, or any text in place of one, by tag or digest. Returns its digest.
    pub(crate) fn put_manifest(&mut self, repository: &str, name: &str, bytes: Vec<u8>) -> String {
        let (digest, _) = self.add(INDEX, bytes);
        for name in [name, &digest] {
            self.manifests
                .insert((repository.to_owned(), name.to_owned()), digest.clone());
        }
        digest
    }

    /// The token for a scope, `repository:PATH:pull`.
    pub(super) fn token(&self, request: &Incoming, is_known: bool) -> Reply {
        if !is_known {
            let error = json!([{"code": "UNAUTHORIZED", "message": "HTTP Basic: Access denied."}]);
            return Reply::json(401, &json!({ "errors": error }));
        }
        Reply::json(
            200,
            &json!({"token": token(&request.query("scope").unwrap_or_default())}),
        )
    }

    /// The content with a digest.
    pub(super) fn blob(&self, digest: &str) -> Reply {
        match self.blobs.get(digest) {
            Some((media_type, bytes)) => {
                Reply::new(200, media_type, bytes.to_vec()).with("Docker-Content-Digest", digest)
            }
            None => error(404, "BLOB_UNKNOWN"),
        }
    }

    /// An answer below `/v2`.
    pub(super) fn answer(&self, request: &Incoming, path: &[&str], url: &str) -> Reply {
        let (repository, kind, name) = match path {
            [repository @ .., "tags", "list"] => (repository.join("/"), "tags", ""),
            [repository @ .., kind @ ("manifests" | "blobs"), name] => {
                (repository.join("/"), *kind, *name)
            }
            _ => (String::new(), "", ""),
        };
        let scope = format!("repository:{repository}:pull");
        if request.bearer() != Some(token(&scope).as_bytes()) {
            let challenge = format!(
                "Bearer realm=\"{url}/jwt/auth\",service=\"container_registry\",scope=\"{scope}\""
            );
            return error(401, "UNAUTHORIZED").with("WWW-Authenticate", challenge);
        }
        match kind {
            "tags" => {
                let tags: Vec<&str> = self
                    .manifests
                    .keys()
                    .filter(|(path, name)| *path == repository && !name.starts_with("sha256:"))
                    .map(|(_, name)| name.as_str())
                    .collect();
                Reply::json(200, &json!({"name": repository, "tags": tags}))
            }
            "manifests" => match self.manifests.get(&(repository, name.to_owned())) {
                Some(digest) => self.blob(digest),
                None => error(404, "MANIFEST_UNKNOWN"),
            },
            "blobs" => self.blob(name),
            _ => error(404, "NAME_UNKNOWN"),
        }
    }
}

fn error(status: u16, code: &str) -> Reply {
    Reply::json(
        status,
        &json!({"errors": [{"code": code, "message": code}]}),
    )
}

fn token(scope: &str) -> String {
    format!("registry-access-{}", scope.replace([':', '/'], "-"))
}
