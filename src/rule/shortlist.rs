//! Which forms of a pattern may match where a keyword stands, told by the keyword and the byte behind it.

use std::ops::Range;

use super::starts::Starts;

/// The forms that begin with one keyword.
#[derive(Debug)]
pub(super) struct Shortlist {
    keyword: Vec<u8>,
    /// See [`start_of`].
    start: u64,
    /// Which bytes may stand behind the keyword.
    next: Box<[bool; 256]>,
    /// The forms, in order.
    forms: Vec<usize>,
}

impl Shortlist {
    /// Of the forms that begin with `keyword`, out of those with these starts; one without may begin anywhere.
    pub(super) fn of<'s>(
        keyword: &str,
        starts: impl IntoIterator<Item = Option<&'s Starts>>,
    ) -> Self {
        let keyword = keyword.as_bytes();
        let mut next = Box::new([false; 256]);
        let mut forms = Vec::new();
        for (form, starts) in starts.into_iter().enumerate() {
            let is_one = match starts {
                Some(starts) => starts.follow(keyword, &mut next),
                None => {
                    next.fill(true);
                    true
                }
            };
            if is_one {
                forms.push(form);
            }
        }
        Self {
            start: start_of(keyword),
            keyword: keyword.to_vec(),
            next,
            forms,
        }
    }

    /// The one of the keyword that stands at `hit`, out of `all`.
    pub(super) fn at<'a>(all: &'a [Self], bytes: &[u8], hit: &Range<usize>) -> Option<&'a Self> {
        let text = bytes.get(hit.clone())?;
        let start = start_of(text);
        all.iter().find(|one| {
            one.start == start
                && one.keyword.len() == text.len()
                && (text.len() <= 8 || one.keyword == text)
        })
    }

    /// True if a form goes on behind the keyword as `bytes` do behind `end`.
    pub(super) fn goes_on(&self, bytes: &[u8], end: usize) -> bool {
        let next = bytes.get(end);
        next.is_none_or(|&next| self.next[usize::from(next)])
    }

    /// The forms, in order.
    pub(super) fn forms(&self) -> &[usize] {
        &self.forms
    }
}

/// The first eight bytes, as a number: two short texts of one length are the same if these are.
fn start_of(text: &[u8]) -> u64 {
    let mut start = [0; 8];
    let length = text.len().min(8);
    start[..length].copy_from_slice(&text[..length]);
    u64::from_le_bytes(start)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lists(keywords: &[&str], forms: &[&str]) -> Vec<Shortlist> {
        let mut builder = regex_syntax::ParserBuilder::new();
        builder.unicode(false).utf8(false);
        let forms = forms.iter();
        let forms = forms.map(|form| builder.build().parse(form).unwrap());
        let starts: Vec<Starts> = forms.map(|form| Starts::of(&form)).collect();
        let all = || starts.iter().map(Some);
        let keywords = keywords.iter();
        keywords
            .map(|keyword| Shortlist::of(keyword, all()))
            .collect()
    }

    #[test]
    fn a_keyword_has_the_forms_that_begin_with_it() {
        let lists = lists(
            &["token", "login", "gitlab-runner"],
            &[
                "(?:TOKEN|token)=[a-z]+",
                "login\\s[a-z]+",
                "token[a-z]",
                "gitlab[ -]r",
            ],
        );
        let at = |text: &str, end: usize| {
            let list = Shortlist::at(&lists, text.as_bytes(), &(0..end)).unwrap();
            (list.forms().to_vec(), list.goes_on(text.as_bytes(), end))
        };
        assert_eq!(at("token=", 5), (vec![0, 2], true));
        assert_eq!(at("token", 5), (vec![0, 2], true));
        assert_eq!(at("token)", 5), (vec![0, 2], false));
        assert_eq!(at("login a", 5), (vec![1], true));
        assert_eq!(at("login-a", 5), (vec![1], false));
        assert_eq!(at("gitlab-runner!", 13), (vec![3], true));
        assert!(Shortlist::at(&lists, b"other", &(0..5)).is_none());
    }

    #[test]
    fn a_form_that_begins_anywhere_is_every_keywords() {
        let list = Shortlist::of("token", [None, None]);
        assert_eq!(list.forms(), [0, 1]);
        assert!(list.goes_on(b"token)", 5));
    }
}
