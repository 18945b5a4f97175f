//! Contents of groups and of the instance itself.

use serde_json::json;

use super::super::{Content, items};
use super::SampleWorld;

/// The group with an epic, and the one with a webhook.
const GROUP: (u64, &str) = (1, "acme");
const HOOKED: (u64, &str) = (3, "acme/apps");

impl SampleWorld {
    /// Epics with a comment, and a webhook of a group.
    pub(super) fn add_groups(&mut self, content: &mut Content) {
        let url = content.url.clone();
        let (id, path) = GROUP;
        let page = format!("/groups/{path}/-/epics");
        let token = self.leak("issues", format!("{page}/2"));
        let text = format!("Rotate {token} first.");
        let epic = items::epic(&url, GROUP, 5002, 2, &text);
        let token = self.leak("comments", format!("{page}/3#note_7101"));
        let mut confidential = items::epic(&url, GROUP, 5003, 3, "Nothing.");
        confidential["confidential"] = json!(true);
        content.push(&format!("groups/{id}/epics"), epic);
        content.push(&format!("groups/{id}/epics"), confidential);
        let mut note = items::note(0, 7101, "Epic", 3, &format!("It is {token} for now"));
        note["project_id"] = json!(null);
        note["noteable_id"] = json!(5003);
        // The API of notes takes the global id of an epic.
        content.push(&format!("groups/{id}/epics/5003/notes"), note);

        let (id, path) = HOOKED;
        let token = self.leak("hooks", format!("/groups/{path}/-/hooks/802/edit"));
        let mut hook = items::hook(0, 802, "https://hooks.example.com/chat");
        hook["custom_webhook_template"] = json!(format!("{{\"key\": \"{token}\"}}"));
        hook["group_id"] = json!(id);
        if let Some(hook) = hook.as_object_mut() {
            hook.remove("project_id");
        }
        content.push(&format!("groups/{id}/hooks"), hook);
    }

    /// A variable, a system hook and a snippet of a user, which belong to no project and no group.
    pub(super) fn add_instance(&mut self, content: &mut Content) {
        let url = content.url.clone();
        let own = self.leaks.len();
        let token = self.leak("variables", "/admin/application_settings/ci_cd");
        let variable = items::variable("FLEET_TOKEN", Some(&token), "clear");
        content.push("admin/ci/variables", variable);

        let token = self.leak("hooks", "/admin/hooks/803/edit");
        let target = format!("https://hooks.example.com/audit?private_token={token}");
        let mut hook = items::hook(0, 803, &target);
        if let Some(hook) = hook.as_object_mut() {
            hook.remove("project_id");
        }
        content.push("hooks", hook);

        let token = self.leak("snippets", "/-/snippets/503");
        let snippet = items::snippet(&url, None, 503, &["notes.txt"]);
        // The list contains the snippets of projects too.
        let others = content.lists.get("projects/14/snippets").cloned();
        content.lists.insert(
            "snippets/all".to_owned(),
            others.into_iter().flatten().collect(),
        );
        content.push("snippets/all", snippet);
        let text = format!("TOKEN={token}\n");
        content.store("snippets/503/raw", "text/plain", text);
        self.instance_leaks = self.leaks.split_off(own);
    }
}
