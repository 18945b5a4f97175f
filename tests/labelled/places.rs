//! Where tokens with a form of their own leak: surroundings that leave them as they are.

/// Name of the place, path of the file (`#` becomes a number), and its text with `§` for each token.
pub(crate) const PLACES: &[(&str, &str, &str)] = &[
    // Source code.
    (
        "Python",
        "src/client_#.py",
        "import gitlab\n\ngl = gitlab.Gitlab(\n    \"https://gitlab.corp.internal\",\n    private_token=\"§\",  # rotate me\n)\n",
    ),
    (
        "Python f-string",
        "src/fetch_#.py",
        "def headers():\n\tauth = f'Bearer §'\n\treturn {'Authorization': auth}\n",
    ),
    (
        "JavaScript",
        "web/api#.js",
        "const api = new Gitlab({ host: `https://gitlab.corp.internal`, token: '§' });\nmodule.exports = api;\n",
    ),
    (
        "JavaScript template literal",
        "web/tpl#.mjs",
        "export const auth = `§`;\nconst other = `x`;\n",
    ),
    (
        "TypeScript",
        "web/service#.ts",
        "export class Service {\n  private readonly secret: string = \"§\";\n}\n",
    ),
    (
        "Go",
        "cmd/main#.go",
        "package main\n\nfunc client() *gitlab.Client {\n\tgit, _ := gitlab.NewClient(\"§\")\n\treturn git\n}\n",
    ),
    (
        "Go raw string",
        "cmd/raw#.go",
        "var body = `{\"token\":\"§\"}`\n",
    ),
    (
        "Rust",
        "crates/a/src/lib#.rs",
        "const TOKEN: &str = \"§\";\nfn main() { println!(\"{}\", TOKEN.len()); }\n",
    ),
    (
        "Java",
        "src/main/java/App#.java",
        "public class App {\n    private static final String TOKEN = \"§\";\n}\n",
    ),
    (
        "Kotlin",
        "src/main/kotlin/App#.kt",
        "val token: String = \"§\" // from the wiki\n",
    ),
    (
        "C",
        "src/conf#.c",
        "#define TOKEN \"§\"\nstatic const char *t = TOKEN;\n",
    ),
    (
        "C#",
        "src/Client#.cs",
        "var client = new GitLabClient(\"https://gitlab.corp.internal\", @\"§\");\n",
    ),
    (
        "Ruby",
        "lib/tasks/sync#.rb",
        "Gitlab.configure do |config|\n  config.private_token = '§'\nend\n",
    ),
    (
        "PHP",
        "app/Api#.php",
        "<?php\n$client->authenticate('§', Client::AUTH_HTTP_TOKEN);\n",
    ),
    (
        "Perl",
        "bin/report#.pl",
        "my $ua = LWP::UserAgent->new;\n$ua->default_header('PRIVATE-TOKEN' => '§');\n",
    ),
    (
        "Lua",
        "etc/conf#.lua",
        "local token = [[§]]\nreturn { token = token }\n",
    ),
    (
        "Swift",
        "Sources/Api#.swift",
        "let token = \"§\"\nrequest.setValue(token, forHTTPHeaderField: \"PRIVATE-TOKEN\")\n",
    ),
    (
        "PowerShell",
        "build/deploy#.ps1",
        "$headers = @{ 'PRIVATE-TOKEN' = '§' }\r\nInvoke-RestMethod -Headers $headers -Uri $uri\r\n",
    ),
    (
        "batch file with CRLF",
        "build/deploy#.bat",
        "@echo off\r\nset TOKEN=§\r\ncall publish.cmd\r\n",
    ),
    (
        "minified JavaScript",
        "dist/app#.min.js",
        "!function(e){var t={};function n(r){return t[r]}n.m=e,n.k=\"§\",n.c=t}([function(e,t){e.exports=\"§\"}]);\n",
    ),
    (
        "comment of a block",
        "src/note#.css",
        "/*\n * see the API with §\n */\nbody { margin: 0 }\n",
    ),
    // Configuration.
    (
        ".env",
        "apps/#/.env",
        "# local\nNODE_ENV=production\nACCESS=§\nPORT=8080\n",
    ),
    (
        ".env with export and quotes",
        "apps/#/.env.local",
        "export ACCESS='§'\nexport OTHER=\"§\"\n",
    ),
    (
        "CI file",
        "ci/#/.gitlab-ci.yml",
        "variables:\n  API_KEY: §\njob:\n  script:\n    - ./deploy.sh --key $API_KEY\n",
    ),
    (
        "CI script line",
        "ci/#/build.gitlab-ci.yml",
        "job:\n  script:\n    - 'curl --header \"PRIVATE-TOKEN: §\" \"$CI_API_V4_URL/projects\"'\n",
    ),
    (
        "CI default value",
        "ci/#/default.gitlab-ci.yml",
        "job:\n  script:\n    - export T=${T:-§}\n",
    ),
    (
        "Dockerfile ENV",
        "images/#/Dockerfile",
        "FROM alpine:3.20\nENV API_KEY=§\nRUN apk add --no-cache git\n",
    ),
    (
        "Dockerfile ARG",
        "images/#/Dockerfile.build",
        "ARG KEY=\"§\"\nRUN echo ok\n",
    ),
    (
        "Dockerfile RUN",
        "images/#/Containerfile",
        "FROM debian\nRUN curl -sSf -H \"JOB-TOKEN: §\" https://gitlab.corp.internal/api/v4/x \\\n    -o /x\n",
    ),
    (
        "compose file",
        "deploy/#/compose.yaml",
        "services:\n  bot:\n    image: bot\n    environment:\n      - API_KEY=§\n      - DEBUG=1\n",
    ),
    (
        "Kubernetes manifest, stringData",
        "deploy/#/secret.yaml",
        "apiVersion: v1\nkind: Secret\nstringData:\n  key: §\n",
    ),
    (
        "Kubernetes environment",
        "deploy/#/pod.yaml",
        "spec:\n  containers:\n    - name: a\n      env:\n        - name: API_KEY\n          value: \"§\"\n",
    ),
    (
        "Helm values",
        "charts/#/values.yaml",
        "runner:\n  config:\n    key: '§'\nreplicas: 2\n",
    ),
    (
        "Terraform",
        "infra/#/main.tf",
        "provider \"gitlab\" {\n  base_url = \"https://gitlab.corp.internal/\"\n  token    = \"§\"\n}\n",
    ),
    (
        "Terraform variables",
        "infra/#/prod.tfvars",
        "region = \"eu\"\napi_key = \"§\"\n",
    ),
    (
        "Terraform state",
        "infra/#/terraform.tfstate",
        "{\n  \"version\": 4,\n  \"resources\": [{\"type\": \"gitlab_x\", \"instances\": [{\"attributes\": {\"id\": \"1\", \"value\": \"§\"}}]}]\n}\n",
    ),
    (
        "Terraform credentials",
        "home/#/.terraformrc",
        "credentials \"gitlab.corp.internal\" {\n  token = \"§\"\n}\n",
    ),
    (
        "runner configuration",
        "etc/#/config.toml",
        "concurrent = 4\n\n[[runners]]\n  name = \"a\"\n  url = \"https://gitlab.corp.internal\"\n  token = \"§\"\n  executor = \"docker\"\n",
    ),
    (
        "runner environment",
        "etc/#/gitlab-runner/config.toml",
        "[[runners]]\n  environment = [\"A=1\", \"KEY=§\"]\n",
    ),
    ("TOML", "conf/a#.toml", "[server]\nkey = '''§'''\n"),
    (
        "INI",
        "conf/a#.ini",
        "[server]\nkey=§ ; the old one\nhost = h\n",
    ),
    (
        "properties",
        "conf/a#.properties",
        "api.url=https://gitlab.corp.internal\napi.key:§\n",
    ),
    (
        "XML element",
        "conf/a#.xml",
        "<?xml version=\"1.0\"?>\n<config><key>§</key></config>\n",
    ),
    (
        "XML attribute",
        "conf/b#.xml",
        "<add name=\"x\" value=\"§\" />\n",
    ),
    ("XML CDATA", "conf/c#.xml", "<key><![CDATA[§]]></key>\n"),
    (
        "JSON",
        "conf/a#.json",
        "{\"a\": [1, 2, {\"k\": \"§\"}], \"z\": null}",
    ),
    (
        "JSON lines",
        "logs/a#.jsonl",
        "{\"level\":\"info\",\"msg\":\"start\"}\n{\"level\":\"debug\",\"key\":\"§\"}\n",
    ),
    (
        "YAML block scalar",
        "conf/a#.yml",
        "script: |\n  set -e\n  login §\n  logout\n",
    ),
    (
        "YAML flow mapping",
        "conf/b#.yml",
        "auth: {user: a, key: §}\nlist: [§, b]\n",
    ),
    (
        "netrc",
        "home/#/.netrc",
        "machine gitlab.corp.internal\n  login oauth2\n  password §\n",
    ),
    (
        "Git configuration URL",
        "repos/#/.gitmodules",
        "[submodule \"a\"]\n\tpath = a\n\turl = https://oauth2:§@gitlab.corp.internal/a/b.git\n",
    ),
    (
        "npmrc",
        "web/#/.npmrc",
        "@a:registry=https://gitlab.corp.internal/api/v4/packages/npm/\n//gitlab.corp.internal/api/v4/packages/npm/:_authToken=§\n",
    ),
    (
        "yarnrc",
        "web/#/.yarnrc.yml",
        "npmScopes:\n  a:\n    npmAuthToken: \"§\"\n",
    ),
    (
        "pip.conf",
        "home/#/pip.conf",
        "[global]\nextra-index-url = https://__token__:§@gitlab.corp.internal/api/v4/projects/1/packages/pypi/simple\n",
    ),
    (
        "requirements file",
        "src/#/requirements.txt",
        "requests==2.32.0\n--extra-index-url https://bot:§@gitlab.corp.internal/api/v4/projects/1/packages/pypi/simple\n",
    ),
    (
        "pypirc",
        "home/#/.pypirc",
        "[gitlab]\nrepository = https://gitlab.corp.internal/api/v4/projects/1/packages/pypi\nusername = a\npassword = §\n",
    ),
    (
        "Maven settings",
        "home/#/.m2/settings.xml",
        "<settings><servers><server><id>g</id><configuration><httpHeaders><property>\n  <name>Private-Token</name>\n  <value>§</value>\n</property></httpHeaders></configuration></server></servers></settings>\n",
    ),
    (
        "Gradle properties",
        "home/#/gradle.properties",
        "org.gradle.jvmargs=-Xmx2g\ngitLabPrivateToken=§\n",
    ),
    (
        "NuGet configuration",
        "src/#/NuGet.config",
        "<configuration><packageSourceCredentials><g>\n  <add key=\"Username\" value=\"a\" />\n  <add key=\"ClearTextPassword\" value=\"§\" />\n</g></packageSourceCredentials></configuration>\n",
    ),
    (
        "Composer auth.json",
        "src/#/auth.json",
        "{\n  \"gitlab-token\": {\n    \"gitlab.corp.internal\": \"§\"\n  }\n}\n",
    ),
    (
        "lock file",
        "src/#/package-lock.json",
        "{\"packages\": {\"node_modules/a\": {\"version\": \"1.0.0\",\n\"resolved\": \"https://oauth2:§@gitlab.corp.internal/api/v4/a.tgz\"}}}\n",
    ),
    (
        "glab configuration",
        "home/#/.config/glab-cli/config.yml",
        "hosts:\n  gitlab.corp.internal:\n    token: §\n    api_protocol: https\n",
    ),
    (
        "python-gitlab configuration",
        "home/#/.python-gitlab.cfg",
        "[global]\ndefault = a\n[a]\nurl = https://gitlab.corp.internal\nprivate_token = §\n",
    ),
    (
        "Cargo credentials",
        "home/#/.cargo/credentials.toml",
        "[registries.a]\ntoken = \"Bearer §\"\n",
    ),
    (
        "MCP settings",
        "home/#/mcp.json",
        "{\"mcpServers\": {\"gitlab\": {\"command\": \"npx\", \"env\": {\"GITLAB_PERSONAL_ACCESS_TOKEN\": \"§\"}}}}\n",
    ),
    (
        "editor settings with comments",
        "home/#/settings.json",
        "{\n  // mine\n  \"x.key\": \"§\",\n}\n",
    ),
    (
        "gitlab.rb",
        "etc/#/gitlab.rb",
        "external_url 'https://gitlab.corp.internal'\ngitlab_rails['x'] = '§'\n",
    ),
    (
        "systemd unit",
        "etc/#/bot.service",
        "[Service]\nEnvironment=\"KEY=§\" A=1\nExecStart=/bin/bot\n",
    ),
    (
        "Ansible variables",
        "ansible/#/vars.yml",
        "---\nrunner_key: \"§\"\nother: '{{ vault_other }}'\n",
    ),
    // Command lines, logs, documents.
    (
        "shell script",
        "bin/run#.sh",
        "#!/bin/sh\nset -eu\ncurl -fsS -H \"PRIVATE-TOKEN: §\" https://gitlab.corp.internal/api/v4/user | jq .\n",
    ),
    ("here document", "bin/here#.sh", "cat > key <<EOF\n§\nEOF\n"),
    (
        "short option",
        "bin/login#.sh",
        "docker login -u joe -p § registry.corp.internal\n",
    ),
    ("pipe", "bin/pipe#.sh", "echo §|glab auth login --stdin\n"),
    ("substitution", "bin/subst#.sh", "x=$(printf %s '§')\n"),
    (
        "shell history",
        "home/#/.bash_history",
        "cd src\ngit clone https://oauth2:§@gitlab.corp.internal/a/b.git\nls\n",
    ),
    (
        "shell history of zsh",
        "home/#/.zsh_history",
        ": 1730000000:0;export T=§\n",
    ),
    (
        "job log with colours",
        "logs/job#.log",
        "\u{1b}[0KRunning with gitlab-runner 17.4.0\n\u{1b}[32;1m$ echo $T\u{1b}[0;m\n\u{1b}[0;33m§\u{1b}[0m\n",
    ),
    (
        "job log with timestamps",
        "logs/stamped#.log",
        "2026-10-01T10:00:00.123456Z 01O section_start:1759312800:get_sources\r\u{1b}[0K2026-10-01T10:00:01.123456Z 01O + curl -H 'JOB-TOKEN: §' https://h.corp.internal\n",
    ),
    (
        "access log",
        "logs/access#.log",
        "10.0.0.1 - - [01/Oct/2026:10:00:00 +0000] \"GET /api/v4/user?private_token=§&page=2 HTTP/1.1\" 200 12\n",
    ),
    (
        "syslog",
        "logs/sys#.log",
        "Oct  1 10:00:00 host bot[12]: using key=§, retry in 3s\n",
    ),
    (
        "stack trace",
        "logs/trace#.log",
        "Traceback (most recent call last):\n  File \"a.py\", line 3, in f\nValueError: bad token: §\n",
    ),
    (
        "environment dump",
        "logs/env#.txt",
        "PATH=/usr/bin\0TOKEN=§\0HOME=/root\0",
    ),
    (
        "Markdown in backticks",
        "docs/a#.md",
        "# Setup\n\nUse `§` as the token.\n",
    ),
    (
        "Markdown fenced block",
        "docs/b#.md",
        "```console\n$ export T=§\n```\n",
    ),
    (
        "Markdown table",
        "docs/c#.md",
        "| name | token |\n|---|---|\n| bot |§|\n",
    ),
    (
        "Markdown link",
        "docs/d#.md",
        "See [the feed](https://gitlab.corp.internal/a.atom?feed_token=§).\n",
    ),
    ("reStructuredText", "docs/a#.rst", "Use ``§`` here.\n"),
    (
        "sentence",
        "docs/e#.txt",
        "The key was §. It is old; (§) is new, and \"§\" too!\n",
    ),
    (
        "e-mail",
        "mail/a#.eml",
        "From: a@corp.internal\r\nTo: b@corp.internal\r\nSubject: access\r\n\r\nHi,\r\n> use §\r\nbye\r\n",
    ),
    (
        "HTML",
        "web/a#.html",
        "<p>Token: <code>§</code></p><input value='§'>\n",
    ),
    (
        "notebook",
        "nb/a#.ipynb",
        "{\"cells\": [{\"cell_type\": \"code\", \"source\": [\"import os\\n\", \"t = '§'\\n\"]}]}\n",
    ),
    (
        "HAR file",
        "web/a#.har",
        "{\"log\":{\"entries\":[{\"request\":{\"headers\":[{\"name\":\"Authorization\",\"value\":\"Bearer §\"}]}}]}}",
    ),
    (
        "SQL dump",
        "db/a#.sql",
        "INSERT INTO tokens (id, name, value) VALUES (1,'bot','§'),(2,'x','§');\n",
    ),
    (
        "CSV",
        "db/a#.csv",
        "id;name;token\n1;bot;§\n2,\"x\",\"§\",y\n",
    ),
    ("tab-separated", "db/a#.tsv", "1\tbot\t§\tactive\n"),
    (
        "unified diff",
        "patches/a#.patch",
        "--- a/conf\n+++ b/conf\n@@ -1,2 +1,2 @@\n-key: §\n+key: §\n other: 1\n",
    ),
    (
        "URL query",
        "docs/f#.txt",
        "https://gitlab.corp.internal/api/v4/user?access_token=§#top\n",
    ),
    (
        "header dump",
        "web/a#.http",
        "GET /api/v4/user HTTP/1.1\r\nHost: gitlab.corp.internal\r\nDeploy-Token: §\r\nAccept: */*\r\n\r\n",
    ),
    (
        "GraphQL request",
        "web/a#.graphql",
        "# Authorization: Bearer §\nquery { currentUser { name } }\n",
    ),
    ("file of nothing else", "keys/a#", "§"),
    ("file of nothing else, with a newline", "keys/b#", "§\n"),
    ("end without newline", "keys/c#.txt", "a\nb\n\nkey=§"),
    ("start of a file", "keys/d#.txt", "§ is the key\nnext\n"),
    ("two on a line", "keys/e#.txt", "old=§,new=§\n"),
    (
        "three, glued by colons and bars",
        "keys/f#.txt",
        "a:§|b:§|c:§\n",
    ),
    ("brackets of all kinds", "keys/g#.txt", "(§)[§]{§}<§>\n"),
    (
        "JSON in a string of JSON",
        "logs/b#.json",
        "{\"body\": \"{\\\"key\\\": \\\"§\\\"}\"}\n",
    ),
    ("old Mac line ends", "keys/h#.txt", "a\rb=§\rc\r"),
    (
        "after other scripts",
        "keys/i#.txt",
        "ключ=§ и всё\n鍵「§」\n",
    ),
    ("LaTeX", "docs/a#.tex", "\\texttt{§} \\\\\n"),
    (
        "RSS export",
        "docs/a#.opml",
        "<outline xmlUrl=\"https://gitlab.corp.internal/a.atom?feed_token=§&amp;x=1\"/>\n",
    ),
    (
        "crontab",
        "etc/#/crontab",
        "*/5 * * * * root KEY=§ /usr/bin/sync >/dev/null 2>&1\n",
    ),
    (
        "nginx",
        "etc/#/site.conf",
        "location / { proxy_set_header PRIVATE-TOKEN \"§\"; }\n",
    ),
    (
        "Jenkinsfile",
        "ci/#/Jenkinsfile",
        "withEnv(['KEY=§']) { sh 'make' }\n",
    ),
    (
        "GitHub workflow",
        "ci/#/.github/workflows/a.yml",
        "env:\n  KEY: §\njobs: {}\n",
    ),
    (
        "Makefile",
        "src/#/Makefile",
        "KEY ?= §\nall:\n\tcurl -H \"PRIVATE-TOKEN: $(KEY)\" $(URL)\n",
    ),
    (
        "Vim swap remains",
        "keys/#/.a.swp",
        "b0VIM 9.1\0\0\0\u{10}\0\0ad\0\0key: §\0\0\0",
    ),
    // Neighbours that touch the token.
    (
        "removed line of a diff",
        "patches/b#.diff",
        "@@ -1 +0,0 @@\n-§\n",
    ),
    (
        "added line of a diff",
        "patches/c#.diff",
        "@@ -0,0 +1 @@\n+§\n",
    ),
    (
        "quoted-printable equals sign",
        "mail/b#.eml",
        "Content-Transfer-Encoding: quoted-printable\n\nhttps://gitlab.corp.internal/a.atom?feed_token=3D§ ok\n",
    ),
    (
        "escaped quotes in HTML",
        "web/b#.html",
        "<div data-a=\"{&quot;k&quot;:&quot;§&quot;}\"></div>\n",
    ),
    (
        "escaped apostrophes in HTML",
        "web/c#.html",
        "<a onclick=\"f(&#39;§&#39;)\">\n",
    ),
    (
        "escaped quotes in JSON",
        "logs/c#.json",
        "{\"a\":\"k\\u003d\\u0022§\\u0022\"}\n",
    ),
    (
        "percent-encoded quotes",
        "logs/d#.log",
        "GET /q?json=%7B%22k%22%3A%22§%22%7D HTTP/1.1\n",
    ),
    (
        "line breaks of a string",
        "logs/e#.json",
        "{\"a\":\"one\\n§\\ntwo\\t§\\r\\n\"}\n",
    ),
    (
        "colours as text",
        "logs/f#.txt",
        "\\033[0;32m§\\033[0m and \\e[1m§\\e[0m and \\u001b[31m§\\u001b[0m\n",
    ),
    (
        "Python prefixes of strings",
        "src/p#.py",
        "a = b'§'\nb = u\"§\"\nc = r'§'\nd = f'{x}§'\n",
    ),
    ("national string of SQL", "db/b#.sql", "SELECT N'§';\n"),
    (
        "shell defaults",
        "bin/d#.sh",
        "a=${A:-§}\nb=${B:=§}\nc=${C:+§}\n",
    ),
    (
        "glued short option",
        "bin/e#.sh",
        "mysql -uroot -p§ -h db\n",
    ),
    (
        "glued header",
        "bin/f#.sh",
        "curl -H\"PRIVATE-TOKEN:§\" https://h.corp.internal\n",
    ),
    (
        "token as a user",
        "bin/g#.sh",
        "git clone https://§@gitlab.corp.internal/a.git\ngit clone https://§:@gitlab.corp.internal/a.git\n",
    ),
    (
        "token as a user with a word behind",
        "bin/h#.sh",
        "git clone https://§:x-oauth-basic@gitlab.corp.internal/a.git\n",
    ),
    ("path of a URL", "logs/g#.log", "GET /hook/§/run HTTP/1.1\n"),
    ("typographic quotes", "docs/g#.md", "“§” and «§» and ‘§’…\n"),
    ("Markdown stars", "docs/h#.md", "**§** and *§* and ~~§~~\n"),
    (
        "operators of the shell",
        "bin/i#.sh",
        "A=§&&b;A=§|c;A=§>d\n",
    ),
    ("commas without blanks", "db/c#.csv", "1,§,2\n\"§\",\"§\"\n"),
    (
        "Ruby symbols and rockets",
        "lib/a#.rb",
        "x = { :token=>\"§\", token: %q(§), other: %w[§ b] }\n",
    ),
    (
        "Clojure and Lisp",
        "src/a#.clj",
        "(def token \"§\") ; and '§\n",
    ),
    (
        "Haskell and Elixir",
        "src/a#.exs",
        "config :app, token: \"§\", sigil: ~s(§)\n",
    ),
    (
        "assembler and strings of C",
        "src/a#.s",
        "\t.asciz \"§\"\n\t.string \"x=§\\n\"\n",
    ),
    (
        "Java properties with escapes",
        "conf/c#.properties",
        "k\\:1 = §\\\nx\n",
    ),
    (
        "Dart and Scala",
        "src/a#.scala",
        "val t = \"\"\"§\"\"\"\nval u = s\"$x:§\"\n",
    ),
    (
        "bytes that are no text",
        "keys/j#.bin",
        "\u{7f}\u{1}§\u{0}\u{2}§\u{7f}",
    ),
    (
        "key of a map",
        "conf/d#.json",
        "{\"§\": {\"user\": \"a\"}}\n",
    ),
    (
        "YAML anchors and tags",
        "conf/d#.yml",
        "a: &t §\nb: !!str §\nc: >-\n  §\n",
    ),
    (
        "comment of every kind",
        "src/b#.txt",
        "// §\n# §\n; §\n-- §\n/* § */\n<!-- § -->\n% §\nREM §\n",
    ),
    (
        "GitLab's API answer",
        "logs/h#.json",
        "{\"id\":1,\"name\":\"a\",\"revoked\":false,\"scopes\":[\"api\"],\"active\":true,\"token\":\"§\"}\n",
    ),
    (
        "printed configuration of Git",
        "logs/i#.txt",
        "remote.origin.url=https://oauth2:§@gitlab.corp.internal/a/b.git\n",
    ),
    (
        "credential store",
        "home/#/.git-credentials",
        "https://bob:§@gitlab.corp.internal\n",
    ),
    (
        "uv configuration",
        "src/#/uv.toml",
        "[[index]]\nname = \"a\"\nurl = \"https://__token__:§@gitlab.corp.internal/api/v4/projects/1/packages/pypi/simple\"\n",
    ),
    (
        "poetry credentials",
        "home/#/pypoetry/auth.toml",
        "[http-basic.a]\nusername = \"__token__\"\npassword = \"§\"\n",
    ),
    (
        "Gemfile.lock",
        "src/#/Gemfile.lock",
        "GIT\n  remote: https://oauth2:§@gitlab.corp.internal/a.git\n  revision: 1\n",
    ),
    (
        "Cargo.lock",
        "src/#/Cargo.lock",
        "source = \"git+https://oauth2:§@gitlab.corp.internal/a.git#0a1b\"\n",
    ),
    (
        "go.mod replacement",
        "src/#/go.mod",
        "replace a => https://oauth2:§@gitlab.corp.internal/a.git v1.0.0\n",
    ),
    (
        "Argo CD repository",
        "deploy/#/repo.yaml",
        "kind: Secret\nstringData:\n  url: https://gitlab.corp.internal/a.git\n  username: a\n  password: §\n",
    ),
    (
        "runner Helm values",
        "charts/#/runner-values.yaml",
        "gitlabUrl: https://gitlab.corp.internal\nrunnerToken: \"§\"\n",
    ),
    (
        "agent Helm values",
        "charts/#/agent-values.yaml",
        "config:\n  token: §\n  kasAddress: wss://kas.corp.internal\n",
    ),
    (
        "Vagrant and Packer",
        "infra/#/a.pkr.hcl",
        "variable \"t\" { default = \"§\" }\n",
    ),
    (
        "CloudFormation",
        "infra/#/a.template",
        "Parameters:\n  T:\n    Type: String\n    Default: §\n",
    ),
    (
        "MSBuild",
        "src/#/a.csproj",
        "<Project><PropertyGroup><Key>§</Key></PropertyGroup></Project>\n",
    ),
    (
        "Windows registry",
        "conf/#/a.reg",
        "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_CURRENT_USER\\a]\r\n\"k\"=\"§\"\r\n",
    ),
    (
        "plist",
        "conf/#/a.plist",
        "<dict><key>t</key><string>§</string></dict>\n",
    ),
    (
        "vCard and iCalendar",
        "mail/c#.ics",
        "BEGIN:VCALENDAR\r\nURL:https://gitlab.corp.internal/a.ics?feed_token=§\r\nEND:VCALENDAR\r\n",
    ),
    (
        "protobuf text",
        "conf/#/a.textproto",
        "auth { token: '§' }\n",
    ),
    (
        "TAP and JUnit",
        "logs/j#.xml",
        "<testcase><failure message=\"401 for §\">x</failure></testcase>\n",
    ),
    (
        "Prometheus and InfluxDB",
        "conf/#/prometheus.yml",
        "authorization:\n  credentials: §\n",
    ),
    (
        "Postman",
        "web/#/a.postman_collection.json",
        "{\"auth\":{\"apikey\":[{\"key\":\"value\",\"value\":\"§\",\"type\":\"string\"}]}}\n",
    ),
    (
        "IntelliJ HTTP client",
        "web/#/http-client.env.json",
        "{\"dev\": {\"t\": \"§\"}}\n",
    ),
    (
        "Dockerfile labels and history",
        "logs/k#.txt",
        "/bin/sh -c #(nop)  ENV K=§\nRUN |1 T=§ /bin/sh -c make # buildkit\n",
    ),
    (
        "process list",
        "logs/l#.txt",
        "root 12 0.0 0.1 ? S 10:00 0:00 /bin/bot --key=§ --verbose\n",
    ),
    (
        "strace",
        "logs/m#.txt",
        "write(3, \"PRIVATE-TOKEN: §\\r\\nAccept\", 99) = 99\n",
    ),
    (
        "hex dump's text column",
        "logs/n#.txt",
        "00000000  67 6c |§|\n",
    ),
    (
        "gdb",
        "logs/o#.txt",
        "$1 = 0x7ffd \"§\"\n$2 = {t = 0x1 \"§\", n = 1}\n",
    ),
];
