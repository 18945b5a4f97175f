//! Settings of editors and assistants: tokens handed to MCP servers.

use super::super::table::{From, Group, Holds, Key};

/// `mcp.json`, `claude_desktop_config.json`, `settings.json` and the like.
pub(super) const SERVERS: Group = Group {
    needles: &["mcp", "servers", "Servers", "http_headers"],
    keys: &[
        Key::at(&["**", "mcpServers", "*", "env", "*"], Holds::Named)
            .host(From::Field(1, "GITLAB_API_URL")),
        Key::at(&["**", "servers", "*", "env", "*"], Holds::Named)
            .host(From::Field(1, "GITLAB_API_URL")),
        Key::at(&["**", "mcp_servers", "*", "env", "*"], Holds::Named)
            .host(From::Field(1, "GITLAB_API_URL")),
        Key::at(&["**", "context_servers", "*", "env", "*"], Holds::Named)
            .host(From::Field(1, "GITLAB_API_URL")),
        Key::at(&["**", "mcp", "*", "environment", "*"], Holds::Named)
            .host(From::Field(1, "GITLAB_API_URL")),
        Key::at(&["**", "mcp", "*", "headers", "*"], Holds::Header).host(From::Field(2, "url")),
        Key::at(&["**", "mcpServers", "*", "headers", "*"], Holds::Header)
            .host(From::Field(2, "url")),
        Key::at(&["**", "servers", "*", "headers", "*"], Holds::Header).host(From::Field(2, "url")),
        Key::at(&["**", "http_headers", "*"], Holds::Header).host(From::Field(2, "url")),
    ],
};
