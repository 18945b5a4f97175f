//! A component as GitLab reads it: inputs filled in after the YAML is parsed, `extends` resolved.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use saphyr::{LoadableYamlNode as _, YamlOwned};
use serde_json::{Map, Value, json};

/// A file of the project.
pub(crate) fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The documents of a YAML text, aliases resolved.
pub(crate) fn documents(text: &str) -> Vec<Value> {
    let parsed = YamlOwned::load_from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    parsed.iter().map(value).collect()
}

fn value(node: &YamlOwned) -> Value {
    if let Some(mapping) = node.as_mapping() {
        let entry =
            |(key, item): (&YamlOwned, &YamlOwned)| (key.as_str().unwrap().to_owned(), value(item));
        Value::Object(mapping.iter().map(entry).collect())
    } else if let Some(items) = node.as_vec() {
        items.iter().map(value).collect()
    } else if let Some(text) = node.as_str() {
        json!(text)
    } else if let Some(truth) = node.as_bool() {
        json!(truth)
    } else if let Some(number) = node.as_integer() {
        json!(number)
    } else {
        assert!(node.is_null(), "{node:?}");
        Value::Null
    }
}

/// A component.
pub(crate) struct Template {
    pub(crate) text: String,
    /// The declared inputs.
    pub(crate) inputs: Map<String, Value>,
    body: Value,
}

impl Template {
    pub(crate) fn new(name: &str) -> Self {
        let text = read(&format!("templates/{name}.yml"));
        let mut documents = documents(&text);
        assert_eq!(documents.len(), 2);
        let body = documents.remove(1);
        let inputs = documents[0]["spec"]["inputs"].as_object().unwrap().clone();
        Self { text, inputs, body }
    }

    /// The names of its inputs.
    pub(crate) fn names(&self) -> BTreeSet<String> {
        self.inputs.keys().cloned().collect()
    }

    /// The text below the header.
    pub(crate) fn body_text(&self) -> &str {
        self.text.split_once("\n---\n").unwrap().1
    }

    /// The configuration with these inputs, and the default for others. Refuses inputs that GitLab refuses.
    pub(crate) fn with(&self, given: &[(&str, Value)]) -> Value {
        let mut values: Map<String, Value> = self
            .inputs
            .iter()
            .map(|(name, input)| (name.clone(), input["default"].clone()))
            .collect();
        for (name, value) in given {
            let input = self
                .inputs
                .get(*name)
                .unwrap_or_else(|| panic!("no input {name}"));
            if let Some(options) = input.get("options") {
                assert!(
                    options.as_array().unwrap().contains(value),
                    "{name}: {value}"
                );
            }
            values.insert((*name).to_owned(), value.clone());
        }
        fill(&self.body, &values)
    }

    /// The jobs with these inputs, as they run: `extends` resolved, hidden ones gone.
    pub(crate) fn jobs(&self, given: &[(&str, Value)]) -> Map<String, Value> {
        resolve(&self.with(given))
    }
}

/// Fills in values: a scalar that is nothing but an input takes its type, within a text it becomes text.
fn fill(node: &Value, values: &Map<String, Value>) -> Value {
    match node {
        Value::Object(entries) => {
            let filled = entries.iter().map(|(key, item)| {
                let Value::String(key) = fill_text(key, values) else {
                    panic!("a key that is no text: {key}");
                };
                (key, fill(item, values))
            });
            Value::Object(filled.collect())
        }
        Value::Array(items) => items.iter().map(|item| fill(item, values)).collect(),
        Value::String(text) => fill_text(text, values),
        other => other.clone(),
    }
}

fn fill_text(text: &str, values: &Map<String, Value>) -> Value {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("$[[ inputs.") {
        let (name, end) = after
            .split_once(" ]]")
            .unwrap_or_else(|| panic!("not closed: {text}"));
        let value = values
            .get(name)
            .unwrap_or_else(|| panic!("no input {name}"));
        if before.is_empty() && end.is_empty() && filled.is_empty() {
            return value.clone();
        }
        filled.push_str(before);
        match value {
            Value::String(text) => filled.push_str(text),
            other => filled.push_str(&other.to_string()),
        }
        rest = end;
    }
    assert!(!rest.contains("$[["), "not filled in: {text}");
    Value::String(filled + rest)
}

/// The jobs of a configuration: each with the jobs that it extends, in order, and itself last.
pub(crate) fn resolve(configuration: &Value) -> Map<String, Value> {
    let all = configuration.as_object().unwrap();
    let keywords = ["default", "include", "stages", "variables", "workflow"];
    let visible = all
        .iter()
        .filter(|(name, _)| !name.starts_with('.') && !keywords.contains(&name.as_str()));
    let extended = visible.map(|(name, job)| {
        let mut whole = json!({});
        let parents = match &job["extends"] {
            Value::String(parent) => vec![parent.as_str()],
            Value::Array(parents) => parents
                .iter()
                .map(|parent| parent.as_str().unwrap())
                .collect(),
            _ => Vec::new(),
        };
        for parent in parents {
            let parent = all
                .get(parent)
                .unwrap_or_else(|| panic!("{name} extends {parent}, which is not there"));
            assert!(parent.get("extends").is_none(), "one step is enough");
            merge(&mut whole, parent);
        }
        merge(&mut whole, job);
        whole.as_object_mut().unwrap().remove("extends");
        (name.clone(), whole)
    });
    extended.collect()
}

/// Maps are merged, everything else is replaced.
fn merge(into: &mut Value, from: &Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, item) in from {
                merge(into.entry(key.clone()).or_insert(Value::Null), item);
            }
        }
        (into, from) => *into = from.clone(),
    }
}

/// GitLab's schema of a pipeline, as it is now.
pub(crate) fn schema() -> jsonschema::Validator {
    validator("gitlab-ci")
}

/// The same from before the report `sarif` was added (February 2026). It requires at least one tag in
/// `tags`; the current one does not.
pub(crate) fn older_schema() -> jsonschema::Validator {
    validator("gitlab-ci-before-sarif")
}

fn validator(name: &str) -> jsonschema::Validator {
    let schema: Value = serde_json::from_str(&read(&format!("tests/schemas/{name}.json"))).unwrap();
    jsonschema::draft7::new(&schema).unwrap()
}

#[track_caller]
pub(crate) fn assert_valid(validator: &jsonschema::Validator, configuration: &Value) {
    if let Err(error) = validator.validate(configuration) {
        panic!("at {}: {error}", error.instance_path());
    }
}
