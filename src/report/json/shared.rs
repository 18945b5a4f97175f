//! Shares the memory of equal parts of findings while a report is read.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, SeqAccess, Visitor};

use super::{JsonFinding, JsonSuppressed};
use crate::model::SharedParts;

/// Reads a list of findings and shares the memory of their equal parts.
pub(super) fn findings<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + AsMut<JsonFinding>,
{
    deserializer.deserialize_seq(Findings(PhantomData))
}

struct Findings<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de> + AsMut<JsonFinding>> Visitor<'de> for Findings<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sequence")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<T>, A::Error> {
        let mut parts = SharedParts::default();
        let mut all = Vec::new();
        while let Some(mut item) = list.next_element::<T>()? {
            let finding = item.as_mut();
            parts.share_text(&mut finding.title);
            parts.share_text(&mut finding.message);
            parts.share_remediations(&mut finding.remediations);
            all.push(item);
        }
        Ok(all)
    }
}

impl AsMut<JsonFinding> for JsonFinding {
    fn as_mut(&mut self) -> &mut JsonFinding {
        self
    }
}

impl AsMut<JsonFinding> for JsonSuppressed {
    fn as_mut(&mut self) -> &mut JsonFinding {
        &mut self.finding
    }
}

/// Serialisation of shared texts.
pub(in crate::report) mod text {
    use std::sync::Arc;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(in crate::report) fn serialize<S: Serializer>(
        text: &str,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(text)
    }

    pub(in crate::report) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Arc<str>, D::Error> {
        String::deserialize(deserializer).map(Arc::from)
    }
}

/// Serialisation of shared remediations.
pub(in crate::report) mod remediations {
    use std::sync::Arc;

    use serde::{Deserialize, Deserializer, Serializer};

    use crate::model::Remediation;

    pub(in crate::report) fn serialize<S: Serializer>(
        list: &[Arc<Remediation>],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(list.iter().map(|item| &**item))
    }

    pub(in crate::report) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<Arc<Remediation>>, D::Error> {
        let list = Vec::<Remediation>::deserialize(deserializer)?;
        Ok(list.into_iter().map(Arc::new).collect())
    }
}
