//! Reads what a source file imports, without a parser of all of Rust: comments, texts and tests are taken out, then
//! every `use` tree and every path that begins with `crate` or `super` counts.

use std::path::Path;

/// A source file.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its path below `src`, with `/`.
    pub name: String,
    /// Its module, from the root of the crate.
    pub module: Vec<String>,
    /// Its text without comments, texts and tests.
    pub code: String,
    /// The number of its lines, without modules of tests.
    pub lines: usize,
    /// Whether all of it is a test.
    pub is_test: bool,
}

impl Source {
    pub fn new(path: &Path, text: &str) -> Self {
        let name = path.to_string_lossy().replace('\\', "/");
        let stem = name.strip_suffix(".rs").expect("a Rust file");
        let module = match stem {
            "lib" => Vec::new(),
            _ => stem.split('/').map(str::to_owned).collect(),
        };
        // `samples.rs` has data for tests.
        let is_test = matches!(module.last().map(String::as_str), Some("tests" | "samples"));
        let code = without_tests(&code_of(text));
        Self {
            name,
            module,
            code,
            lines: lines_without_tests(text),
            is_test,
        }
    }

    /// The top-level module it lies in.
    pub fn top(&self) -> String {
        self.module.first().map_or("lib", String::as_str).to_owned()
    }
}

/// The text with comments and string and character literals blanked out.
pub fn code_of(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let skipped = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            block_comment(rest)
        } else if let Some(hashes) = raw_string(rest, code.chars().next_back()) {
            let end = format!("\"{}", "#".repeat(hashes));
            let start = 2 + hashes;
            rest[start..]
                .find(&end)
                .map_or(rest.len(), |at| start + at + end.len())
        } else if first == '"' {
            quoted(rest, '"')
        } else if first == '\'' && is_character(rest) {
            quoted(rest, '\'')
        } else {
            code.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        };
        code.push(' ');
        rest = &rest[skipped..];
    }
    code
}

fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0_u32, 0);
    while at < text.len() {
        if text[at..].starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if text[at..].starts_with("*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

/// The number of hashes of a raw string that begins here.
fn raw_string(text: &str, before: Option<char>) -> Option<usize> {
    if before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
        return None;
    }
    let after = text.strip_prefix('r')?;
    let hashes = after.bytes().take_while(|byte| *byte == b'#').count();
    after[hashes..].starts_with('"').then_some(hashes)
}

fn quoted(text: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        if is_escaped {
            is_escaped = false;
        } else if c == '\\' {
            is_escaped = true;
        } else if c == quote {
            return at + 1;
        }
    }
    text.len()
}

/// A character literal rather than a lifetime.
fn is_character(text: &str) -> bool {
    let mut after = text.chars().skip(1);
    match after.next() {
        Some('\\') => true,
        Some(_) => after.next() == Some('\''),
        None => false,
    }
}

/// The number of lines, without modules that only tests see. Such a module ends at the next brace in the first column.
fn lines_without_tests(text: &str) -> usize {
    let mut lines = text.lines().peekable();
    let mut count = 0;
    while let Some(line) = lines.next() {
        let opens_tests = |next: &&str| next.starts_with("mod ") && next.ends_with('{');
        if line == "#[cfg(test)]" && lines.peek().is_some_and(opens_tests) {
            lines.find(|line| *line == "}");
        } else {
            count += 1;
        }
    }
    count
}

/// The code without what only tests and documentation see: `#[cfg(test)]` and `#[cfg(doc)]` items.
fn without_tests(code: &str) -> String {
    let mut left = String::new();
    let mut rest = code;
    let next = |rest: &str| {
        let tests = rest.find("#[cfg(test)]");
        tests.into_iter().chain(rest.find("#[cfg(doc)]")).min()
    };
    while let Some(at) = next(rest) {
        left.push_str(&rest[..at]);
        let item = &rest[at..];
        let end = match (item.find('{'), item.find(';')) {
            (Some(brace), semicolon) if semicolon.is_none_or(|semicolon| brace < semicolon) => {
                brace + block(&item[brace..])
            }
            (_, Some(semicolon)) => semicolon + 1,
            _ => item.len(),
        };
        rest = &item[end..];
    }
    left.push_str(rest);
    left
}

/// How long the block is that begins with this brace.
fn block(text: &str) -> usize {
    let mut depth = 0_u32;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    text.len()
}

/// What a file imports from this crate: paths from its root, names that are handed on followed to where they are
/// defined.
pub fn imports_of(source: &Source, all: &[Source]) -> Vec<Vec<String>> {
    let mut found: Vec<_> = written_in(source, all)
        .into_iter()
        .map(|(path, _)| path)
        .collect();
    for path in &mut found {
        // A chain of re-exports is short.
        for _ in 0..8 {
            let Some(further) = handed_on(path, all) else {
                break;
            };
            *path = further;
        }
    }
    found.sort();
    found.dedup();
    found
}

/// The file that defines what this path names.
pub fn file_of<'a>(path: &[String], all: &'a [Source]) -> Option<&'a Source> {
    (1..=path.len())
        .rev()
        .find_map(|length| all.iter().find(|source| source.module == path[..length]))
}

/// Where a name that a module hands on (`pub use`) comes from.
fn handed_on(path: &[String], all: &[Source]) -> Option<Vec<String>> {
    let file = file_of(path, all)?;
    let name = path.get(file.module.len())?;
    written_in(file, all)
        .into_iter()
        .find(|(target, is_public)| {
            *is_public && target.last() == Some(name) && *target != path[..=file.module.len()]
        })
        .map(|(mut target, _)| {
            target.extend_from_slice(&path[file.module.len() + 1..]);
            target
        })
}

/// The paths into this crate as they are written, and whether each is a `pub use`.
fn written_in(source: &Source, all: &[Source]) -> Vec<(Vec<String>, bool)> {
    let mut found = Vec::new();
    let code = &source.code;
    let mut uses = Vec::new();
    for (at, _) in code.match_indices("use ") {
        let is_word = code[..at]
            .chars()
            .next_back()
            .is_none_or(char::is_whitespace);
        let Some(end) = code[at..].find(';').filter(|_| is_word) else {
            continue;
        };
        let line = code[..at].rfind(['\n', ';', '}']).map_or(0, |at| at + 1);
        let is_public = code[line..at].contains("pub");
        let tree = &code[at + "use ".len()..at + end];
        uses.push(at..at + end);
        for path in leaves(tree) {
            if let Some(path) = absolute(&path, source, depth(code, at), all) {
                found.push((path, is_public));
            }
        }
    }
    for start in ["crate::", "super::"] {
        for (at, _) in code.match_indices(start) {
            let is_start = code[..at]
                .chars()
                .next_back()
                .is_none_or(|c| !(c.is_alphanumeric() || c == '_' || c == ':'));
            if !is_start || uses.iter().any(|range| range.contains(&at)) {
                continue;
            }
            let is_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
            let end = code[at..].find(|c| !is_path(c)).unwrap_or(code.len() - at);
            // A visibility is no import.
            if code[..at].trim_end().ends_with("(in") {
                continue;
            }
            let path: Vec<_> = segments(&code[at..at + end]);
            if let Some(path) = absolute(&path, source, depth(code, at), all) {
                found.push((path, false));
            }
        }
    }
    found
}

/// In how many modules inside of its file this place lies.
fn depth(code: &str, at: usize) -> usize {
    let mut open = Vec::new();
    let before = &code[..at];
    for (brace, c) in before.char_indices() {
        match c {
            '{' => {
                let start = before[..brace]
                    .rfind([';', '}', '{'])
                    .map_or(0, |at| at + 1);
                open.push(
                    before[start..brace]
                        .split_whitespace()
                        .any(|word| word == "mod"),
                );
            }
            '}' => {
                open.pop();
            }
            _ => {}
        }
    }
    open.into_iter().filter(|is_module| *is_module).count()
}

fn segments(path: &str) -> Vec<String> {
    let path = path.split(" as ").next().unwrap_or_default();
    path.split("::")
        .map(|part| part.trim().to_owned())
        .filter(|part| !part.is_empty())
        .collect()
}

/// The paths of a `use` tree.
fn leaves(tree: &str) -> Vec<Vec<String>> {
    let tree = tree.trim();
    let Some(brace) = tree.find('{') else {
        return vec![segments(tree)];
    };
    let prefix = segments(&tree[..brace]);
    let inner = &tree[brace + 1..tree.rfind('}').unwrap_or(tree.len())];
    let (mut depth, mut start, mut found) = (0_u32, 0, Vec::new());
    let mut add = |part: &str| {
        for mut leaf in leaves(part) {
            if leaf.last().is_some_and(|last| last == "self") {
                leaf.pop();
            }
            found.push([prefix.clone(), leaf].concat());
        }
    };
    for (at, c) in inner.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                add(&inner[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    if !inner[start..].trim().is_empty() {
        add(&inner[start..]);
    }
    found
}

/// A path as written, from the root of the crate; nothing for another crate's.
fn absolute(path: &[String], source: &Source, depth: usize, all: &[Source]) -> Option<Vec<String>> {
    let first = path.first()?;
    // The binary's file names the library as another crate.
    if source.module == ["main"] {
        return (first == "duologue").then(|| path[1..].to_vec());
    }
    let supers = path.iter().take_while(|part| *part == "super").count();
    match first.as_str() {
        "crate" => Some(path[1..].to_vec()),
        "self" => Some([&source.module, &path[1..]].concat()),
        "super" => {
            // The first ones lead out of the modules inside of the file.
            let up = supers.saturating_sub(depth).min(source.module.len());
            let module = &source.module[..source.module.len() - up];
            Some([module, &path[supers..]].concat())
        }
        _ => {
            let child = [&source.module[..], std::slice::from_ref(first)].concat();
            let is_child = all.iter().any(|other| other.module == child);
            is_child.then(|| [&source.module, path].concat())
        }
    }
}
