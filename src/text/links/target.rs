//! Where a link leads, as far as that can be told without going there.

use url::Url;

use crate::text::name::{is_presentable, looks_latin};

/// What a link opens: a page of the web, or a new mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target(Url);

/// Who answers at an address of the web.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// As it is looked up, in ASCII.
    pub ascii: String,
    /// The same in the letters it stands for, if it has others than ASCII.
    pub letters: Option<String>,
    /// Its letters are made to be taken for others, or don't go together.
    pub is_deceptive: bool,
}

impl Target {
    /// What this link opens. `None` if that is neither a page nor a mail.
    pub fn of(link: &str) -> Option<Self> {
        let url = if link.contains("://") {
            Url::parse(link)
        } else {
            let scheme = link.get(.."mailto:".len());
            let has_scheme = scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("mailto:"));
            let address = link.get("mailto:".len()..).filter(|_| has_scheme);
            Url::parse(&format!("mailto:{}", address.unwrap_or(link)))
        };
        let url = url.ok()?;
        let is_page = matches!(url.scheme(), "http" | "https") && url.has_host();
        (is_page || url.scheme() == "mailto").then_some(Self(url))
    }

    /// The address in ASCII, as the browser gets it.
    pub fn url(&self) -> &str {
        self.0.as_str()
    }

    /// Whose page it is. `None` for a mail.
    pub fn host(&self) -> Option<Host> {
        let ascii = self.0.host_str()?.to_owned();
        let (letters, decoded) = idna::domain_to_unicode(&ascii);
        let labels = || letters.split('.').filter(|label| !label.is_ascii());
        let is_deceptive =
            decoded.is_err() || labels().any(|label| looks_latin(label) || !is_presentable(label));
        Some(Host {
            letters: (letters != ascii).then_some(letters.clone()),
            ascii,
            is_deceptive,
        })
    }
}
