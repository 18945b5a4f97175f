//! Variables of pipeline schedules, and of recent pipelines that were started with variables. GitLab masks neither.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::gitlab::FetchError;
use crate::model::{Protection, Visibility};
use crate::sweep::{JobPage, Part, PartEnd, Place, PlaceError, RemoteItem, Survey, Unreadable};

/// See the module.
#[derive(Debug)]
pub(super) struct Schedules;

/// A schedule, in the answers of `/projects/:id/pipeline_schedules`.
#[derive(Debug, Deserialize)]
struct Schedule {
    id: u64,
    description: Option<String>,
    updated_at: Option<String>,
}

/// A schedule, in the answers of `/projects/:id/pipeline_schedules/:schedule`.
#[derive(Deserialize)]
struct ScheduleDetails {
    /// Absent if the token may not see them.
    variables: Option<Vec<ScheduleVariable>>,
    #[serde(default)]
    inputs: Vec<ScheduleInput>,
}

#[derive(Deserialize)]
struct ScheduleVariable {
    key: String,
    value: Option<String>,
}

#[derive(Deserialize)]
struct ScheduleInput {
    name: String,
    #[serde(default)]
    value: Value,
}

/// The facts about a job that identify its pipeline.
#[derive(Deserialize)]
struct PipelineJob {
    pipeline: Option<PipelineEntity>,
}

/// A pipeline, in the answers of `/projects/:id/jobs`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
struct PipelineEntity {
    id: u64,
    #[serde(default)]
    source: String,
    created_at: Option<String>,
}

impl PipelineEntity {
    /// Returns true if a person or a program started it and may have set variables. Pushes set none, and those of
    /// schedules are read with the schedules.
    fn may_have_variables(&self) -> bool {
        matches!(
            &*self.source,
            "web" | "api" | "trigger" | "pipeline" | "chat" | "webide"
        )
    }
}

/// The cursor of schedules and pipelines.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct ScheduleCursor {
    /// Pipelines up to this id are read.
    last_pipeline: u64,
}

impl Place for Schedules {
    fn read(&self, part: &Part<'_>) -> Result<PartEnd, PlaceError> {
        let list = format!("{}/pipeline_schedules?per_page=100", part.subject().api());
        let schedules: Vec<Schedule> = part.items(list).collect::<Result<_, _>>()?;
        part.each(&schedules, |schedule| read_schedule(part, schedule))?;
        let mut cursor: ScheduleCursor = part.cursor().unwrap_or_default();
        for pipeline in &cursor.new_pipelines(&*part.recent_jobs()?)? {
            // A token without access to the variables of one pipeline has none to those of others.
            read_pipeline(part, pipeline)?;
            cursor.last_pipeline = pipeline.id;
        }
        part.set_cursor(&cursor);
        Ok(PartEnd::Done)
    }

    fn estimate(&self, survey: &Survey<'_>, cursor: Option<&Value>) -> Result<u64, PlaceError> {
        let cursor = cursor.and_then(|cursor| ScheduleCursor::deserialize(cursor).ok());
        let jobs = survey.recent_jobs()?;
        let pipelines = cursor.unwrap_or_default().new_pipelines(&jobs)?;
        Ok(1 + pipelines.len() as u64)
    }
}

impl ScheduleCursor {
    /// Returns the pipelines of these jobs that may have variables and were not read before.
    fn new_pipelines(&self, jobs: &JobPage) -> Result<BTreeSet<PipelineEntity>, PlaceError> {
        let jobs: Vec<PipelineJob> = jobs.parse()?;
        let pipelines = jobs.into_iter().filter_map(|job| job.pipeline);
        let is_new = |pipeline: &PipelineEntity| {
            pipeline.id > self.last_pipeline && pipeline.may_have_variables()
        };
        Ok(pipelines.filter(is_new).collect())
    }
}

fn read_pipeline(part: &Part<'_>, pipeline: &PipelineEntity) -> Result<(), PlaceError> {
    let subject = part.subject();
    let page = format!("-/pipelines/{}", pipeline.id);
    let item = RemoteItem {
        url: subject.page(&page),
        visibility: Some(Visibility::Private),
        appeared: pipeline.created_at.clone(),
        ..RemoteItem::default()
    };
    let list = format!(
        "{}/pipelines/{}/variables?per_page=100",
        subject.api(),
        pipeline.id
    );
    for variable in part.client().items::<ScheduleVariable>(part.request(list)) {
        let variable = match variable {
            Ok(variable) => variable,
            // The pipeline was deleted in the meantime.
            Err(FetchError::Refused { status: 404, .. }) => break,
            Err(error) => return Err(PlaceError::from(error).of_item("-/pipelines")),
        };
        let value = variable.value.unwrap_or_default();
        emit_variable(part, &page, &item, &variable.key, &value)?;
    }
    Ok(())
}

fn emit_variable(
    part: &Part<'_>,
    page: &str,
    item: &RemoteItem<'_>,
    key: &str,
    value: &str,
) -> Result<(), PlaceError> {
    let variable = RemoteItem {
        path: &format!("{page}/{key}"),
        protection: Some(Protection::default()),
        ..item.clone()
    };
    // With its name, since many rules need it.
    part.emit_text(&variable, &format!("{key}={value}"))
}

fn read_schedule(part: &Part<'_>, schedule: &Schedule) -> Result<(), PlaceError> {
    let subject = part.subject();
    let page = format!("-/pipeline_schedules/{}", schedule.id);
    let item = RemoteItem {
        url: subject.page(&format!("{page}/edit")),
        visibility: Some(Visibility::Private),
        appeared: schedule.updated_at.clone(),
        ..RemoteItem::default()
    };
    let about = RemoteItem {
        path: &page,
        ..item.clone()
    };
    part.emit_text(&about, schedule.description.as_deref().unwrap_or_default())?;
    let details: ScheduleDetails = part
        .fetch(format!(
            "{}/pipeline_schedules/{}",
            subject.api(),
            schedule.id
        ))
        .map_err(|error| error.of_item(page.clone()))?;
    let Some(variables) = details.variables else {
        let reason = "only the owner of the schedule and the role Maintainer see its variables";
        return Err(Unreadable::permanent(reason).of_item(page).into());
    };
    let variables = variables
        .into_iter()
        .filter_map(|variable| Some((variable.key, variable.value?)));
    let inputs = details.inputs.into_iter().map(|input| {
        let text = input.value.as_str().map(str::to_owned);
        (input.name, text.unwrap_or_else(|| input.value.to_string()))
    });
    for (key, value) in variables.chain(inputs) {
        emit_variable(part, &page, &item, &key, &value)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ignores_pipelines_of_pushes() {
        let pipeline = |source: &str| PipelineEntity {
            id: 1,
            source: source.to_owned(),
            created_at: None,
        };
        assert!(pipeline("web").may_have_variables() && pipeline("trigger").may_have_variables());
        assert!(
            !pipeline("push").may_have_variables() && !pipeline("schedule").may_have_variables()
        );
    }
}
