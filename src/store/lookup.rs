//! The answer to a question about somebody.

/// What the store says when it is asked about a key or an address. That nobody can say is an answer of its own, because
/// it must not be taken for "nobody": then anybody could pass for a stranger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lookup<T> {
    /// This is known.
    Found(T),
    /// There is nothing.
    Nothing,
    /// The store is not open, can't be read, or may lack contacts of a damaged file.
    Unclear,
}

impl<T> Lookup<T> {
    /// The same answer, with `map` applied to what was found.
    pub fn map<U>(self, map: impl FnOnce(T) -> U) -> Lookup<U> {
        match self {
            Self::Found(found) => Lookup::Found(map(found)),
            Self::Nothing => Lookup::Nothing,
            Self::Unclear => Lookup::Unclear,
        }
    }
}

impl<T> From<Option<T>> for Lookup<T> {
    fn from(found: Option<T>) -> Self {
        found.map_or(Self::Nothing, Self::Found)
    }
}
