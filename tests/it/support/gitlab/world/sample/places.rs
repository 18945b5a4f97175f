//! Contents of the sample besides repositories, jobs and variables.

use serde_json::{Value, json};

use super::super::{Content, Project, items, pack};
use super::{INFRA, SHOP, SampleWorld, id};

impl SampleWorld {
    /// Issues, merge requests, notes, snippets and releases.
    pub(super) fn add_texts(&mut self, content: &mut Content) {
        let url = content.url.clone();
        let shop = content.project(SHOP).unwrap();
        let key = format!("projects/{}", shop.id);
        for (place, kind, list) in [
            ("issues", "issues", "issues"),
            ("merge-requests", "merge_requests", "merge_requests"),
        ] {
            let token = self.leak(place, format!("/{SHOP}/-/{kind}/3"));
            let text = format!("It fails with\n\n    --token {token}\n");
            content.push(
                &format!("{key}/{list}"),
                items::issuable(&url, &shop, kind, 3, &text, 0),
            );
        }
        let token = self.leak("comments", format!("/{SHOP}/-/issues/7#note_7001"));
        let mut confidential = items::issuable(&url, &shop, "issues", 7, "It is broken.", 1);
        confidential["confidential"] = json!(true);
        content.push(&format!("{key}/issues"), confidential);
        self.add_note(content, &shop, "Issue", 7, 7001, &token);
        let token = self.leak("comments", format!("/{SHOP}/-/merge_requests/4#note_7002"));
        let request = items::issuable(&url, &shop, "merge_requests", 4, "Mend it.", 1);
        content.push(&format!("{key}/merge_requests"), request);
        self.add_note(content, &shop, "MergeRequest", 4, 7002, &token);

        // A resolved thread on a line of a diff.
        let token = self.leak("comments", format!("/{SHOP}/-/merge_requests/4#note_7003"));
        let text = format!("Do not commit {token}.");
        let mut note = items::note(shop.id, 7003, "MergeRequest", 4, &text);
        note["type"] = json!("DiffNote");
        note["resolvable"] = json!(true);
        note["resolved"] = json!(true);
        content.push(&format!("{key}/merge_requests/4/notes"), note);

        let token = self.leak("snippets", format!("/{SHOP}/-/snippets/501"));
        content.push(
            &format!("{key}/snippets"),
            items::snippet(&url, Some(&shop), 501, &["run.sh"]),
        );
        let text = format!("#!/bin/sh\nTOKEN={token} deploy\n");
        content.store(
            &format!("{key}/snippets/501/files/main/run.sh/raw"),
            "text/plain",
            text.clone(),
        );
        content.store(&format!("{key}/snippets/501/raw"), "text/plain", text);

        let token = self.leak("releases", format!("/{SHOP}/-/releases/v1.0"));
        let text = format!("Upgrade with `TOKEN={token}`.");
        let release = items::release(
            &url,
            &shop,
            "v1.0",
            &text,
            "https://downloads.example.com/shop.zip",
        );
        content.push(&format!("{key}/releases"), release);
        let token = self.leak("releases", format!("/{SHOP}/-/releases/v1.1"));
        let link = format!("https://oauth2:{token}@downloads.example.com/shop.zip");
        let release = items::release(&url, &shop, "v1.1", "The same.", &link);
        content.push(&format!("{key}/releases"), release);
    }

    fn add_note(
        &self,
        content: &mut Content,
        project: &Project,
        kind: &str,
        iid: u64,
        note: u64,
        token: &str,
    ) {
        let segment = if kind == "Issue" {
            "issues"
        } else {
            "merge_requests"
        };
        let key = format!("projects/{}/{segment}/{iid}", project.id);
        let note = items::note(project.id, note, kind, iid, &format!("Try it with {token}"));
        content.push(&format!("{key}/notes"), note.clone());
        let discussion = json!({"id": "0".repeat(40), "individual_note": true, "notes": [note]});
        content.push(&format!("{key}/discussions"), discussion);
    }

    pub(super) fn add_packages(&mut self, content: &mut Content) {
        let shop = content.project(SHOP).unwrap();
        let key = format!("projects/{}/packages", shop.id);
        let token = self.leak("packages", format!("/{SHOP}/-/packages/601"));
        let npmrc = format!("//registry.example.com/:_authToken={token}\n");
        let archive = pack::gzip(&pack::tar(&[("package/.npmrc", npmrc.as_bytes())]));
        content.push(
            &key,
            items::package(&shop, 601, "npm", "@acme/shop", "1.0.0"),
        );
        let file = items::package_file(601, 6011, "shop-1.0.0.tgz", archive.len());
        content.push(&format!("{key}/601/package_files"), file);
        for path in [
            "601/package_files/6011/download",
            "npm/@acme/shop/-/@acme/shop-1.0.0.tgz",
            "npm/@acme/shop/-/shop-1.0.0.tgz",
        ] {
            content.store(
                &format!("{key}/{path}"),
                "application/octet-stream",
                archive.clone(),
            );
        }
    }

    pub(super) fn add_image(&mut self, content: &mut Content) {
        let shop = content.project(SHOP).unwrap();
        let page = format!("/{SHOP}/container_registry/701");
        let (layer, env) = (
            self.leak("registry", page.clone()),
            self.leak("registry", page),
        );
        let text = format!("GITLAB_TOKEN={layer}\n");
        let layers = [
            pack::gzip(&pack::tar(&[("etc/hostname", b"shop\n")])),
            pack::gzip(&pack::tar(&[("app/.env", text.as_bytes())])),
        ];
        content
            .registry
            .push(SHOP, "latest", &[format!("DEPLOY_TOKEN={env}")], &layers);
        let host = content.url.split_once("://").unwrap().1.to_owned();
        let item = items::image_repository(&shop, 701, &host, &["latest"]);
        content.push(&format!("projects/{}/registry/repositories", shop.id), item);
        let tag = json!({"name": "latest", "path": format!("{SHOP}:latest"), "location": format!("{host}/{SHOP}:latest")});
        let tags = format!("projects/{}/registry/repositories/701/tags", shop.id);
        let mut details = tag.clone();
        details["created_at"] = json!(items::CREATED);
        content.push(&tags, tag);
        content.push(&format!("{tags}/latest/detail"), details);
    }

    /// Terraform states, secure files, hooks and schedules.
    pub(super) fn add_infrastructure(&mut self, content: &mut Content) {
        let infra = id(content, INFRA);
        let key = format!("projects/{infra}");
        let token = self.leak("terraform", format!("/{INFRA}/-/terraform"));
        let state = json!({"version": 4, "resources": [], "outputs": {"deploy_token": {"value": token, "type": "string"}}});
        content.store(
            &format!("{key}/terraform/state/production"),
            "application/json",
            state.to_string(),
        );
        content.push(
            &format!("{key}/terraform/states"),
            json!({"id": "gid://gitlab/Terraform::State/1", "name": "production", "updatedAt": items::CREATED,
                "latestVersion": {"serial": 3, "createdAt": items::CREATED}}),
        );
        let token = self.leak("secure-files", format!("/{INFRA}/-/settings/ci_cd"));
        content.push(
            &format!("{key}/secure_files"),
            items::secure_file(31, "deploy.env"),
        );
        let text = format!("TOKEN={token}\n");
        content.store(
            &format!("{key}/secure_files/31/download"),
            "application/octet-stream",
            text,
        );
        let token = self.leak("hooks", format!("/{INFRA}/-/hooks/801/edit"));
        let target = format!("https://hooks.example.com/deploy?private_token={token}");
        content.push(&format!("{key}/hooks"), items::hook(infra, 801, &target));
        let token = self.leak(
            "schedules",
            format!("/{INFRA}/-/pipeline_schedules/901/edit"),
        );
        let mut schedule = items::schedule(901);
        content.push(&format!("{key}/pipeline_schedules"), schedule.clone());
        let variable: Value = items::variable("NIGHTLY_TOKEN", Some(&token), "clear");
        schedule["variables"] = json!([variable]);
        content.push(&format!("{key}/pipeline_schedules/901/detail"), schedule);
    }
}
