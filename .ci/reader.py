"""Reads the reports of a job as GitLab does, and prints rule and path of each finding.

    reader.py FOLDER

What GitLab requires: docs.gitlab.com/user/application_security/detect/sarif/ and the schema of secret
detection reports. Ends with an error if GitLab would drop or misfile a finding, or if the reports
disagree.
"""

import json
import re
import sys
from pathlib import Path
from urllib.parse import unquote

# Weaknesses that GitLab files under secret detection; anything else becomes static analysis.
SECRETS = {798, 259, 321, 522, 312, 319, 256, 257, 540}
SEVERITIES = {"Critical": 90, "High": 70, "Medium": 40, "Low": 10, "Info": 0}

folder = Path(sys.argv[1])


def load(name):
    return json.loads((folder / name).read_text(encoding="utf-8"))


def ensure(condition, what):
    if not condition:
        sys.exit(f"GitLab would not take the report: {what}")


def severity_of(score):
    return next(name for name, least in SEVERITIES.items() if score >= least)


def sarif():
    report = load("gl-tokensweep.sarif")
    ensure(report["version"] == "2.1.0", "version")
    ensure(len(report["runs"]) <= 20, "too many runs")
    for run in report["runs"]:
        ensure(len(run["results"]) <= 5000, "too many results")
        rules = {rule["id"]: rule for rule in run["tool"]["driver"]["rules"]}
        for result in run["results"]:
            rule = rules.get(result.get("ruleId"))
            ensure(rule, "a result without a rule")
            tags = rule["properties"]["tags"][:10]
            ensure(not any(re.match(r"cve", tag, re.I) for tag in tags + [rule["id"]]), "a CVE makes it another type")
            weaknesses = [int(found[1]) for tag in tags if (found := re.match(r"cwe[-:](\d+)", tag, re.I))]
            ensure(SECRETS & set(weaknesses), "it would be filed under static analysis")
            ensure("rank" not in result, "a rank overrides the severity")
            ensure(not result.get("suppressions"), "a suppressed result")
            ensure(len(result["message"]["text"]) <= 1024, "message too long")
            ensure(len(rule["shortDescription"]["text"]) <= 255 and len(rule["name"]) <= 255, "name too long")
            place = result["locations"][0]["physicalLocation"]
            ensure("uriBaseId" not in place["artifactLocation"], "a base for paths")
            ensure(not place["artifactLocation"]["uri"].startswith(("/", "./")), "a path that is not relative")
            region = place["region"]
            ensure({"startLine", "endLine"} <= region.keys() and "snippet" not in region, "region")
            score = float(rule["properties"]["security-severity"]) * 10
            path = unquote(place["artifactLocation"]["uri"])
            yield rule["id"], path, region["startLine"], severity_of(score)


def native():
    report = load("gl-secret-detection-report.json")
    ensure(report["version"] == "15.0.7" and report["scan"]["type"] == "secret_detection", "version or type")
    ensure(report["scan"]["status"] == "success", "the scan is not complete")
    for finding in report["vulnerabilities"]:
        ensure(finding["identifiers"][0]["type"] == "tokensweep_rule_id", "first identifier")
        ensure("raw_source_code_extract" not in finding, "the secret in clear")
        location = finding["location"]
        ensure(location["commit"]["sha"], "no commit")
        yield finding["identifiers"][0]["value"], location["file"], location["start_line"], finding["severity"]


def own():
    for finding in load("tokensweep.json")["findings"]:
        location = finding["location"]
        yield finding["rule_id"], location["path"], location["start_line"], finding["severity"].capitalize()


wanted = sorted(own())
for name, reader in {"SARIF": sarif, "native": native}.items():
    ensure(sorted(reader()) == wanted, f"{name} and JSON disagree")
quality = load("gl-code-quality-report.json")
ensure(len(quality) <= len(wanted) and all(item["location"]["path"] for item in quality), "code quality")
ensure((folder / "tokensweep.html").stat().st_size > 0, "no page")
for rule, path, _, _ in wanted:
    print(rule.removeprefix("gitlab-"), path, end=";")
