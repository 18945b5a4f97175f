//! Tokens without a prefix: found in every place that names them, and nowhere else.

use crate::support::engine::{detector, findings};
use crate::support::tokens::Rng;
use tokensweep::model::{Confidence, Finding};

/// Places for a token of 20 characters, at `§`.
const PLACES: &[&str] = &[
    // Headers.
    "curl --header \"PRIVATE-TOKEN: §\" https://gitlab.acme.internal/api/v4/projects",
    "curl -H 'private-token:§' https://gitlab.acme.internal/api/v4/projects",
    "headers = {'PRIVATE-TOKEN': '§'}",
    "headers['PRIVATE-TOKEN'] = \"§\"",
    "req.Header.Set(\"PRIVATE-TOKEN\", \"§\")",
    "HTTParty.get(url, headers: { 'Private-Token' => '§' })",
    "-Headers @{ \"PRIVATE-TOKEN\" = \"§\" }",
    "{\"name\": \"PRIVATE-TOKEN\", \"value\": \"§\"}",
    "JOB-TOKEN: §\r\n",
    "wget --header=\"Deploy-Token: §\" https://h/x",
    "RUNNER-TOKEN: §",
    "X-Gitlab-Static-Object-Token: §",
    "UNLEASH-INSTANCEID: §",
    "curl -H \"Authorization: Bearer §\" https://gitlab.acme.internal/api/v4/user",
    "curl https://gitlab.acme.internal/api/v4/user -H \"Authorization: Bearer §\"",
    "<name>Job-Token</name>\n          <value>§</value>",
    "credentials(HttpHeaderCredentials) {\n  name = \"Deploy-Token\"\n  value = \"§\"\n}",
    "req.Header.Add(\"Private-Token\", `§`)",
    "credentials(HttpHeaderCredentials) {\n    name 'Private-Token'\n    value '§'\n}",
    "map[Accept:[*/*] Private-Token:[§]]",
    "proxy_set_header PRIVATE-TOKEN \"§\";",
    "[{\"value\": \"§\", \"type\": \"text\", \"key\": \"PRIVATE-TOKEN\"}]",
    // Parameters.
    "https://gitlab.acme.internal/api/v4/user?private_token=§&page=1",
    "https://gitlab.acme.internal/g/p.atom?rss_token=§",
    "<a href=\"https://gitlab.acme.internal/dashboard/issues.atom?feed_token=§\">",
    "https://gitlab.acme.internal/api/v4/user?x=y&access_token=§",
    "--form job_token=§ --form ref=main",
    // Command lines.
    "gitlab-runner register --url https://gitlab.acme.internal --registration-token § --executor shell",
    "gitlab-runner register \\\n  --url https://gitlab.acme.internal \\\n  --registration-token=\"§\" \\\n",
    "sudo gitlab-runner register -n -u https://gitlab.acme.internal -r § --executor shell",
    "gitlab-runner verify -t §",
    "gitlab-runner register --non-interactive --token §\n",
    "glab auth login --hostname gitlab.acme.internal --token §",
    "glab auth login --job-token §",
    "docker login -u gitlab-ci-token -p § registry.gitlab.com",
    "docker login --username gitlab-ci-token --password \"§\" $CI_REGISTRY",
    "docker login -u gitlab+deploy-token-17 -p § registry.gitlab.com",
    "docker login -p § -u gitlab-ci-token registry.gitlab.com",
    "echo § | docker login -u gitlab-ci-token --password-stdin registry.gitlab.com",
    "skopeo copy --src-creds gitlab-ci-token:§ docker://a dir:b",
    "curl -u joe:§ https://gitlab.acme.internal/api/v4/projects/1/packages",
    "curl --request PUT https://gitlab.acme.internal/x --user \"joe:§\" --upload-file y",
    "terraform init -backend-config=\"password=§\"",
    "composer config --global gitlab-token.gitlab.acme.internal §",
    "COMPOSER_AUTH='{\"gitlab-token\": {\"gitlab.acme.internal\": \"§\"}}'",
    "docker login -u joe -p § registry.gitlab.acme.internal",
    "podman login registry.gitlab.acme.internal \\\n  -u joe \\\n  --password=\"§\"",
    "helm registry login -u joe -p § registry.gitlab.com",
    "crane auth login -u joe -p § registry.gitlab.com",
    "helm repo add --username joe --password § charts https://gitlab.acme.internal/api/v4/projects/1/packages/helm/stable",
    "helm repo add charts https://gitlab.acme.internal/api/v4/projects/1/packages/helm/stable --username joe --password §",
    "dotnet nuget add source \"https://gitlab.acme.internal/api/v4/projects/1/packages/nuget/index.json\" --username joe --password \"§\"",
    "kubectl create secret docker-registry r --docker-server=registry.gitlab.com --docker-username=joe --docker-password=§",
    "kubectl create secret generic r --from-literal=runner-registration-token=§",
    "twine upload --repository-url https://h/x -u joe -p § dist/*",
    "skopeo copy --dest-creds=joe:§ dir:a docker://registry.acme.internal/b",
    "buildah push --creds joe:§ app docker://registry.acme.internal/b",
    "podman pull --creds='gitlab-ci-token:§' registry.acme.internal/b",
    "glab auth login --hostname gitlab.acme.internal -t §",
    "docker run --rm gitlab/gitlab-runner:alpine register --non-interactive -r § --executor docker",
    "gitlab --private-token § project list",
    "gitlab --oauth-token § project list",
    "User.find_by_username('bot').personal_access_tokens.last.set_token('§')",
    "git clone https://§@gitlab.acme.internal/g/p.git",
    "curl --form token=§ --form description=x https://gitlab.acme.internal/api/v4/runners",
    "curl -X POST https://gitlab.acme.internal/api/v4/runners/verify -d token=§",
    "CARGO_REGISTRIES_ACME_TOKEN=§",
    "echo \"§\" | docker login registry.gitlab.com -u joe --password-stdin",
    "echo § | glab auth login --stdin",
    "poetry config http-basic.gitlab __token__ §",
    "conan user joe -r gitlab -p §",
    "cargo login --registry acme \"Bearer §\"",
    "npm config set '//gitlab.acme.internal/api/v4/packages/npm/:_authToken' \"§\"",
    "r = https%3A%2F%2Fgitlab.acme.internal%2Fa%3Fprivate_token%3D§%26x%3D1",
    // Clients of several languages.
    "git, err := gitlab.NewClient(\"§\", gitlab.WithBaseURL(url))",
    "new GitLabApi(\"https://gitlab.acme.internal\", \"§\")",
    "new GitLabClient(\"https://gitlab.acme.internal\", \"§\")",
    "$client->authenticate('§', Client::AUTH_HTTP_TOKEN);",
    "new Gitlab({ host: 'https://h', token: '§' })",
    "unleash.initialize({ url: 'https://h/api/v4/feature_flags/unleash/42', instanceId: '§' })",
    "unleash.WithInstanceId(\"§\"),\nunleash.WithUrl(\"https://h/api/v4/feature_flags/unleash/1\")",
    // Keys that GitLab is named before.
    "[gitlab]\ntoken = §\n",
    "gitlab:\n  token: §\n",
    "{\"GitLab\": {\"Token\": \"§\"}}",
    "\"gitlab.token\": \"§\"",
    "<property name=\"gitlab.token\" value=\"§\"/>",
    "<gitlabToken>§</gitlabToken>",
    "<key>GITLAB_TOKEN</key>\n<string>§</string>",
    // Tools and calls that take a token beside a user or a host of GitLab's.
    "echo \"machine gitlab.acme.internal login joe password §\" > ~/.netrc",
    "cat > ~/.netrc <<EOF\nmachine gitlab.acme.internal\nlogin joe\npassword §\nEOF",
    "printf 'machine %s\\nlogin %s\\npassword %s\\n' gitlab.acme.internal joe § > ~/.netrc",
    "git credential approve <<EOF\nprotocol=https\nhost=gitlab.acme.internal\nusername=joe\npassword=§\nEOF",
    "bundle config set --local gitlab.acme.internal oauth2:§",
    "BUNDLE_GITLAB__ACME__INTERNAL: \"§\"",
    "---\nhttps://gitlab.acme.internal/api/v4/projects/1/packages/rubygems: '§'",
    "poetry config http-basic.acme oauth2 §",
    "cargo login --registry gitlab §",
    "yarn config set npmRegistries.//gitlab.acme.internal.npmAuthToken §",
    "glab config set token § --host gitlab.acme.internal",
    "glab variable set GITLAB_TOKEN §",
    "glab variable set GITLAB_TOKEN --value \"§\" --masked",
    "gh secret set GITLAB_TOKEN --body §",
    "aws ssm put-parameter --name /ci/GITLAB_TOKEN --value § --type SecureString",
    "curl --form \"key=GITLAB_TOKEN\" --form \"value=§\" https://h/api/v4/projects/1/variables",
    "curl --oauth2-bearer § https://gitlab.acme.internal/api/v4/user",
    "docker login -u joe -p § $CI_REGISTRY",
    "docker login -u oauth2 -p § registry.acme.internal",
    "gitlab.Gitlab('https://gitlab.acme.internal', '§')",
    "Gitlab::new(\"gitlab.acme.internal\", \"§\")",
    "requests.get(url, auth=('oauth2', '§'))",
    "requests.get(url, auth=('gitlab+deploy-token-7', '§'))",
    "pygit2.UserPass('oauth2', '§')",
    "new UsernamePasswordCredentialsProvider(\"oauth2\", \"§\")",
    "&http.BasicAuth{Username: \"oauth2\", Password: \"§\"}",
    "{\"bearer\": [{\"key\": \"token\", \"value\": \"§\"}], \"url\": \"https://gitlab.acme.internal/api/v4\"}",
    // Variables.
    "GITLAB_TOKEN = f'§'",
    "GITLAB_TOKEN = b\"§\"",
    "var gitlabToken = @\"§\";",
    "client.setGitlabToken(\"§\");",
    "Const GitlabToken As String = \"§\"",
    "export GITLAB_TOKEN ?= §",
    "<gitlabToken><![CDATA[§]]></gitlabToken>",
    "{ GITLAB_TOKEN:: '§' }",
    "GITLAB_TOKEN,§\n",
    "A=1\0GITLAB_TOKEN=§\0B=2",
    "gitlabDeployToken: '§'",
    "ciJobToken: '§'",
    "Config{CiJobToken: \"§\"}",
    "ciServerToken: '§'",
    "ci_deploy_password = §\n",
    "ciDeployPassword: \"§\"",
    "- name: CI_DEPLOY_PASSWORD\n  value: §\n",
    "os.getenv('CI_DEPLOY_PASSWORD', '§')",
    "curl -HJOB-TOKEN:§ https://h/api/v4/job",
    "GITLAB_TOKEN=§\n",
    "variables:\n  GITLAB_TOKEN:\n    value: \"§\"\n",
    "const t = process.env.GITLAB_TOKEN || '§';",
    "+ export GITLAB_TOKEN=§\u{1b}[0;m",
    "(setenv \"GITLAB_TOKEN\" \"§\")",
    "UV_INDEX_GITLAB_PASSWORD=§",
    "CARGO_REGISTRIES_ACME_TOKEN=\"Bearer §\"",
    "export GITLAB_PRIVATE_TOKEN=\"§\"",
    "  GL_TOKEN: §",
    "\"GITLAB_PERSONAL_ACCESS_TOKEN\": \"§\",",
    "ENV GITLAB_API_TOKEN §",
    "ARG GITLAB_ACCESS_TOKEN=§",
    "os.environ['GITLAB_TOKEN'] = '§'",
    "gitlabToken = \"§\";",
    "const privateToken = '§'",
    "runnerRegistrationToken: \"§\"",
    "Gitlab.private_token = '§'",
    "gl = gitlab.Gitlab('https://h', private_token='§')",
    "gl = gitlab.Gitlab(url, job_token=\"§\")",
    "set GITLAB_TOKEN=§",
    "$env:GITLAB_TOKEN = \"§\"",
    "CI_REGISTRY_PASSWORD: \"§\"",
    "CI_DEPLOY_PASSWORD=§",
    "TF_HTTP_PASSWORD='§'",
    "RENOVATE_TOKEN=§",
    "TF_TOKEN_gitlab_acme_internal=§",
    "REGISTRATION_TOKEN=§",
    "CI_JOB_TOKEN=64_§",
    "RUNNER_TOKEN=t1_§",
];

/// Places for 40 and for 30 hex digits: pipeline triggers.
const TRIGGER_PLACES: &[&str] = &[
    "curl -X POST -F token=§ -F ref=main https://gitlab.acme.internal/api/v4/projects/9/trigger/pipeline",
    "curl -X POST -F token=§ -F ref=main https://gitlab.acme.internal/api/v3/projects/9/trigger/builds",
    "curl -X POST \\\n  --form \"token=§\" \\\n  --form ref=main \\\n  https://gitlab.acme.internal/api/v4/projects/9/trigger/pipeline",
    "https://gitlab.acme.internal/api/v4/projects/9/ref/main/trigger/pipeline?token=§&ref=main",
    "curl -X POST https://gitlab.acme.internal/api/v4/projects/9/trigger/pipeline -F ref=main -F token=§",
    "TRIGGER_TOKEN=§\n",
    "pipeline_trigger_token: '§'",
    "gitlabTriggerToken: '§'",
    "- name: GITLAB_TRIGGER_TOKEN\n  value: §\n",
    "ENV GITLAB_TRIGGER_TOKEN §",
    "define('GITLAB_TRIGGER_TOKEN', '§');",
    "requests.post('https://h/api/v4/projects/9/trigger/pipeline', data={'token': '§'})",
];

/// Places for 64 hex digits: OAuth.
const OAUTH_PLACES: &[&str] = &[
    "curl -H 'Authorization: Bearer §' https://gitlab.acme.internal/api/v4/user",
    "https://gitlab.acme.internal/api/v4/user?access_token=§",
    "GITLAB_OAUTH_TOKEN=§",
    "[auth.gitlab]\nclient_id = a\nclient_secret = §\n",
    "- type: gitlab\n  config:\n    clientID: a\n    clientSecret: §\n",
    "{\"access_token\":\"§\",\"web_url\":\"https://gitlab.acme.internal\"}",
    "composer config gitlab-oauth.gitlab.acme.internal §",
    "GITLAB_CLIENT_SECRET=§",
    "gitlabClientSecret: '§'",
    "- name: GITLAB_CLIENT_SECRET\n  value: §\n",
    "{\"key\": \"GITLAB_CLIENT_SECRET\", \"value\": \"§\"}",
    "setx GITLAB_CLIENT_SECRET §",
    "GET /api/v4/projects?access_token=§ HTTP/1.1",
    "{\"url\": \"https://gitlab.acme.internal\", \"name\": \"access_token\", \"value\": \"§\"}",
    "{\"GitLabSettings\": {\"Secret\": \"§\"}}",
    "curl --oauth2-bearer § https://gitlab.acme.internal/api/v4/user",
    "gitlab_app_secret: \"§\"",
    "curl --data 'client_id=x&client_secret=§&grant_type=password' https://gitlab.acme.internal/oauth/token",
    "curl https://gitlab.acme.internal/oauth/token --data 'grant_type=refresh_token&refresh_token=§'",
];

/// Twenty characters as Devise makes them.
fn devise(rng: &mut Rng) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHxJKLMNyPQRSTUVWXYZabcdefghijksmnopqrstuvwxyzz123456789-_";
    (0..20)
        .map(|_| char::from(ALPHABET[rng.below(64)]))
        .collect()
}

fn hex(rng: &mut Rng, length: usize) -> String {
    (0..length)
        .map(|_| char::from(b"0123456789abcdef"[rng.below(16)]))
        .collect()
}

/// Puts tokens into places and asks for exactly one finding: the token, whole.
fn check(places: &[&str], count: usize, mut token: impl FnMut(usize) -> String) {
    let detector = detector();
    let mut seed = 0;
    for place in places {
        for _ in 0..count {
            seed += 1;
            let token = token(seed);
            let text = place.replace('§', &token);
            let findings = findings(&detector, &text);
            assert_eq!(
                findings.len(),
                1,
                "{place} with token {seed}: {findings:#?}"
            );
            let finding = &findings[0];
            let found = finding.secret.reveal();
            // The text in front of the 20 characters belongs to the token.
            let expected = ["t1_", "64_"]
                .iter()
                .find(|front| place.contains(&format!("{front}§")));
            assert_eq!(
                found,
                format!("{}{token}", expected.unwrap_or(&"")).as_bytes(),
                "{place}"
            );
            assert_eq!(
                finding.rule_id.as_str(),
                "gitlab-unprefixed-token",
                "{place}"
            );
            assert_eq!(finding.confidence, Confidence::High, "{place}");
        }
    }
}

#[test]
fn every_place_gives_its_token() {
    let mut rng = Rng::new(1);
    check(PLACES, 20, |_| devise(&mut rng));
    check(TRIGGER_PLACES, 10, |seed| {
        hex(&mut rng, if seed % 2 == 0 { 40 } else { 30 })
    });
    check(OAUTH_PLACES, 10, |_| hex(&mut rng, 64));
}

#[test]
fn references_and_placeholders_are_silent() {
    let detector = detector();
    for place in PLACES.iter().chain(TRIGGER_PLACES).chain(OAUTH_PLACES) {
        for value in [
            "$GITLAB_TOKEN",
            "${CI_JOB_TOKEN}",
            "$CI_REGISTRY_PASSWORD",
            "%GITLAB_TOKEN%",
            "{{ gitlab_private_token }}",
            "<your_access_token>",
            "[MASKED]",
            "process.env.GITLAB_TOKEN",
            "os.environ['GITLAB_TOKEN']",
            "xxxxxxxxxxxxxxxxxxxx",
            "12345678901234567890",
            "aaaaaaaaaaaaaaaaaaaa",
            "ABCDEFGHIJKLMNOPQRST",
            "your-token-goes-here",
            "your_access_token_xx",
            "YOUR_ACCESS_TOKEN_00",
            "REPLACE_WITH_A_TOKEN",
            "gitlab_private_token",
            "getTokenFromSettings",
            "secrets.GITLAB_TOKEN",
            "0000000000000000000000000000000000000000",
            "************",
        ] {
            let text = place.replace('§', value);
            let loud: Vec<Finding> = findings(&detector, &text)
                .into_iter()
                .filter(|finding| finding.confidence > Confidence::Low)
                .collect();
            assert!(loud.is_empty(), "{text}: {loud:#?}");
        }
    }
}

#[test]
fn other_values_and_other_places_are_silent() {
    let detector = detector();
    let mut rng = Rng::new(2);
    for place in [
        "CSRF_TOKEN=§",
        "gitlab: { csrf_token: § }",
        "token: §",
        "nextToken: \"§\"",
        "the token is § today",
        "commit §",
        "integrity=\"sha1-§\"",
        "const TOKEN_KIND_§ = 1",
        "page_token=§",
        "curl -H \"Authorization: Bearer §\" https://api.acme.internal/v1/user",
        "private_token=§x",
        "private_token=§.id",
        "private_token = §(user)",
        "GITLAB_TOKEN_FILE=/run/§",
        "CI_COMMIT_SHA=§",
        "gitlab_url=§",
        "getToken(\"§\")",
        "docker run -e GITLAB_TOKEN -v §:/data image",
        "echo $GITLAB_TOKEN > §.txt",
        "host=git.acme.internal\nusername=joe\npassword=§",
        "auth=('joe', '§')",
        "curl --oauth2-bearer § https://api.acme.internal/v1",
        "BUNDLE_GEMS__ACME__INTERNAL: \"§\"",
        "https://gems.acme.internal/rubygems: '§'",
    ] {
        for _ in 0..20 {
            let text = place.replace('§', &devise(&mut rng));
            let findings = findings(&detector, &text);
            assert!(findings.is_empty(), "{place}: {findings:#?}");
        }
    }
    // Passwords of other services.
    for (rule, place) in [
        (
            "command-line-password",
            "curl -u joe:§ https://api.acme.internal/v1/user",
        ),
        (
            "command-line-password",
            "docker login -u joe -p § registry.acme.internal",
        ),
        (
            "config-file-credentials",
            "machine git.acme.internal login joe password §",
        ),
    ] {
        let text = place.replace('§', &devise(&mut rng));
        let findings = findings(&detector, &text);
        let rules: Vec<&str> = findings.iter().map(|f| f.rule_id.as_str()).collect();
        assert_eq!(rules, [rule], "{place}");
    }
    for place in [
        "private_token=§",
        "CI_JOB_TOKEN: §",
        "GITLAB_TOKEN=§",
        "feed_token=§",
    ] {
        for length in [7, 12, 16, 32, 40] {
            let text = place.replace('§', &hex(&mut rng, length));
            assert!(findings(&detector, &text).is_empty(), "{text}");
        }
    }
}
