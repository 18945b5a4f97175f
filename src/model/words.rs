//! Enumerations whose values are words in options, rules and reports.

/// Declares an enumeration whose values each have a word, and, after `=>`, a description.
macro_rules! words {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $( $(#[$attribute:meta])* $variant:ident = $word:literal => $description:literal, )+
        }
    ) => {
        words! {
            $(#[$meta])*
            pub enum $name { $( $(#[$attribute])* $variant = $word, )+ }
        }

        impl $name {
            /// Returns a description in words.
            pub fn describe(self) -> &'static str {
                match self { $( Self::$variant => $description, )+ }
            }
        }
    };
    (
        $(#[$meta:meta])*
        pub enum $name:ident { $( $(#[$attribute:meta])* $variant:ident = $word:literal, )+ }
    ) => {
        $(#[$meta])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
        )]
        pub enum $name { $( $(#[$attribute])* #[serde(rename = $word)] $variant, )+ }

        impl $name {
            /// The word used in options, rules and reports.
            pub fn as_str(self) -> &'static str {
                match self { $( Self::$variant => $word, )+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

pub(super) use words;
