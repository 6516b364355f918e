//! In which language texts are told: by a flag, else by the locale.

use crate::explain::Language;

/// The language of a text.
#[derive(clap::Args, Clone, Copy, Debug)]
pub(crate) struct Lang {
    /// The language of the text [default: that of LC_ALL, LC_MESSAGES or LANG]
    #[arg(long, value_enum, value_name = "LANGUAGE")]
    lang: Option<Name>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Name {
    En,
    #[value(name = "zh-CN", alias = "zh-cn", alias = "zh_CN", alias = "zh")]
    ZhCn,
}

impl Lang {
    /// The one that is meant. Of the variables the first that is not empty counts, as for any
    /// program (locale(7)).
    #[expect(clippy::disallowed_methods, reason = "the locale is told by the environment alone")]
    pub(crate) fn language(self) -> Language {
        match self.lang {
            Some(Name::En) => Language::English,
            Some(Name::ZhCn) => Language::Chinese,
            None => {
                let names = ["LC_ALL", "LC_MESSAGES", "LANG"];
                let mut set = names.iter().filter_map(|name| std::env::var(name).ok());
                let locale = set.find(|value| !value.is_empty()).unwrap_or_default();
                Language::of_locale(&locale)
            }
        }
    }
}
