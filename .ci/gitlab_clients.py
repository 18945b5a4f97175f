"""Clients of the fake GitLab of the tests. Called by .ci/gitlab."""
import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request

MODE, INSTANCE = sys.argv[1:3]
with open(INSTANCE, encoding="utf-8") as file:
    instance = json.load(file)
URL, PROJECT, SECRET, IDS = (instance[key] for key in ("url", "project", "credentials", "ids"))

# Method, path, header, label of the credential in it, form field with a label, and the expected status.
REQUESTS = [
    ("GET", "/api/v4/personal_access_tokens/self", "PRIVATE-TOKEN", "live", None, 200),
    ("GET", "/api/v4/personal_access_tokens/self", "PRIVATE-TOKEN", "expired", None, 401),
    ("GET", "/api/v4/personal_access_tokens/self", "PRIVATE-TOKEN", "revoked", None, 401),
    ("GET", "/api/v4/personal_access_tokens/self/associations?min_access_level=10&per_page=100",
     "PRIVATE-TOKEN", "live", None, 200),
    ("GET", "/api/v4/user", "PRIVATE-TOKEN", "live", None, 200),
    ("GET", "/api/v4/job", "JOB-TOKEN", "job", None, 200),
    ("GET", "/api/v4/job", "JOB-TOKEN", "live", None, 401),
    ("GET", "/api/v4/runners/router/discovery", "Runner-Token", "router", None, 200),
    ("GET", "/api/v4/runners/router/discovery", "Runner-Token", "runner", None, 501),
    ("GET", "/api/v4/runners/router/discovery", "Runner-Token", "live", None, 403),
    ("POST", "/api/v4/runners/verify", None, None, "runner", 200),
    ("POST", "/api/v4/runners/verify", None, None, "live", 403),
    ("GET", f"/api/v4/projects/{PROJECT}/packages/nuget/index", "Deploy-Token", "deploy", None, 200),
    ("GET", f"/api/v4/projects/{PROJECT}/packages/nuget/index", "Deploy-Token", "live", None, 401),
    ("GET", f"/api/v4/feature_flags/unleash/{PROJECT}", "UNLEASH-INSTANCEID", "flags", None, 200),
    ("POST", "/api/v4/admin/token", "PRIVATE-TOKEN", "admin", "agent", 200),
    ("POST", "/api/v4/admin/token", "PRIVATE-TOKEN", "admin", "workspace", 422),
    ("POST", "/api/v4/admin/token", "PRIVATE-TOKEN", "live", "agent", 403),
    ("GET", f"/api/v4/projects/{PROJECT}/deploy_tokens?per_page=100", "PRIVATE-TOKEN", "admin", None, 200),
    ("GET", f"/api/v4/projects/{PROJECT}/triggers?per_page=100", "PRIVATE-TOKEN", "admin", None, 200),
    ("GET", "/api/v4/keys?fingerprint=SHA256%3A1", "PRIVATE-TOKEN", "admin", None, 200),
    ("GET", "/api/v4/keys?fingerprint=SHA256%3A2", "PRIVATE-TOKEN", "admin", None, 200),
    ("GET", "/api/v4/keys?fingerprint=SHA256%3A3", "PRIVATE-TOKEN", "admin", None, 404),
    ("GET", "/api/v4/keys?fingerprint=SHA256%3A1", "PRIVATE-TOKEN", "live", None, 403),
    ("GET", "/api/v4/deploy_keys?per_page=100", "PRIVATE-TOKEN", "admin", None, 200),
    ("GET", f"/api/v4/projects/{PROJECT}/cluster_agents?per_page=100", "PRIVATE-TOKEN", "admin", None, 200),
    ("GET", f"/api/v4/projects/{PROJECT}/cluster_agents/3/tokens?per_page=100", "PRIVATE-TOKEN", "admin", None, 200),
    # What a sweep reads.
    *[("GET", f"/api/v4/{path}", "PRIVATE-TOKEN", "operator", None, status) for path, status in [
        ("groups?per_page=100", 200),
        ("groups/acme", 200),
        ("groups/acme/projects?include_subgroups=true&per_page=100", 200),
        ("groups/acme/variables?per_page=100", 200),
        ("projects?order_by=id&sort=asc&id_after=12&per_page=100", 200),
        ("projects/14", 200),
        ("projects/acme%2Fapps%2Fshop", 200),
        ("projects/11/jobs?per_page=100", 200),
        ("projects/13/jobs/1011", 200),
        ("projects/13/jobs/1011/artifacts/tree?recursive=true&per_page=100", 200),
        ("projects/12/variables?per_page=100", 200),
        ("projects/15/variables?per_page=100", 403),
        ("projects/14/issues?updated_after=2026-01-01T00:00:00Z&order_by=updated_at&sort=asc&per_page=100", 200),
        ("projects/14/issues?scope=created_by_me&state=opened&confidential=true&per_page=100", 200),
        ("projects/14/issues/7", 200),
        ("projects/14/issues/7/notes?per_page=100", 200),
        ("projects/14/merge_requests?updated_after=2026-01-01T00:00:00Z&per_page=100", 200),
        ("projects/14/merge_requests/4/notes?per_page=100", 200),
        ("projects/14/snippets?per_page=100", 200),
        ("projects/14/releases?per_page=100", 200),
        ("projects/14/packages?per_page=100", 200),
        ("projects/14/packages/601/package_files?per_page=100", 200),
        ("projects/14/registry/repositories?tags=true&per_page=100", 200),
        ("projects/14/registry/repositories/701/tags?per_page=100", 200),
        ("projects/12/secure_files?per_page=100", 200),
        ("projects/12/hooks?per_page=100", 200),
        ("projects/12/pipeline_schedules?per_page=100", 200),
        ("projects/12/pipeline_schedules/901", 200),
    ]],
    ("GET", "/api/v4/admin/ci/variables?per_page=100", "PRIVATE-TOKEN", "admin", None, 200),
    ("GET", "/api/v4/snippets/all?per_page=100", "PRIVATE-TOKEN", "admin", None, 200),
    ("GET", "/api/v4/snippets/all?per_page=100", "PRIVATE-TOKEN", "operator", None, 200),
    # From here on credentials end.
    ("DELETE", "/api/v4/personal_access_tokens/self", "PRIVATE-TOKEN", "doomed", None, 204),
    ("DELETE", "/api/v4/personal_access_tokens/self", "PRIVATE-TOKEN", "doomed", None, 401),
    ("POST", f"/api/v4/projects/{PROJECT}/jobs/{IDS['doomed job']}/cancel", "PRIVATE-TOKEN", "live", None, 403),
    ("POST", f"/api/v4/projects/{PROJECT}/jobs/{IDS['doomed job']}/cancel", "PRIVATE-TOKEN", "admin", None, 201),
    ("POST", "/api/v4/runners/reset_authentication_token", None, None, "runner", 201),
    ("POST", "/api/v4/runners/reset_authentication_token", None, None, "runner", 403),
    ("DELETE", f"/api/v4/projects/{PROJECT}/deploy_tokens/{IDS['deploy']}", "PRIVATE-TOKEN", "admin", None, 204),
    ("DELETE", f"/api/v4/projects/{PROJECT}/triggers/{IDS['trigger']}", "PRIVATE-TOKEN", "admin", None, 204),
    ("DELETE", f"/api/v4/projects/{PROJECT}/triggers/{IDS['trigger']}", "PRIVATE-TOKEN", "admin", None, 404),
    ("DELETE", "/api/v4/admin/token", "PRIVATE-TOKEN", "live", "agent", 403),
    ("DELETE", "/api/v4/admin/token", "PRIVATE-TOKEN", "admin", "workspace", 422),
    ("DELETE", "/api/v4/admin/token", "PRIVATE-TOKEN", "admin", "agent", 204),
    ("DELETE", "/api/v4/admin/token", "PRIVATE-TOKEN", "admin", "agent", 404),
]

# The names of types in GitLab's description, which are those of its own code in places.
TYPES = {
    "integer": (int,), "number": (int, float), "string": (str, int, bool, list, dict), "boolean": (bool,),
    "Boolean": (bool,), "DateTime": (str,), "Date": (str,), "Array": (list,), "array": (list,), "object": (dict,),
    "Hash": (dict,),
}


def ask(method, path, header, label, field):
    """Status and JSON body of an answer."""
    data = urllib.parse.urlencode({"token": SECRET[field]}).encode() if field else None
    request = urllib.request.Request(URL + path, data=data, method=method)
    if header:
        request.add_header(header, SECRET[label])
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.loads(answer.read() or "null")
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def contract(path):
    """Checks paths, parameters, statuses and the form of answers against the description."""
    with open(path, encoding="utf-8") as file:
        description = json.load(file)

    def find(path):
        if path in description["paths"]:
            return description["paths"][path]
        for template, item in description["paths"].items():
            parts = [re.escape(part) for part in re.split(r"\{\w+\}", template)]
            if re.fullmatch("[^/]+".join(parts), path):
                return item
        raise SystemExit(f"GitLab has no path {path}")

    def check(schema, value, where):
        while "$ref" in schema:
            schema = description["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        if value is None:
            return
        # It describes some lists by their items.
        if isinstance(value, list) and schema.get("type") == "object":
            schema = {"items": schema}
        if schema.get("type") in TYPES and not isinstance(value, TYPES[schema["type"]]):
            raise SystemExit(f"{where} is not of the type {schema['type']}: {value!r}")
        if isinstance(value, list):
            for item in value:
                check(schema.get("items", {}), item, where)
        properties = schema.get("properties")
        if isinstance(value, dict) and properties:
            for key, item in value.items():
                if key not in properties:
                    raise SystemExit(f"{where} has no key '{key}' in GitLab")
                check(properties[key], item, f"{where}.{key}")

    for method, path, header, label, field, status in REQUESTS:
        name = f"{method} {path}"
        got, body = ask(method, path, header, label, field)
        if got != status:
            raise SystemExit(f"{name} with '{label or field}': {got} instead of {status}")
        plain, _, query = path.partition("?")
        operation = find(plain).get(method.lower())
        if not operation:
            raise SystemExit(f"GitLab has no {name}")
        parameters = {item["name"] for item in operation.get("parameters", [])}
        for parameter in urllib.parse.parse_qs(query):
            if parameter not in parameters:
                raise SystemExit(f"{name}: GitLab has no parameter '{parameter}'")
        if field:
            # It calls the fields of a DELETE request parameters of the query; GitLab reads them from the body too.
            body_of = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            if "token" not in {*body_of.get("schema", {}).get("properties", {}), *parameters}:
                raise SystemExit(f"{name}: GitLab has no field 'token'")
        answers = operation["responses"]
        # Statuses that GitLab gives everywhere are not in all of its descriptions.
        known = {int(code) for code in answers} | {200, 204, 401, 403, 404}
        if got not in known:
            raise SystemExit(f"{name}: GitLab does not answer {got}")
        content = answers.get(str(got), {}).get("content", {})
        # Users with a token get more of a project than the description says.
        if re.match(r"/api/v4/projects(\?|$)", path):
            content = find("/api/v4/projects/1")["get"]["responses"]["200"]["content"]
        # The description names a token where GitLab answers with groups and projects.
        if "associations" not in path:
            schema = content.get("application/json", {}).get("schema", {})
            # It describes the answer to a fingerprint as a user, and leaves the projects of a deploy key out.
            if plain == "/api/v4/keys" and got == 200:
                schema = {"$ref": "#/components/schemas/APIEntitiesSSHKeyWithUser"}
                body.pop("deploy_keys_projects", None)
            # It describes all lists by their items.
            for item in body if isinstance(body, list) else [body]:
                check(schema, item, name)
        print(f"{name} [{label or field}]: {got}")


def python_gitlab():
    """Uses the instance with python-gitlab."""
    import gitlab

    # Users have pages of another host here.
    client = gitlab.Gitlab(URL, private_token=SECRET["live"], keep_base_url=True)
    client.auth()
    token = client.personal_access_tokens.get("self")
    assert (token.name, token.active, token.revoked) == ("live", True, False), token
    print(f"python-gitlab {gitlab.__version__}: {client.user.username}, token '{token.name}'")
    for label, word in [("expired", "expired"), ("revoked", "revoked")]:
        try:
            gitlab.Gitlab(URL, private_token=SECRET[label]).personal_access_tokens.get("self")
        except gitlab.GitlabAuthenticationError as error:
            assert word in json.loads(error.response_body)["error_description"], error
            print(f"python-gitlab: {error.response_code}, {word}")
        else:
            raise SystemExit(f"python-gitlab: the token '{label}' is accepted")
    job = gitlab.Gitlab(URL, job_token=SECRET["job"]).http_get("/job")
    assert job["status"] == "running", job
    print(f"python-gitlab: job {job['id']}, {job['status']}")
    sweep()


def sweep():
    """Lists the places that a sweep reads with python-gitlab, and finds in each what is stored there."""
    import gitlab

    client = gitlab.Gitlab(URL, private_token=SECRET["operator"], keep_base_url=True)
    admin = gitlab.Gitlab(URL, private_token=SECRET["admin"], keep_base_url=True)
    group = client.groups.get("acme")
    projects = group.projects.list(include_subgroups=True, get_all=True)
    by_keyset = client.projects.list(iterator=True, pagination="keyset", order_by="id", sort="asc", per_page=15)
    assert len(projects) == len(list(by_keyset)) == 40, projects
    api, infra, web, shop, locked = (
        client.projects.get(f"acme/{path}")
        for path in ["platform/api", "platform/infra", "apps/web", "apps/shop", "apps/locked"]
    )
    jobs = list(api.jobs.list(iterator=True, pagination="keyset", order_by="id", sort="desc", per_page=1))
    assert [job.id for job in jobs] == [1002, 1001], jobs
    assert len(jobs[1].trace()) > 20_000_000
    package = shop.packages.list()[0]
    counts = {
        "artifacts": len(zipped(web.jobs.get(1011).artifacts())),
        "variables": len(infra.variables.list()), "group variables": len(group.variables.list()),
        "issues": len(shop.issues.list()), "notes": len(shop.issues.get(7).notes.list()),
        "discussions": len(shop.issues.get(7).discussions.list()),
        "merge requests": len(shop.mergerequests.list()), "snippets": len(shop.snippets.list()),
        "releases": len(shop.releases.list()), "package files": len(package.package_files.list()),
        "image repositories": len(shop.repositories.list()), "secure files": len(infra.secure_files.list()),
        "hooks": len(infra.hooks.list()), "schedules": len(infra.pipelineschedules.list()),
        "schedule variables": len(infra.pipelineschedules.get(901).attributes["variables"]),
        "diff notes": len([note for note in shop.mergerequests.get(4).notes.list() if note.type == "DiffNote"]),
        "release links": sum(len(release.assets["links"]) for release in shop.releases.list()),
        "epics": len(group.epics.list()), "group hooks": len(client.groups.get("acme/apps").hooks.list()),
        "instance variables": len(admin.variables.list()), "system hooks": len(admin.hooks.list()),
        "all snippets": len(admin.snippets.list_all()),
    }
    expected = {
        "artifacts": 2, "variables": 3, "group variables": 1, "issues": 2, "notes": 1, "discussions": 1,
        "merge requests": 2, "snippets": 1, "releases": 2, "package files": 1, "image repositories": 1,
        "secure files": 1, "hooks": 1, "schedules": 1, "schedule variables": 1, "diff notes": 1, "release links": 2,
        "epics": 2, "group hooks": 1, "instance variables": 2, "system hooks": 1, "all snippets": 2,
    }
    assert counts == expected, counts
    assert b"TOKEN=" in infra.secure_files.list()[0].download()
    assert b"TOKEN=" in shop.snippets.get(501).content()
    assert b"TOKEN=" in admin.snippets.get(503).content()
    for name, listing in [
        ("a Reporter's project", locked.variables), ("the instance", client.variables), ("the instance", client.hooks),
    ]:
        try:
            listing.list()
        except gitlab.GitlabListError as error:
            assert error.response_code == 403, error
        else:
            raise SystemExit(f"python-gitlab: {listing.path} of {name} are shown to the sweeping user")
    print(f"python-gitlab: {len(projects)} projects; " + ", ".join(f"{n} {name}" for name, n in counts.items()))


def zipped(archive):
    """The names of the files in an archive."""
    import io
    import zipfile

    return zipfile.ZipFile(io.BytesIO(archive)).namelist()


def glab():
    """Uses the instance with glab, GitLab's own client."""
    with tempfile.TemporaryDirectory() as folder:
        for label, expected in [("live", 0), ("revoked", 1)]:
            environment = {
                "PATH": os.environ["PATH"], "HOME": folder, "GITLAB_TOKEN": SECRET[label], "GITLAB_HOST": URL,
                "API_PROTOCOL": "http", "GLAB_CHECK_UPDATE": "false", "GLAB_SEND_TELEMETRY": "false",
            }
            command = ["glab", "api", "personal_access_tokens/self"]
            run = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=folder)
            if (run.returncode != 0) != bool(expected):
                raise SystemExit(f"glab: {run.returncode}\n{run.stdout}\n{run.stderr}")
            if not expected:
                assert json.loads(run.stdout)["name"] == "live", run.stdout
            print(f"glab: exit code {run.returncode} with the token '{label}'")


if MODE == "contract":
    if os.path.exists(sys.argv[3]):
        contract(sys.argv[3])
    else:
        print(f"found no description of GitLab's API at {sys.argv[3]}, so it is left out")
elif MODE == "python-gitlab":
    python_gitlab()
else:
    glab()
