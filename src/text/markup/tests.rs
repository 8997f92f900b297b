use proptest::prelude::*;

use super::*;
use crate::text::links::links;

/// The text with its markup named: `<b>`, `<i>`, `<c>` (code), `<B>` (block). Marks are left out, fences are `|`.
fn shown(text: &str) -> String {
    shown_of(text, false)
}

fn shown_of(text: &str, is_cut: bool) -> String {
    let spans = spans(text, &links(text), is_cut);
    let mut shown = String::new();
    let mut before = Vec::new();
    for (at, character) in text.char_indices().chain([(text.len(), '\0')]) {
        let here = |of: &[Kind]| {
            let mut spans = spans.iter();
            spans.any(|span: &Span| of.contains(&span.kind) && span.bytes.contains(&at))
        };
        let kinds = [
            (here(&[Kind::Bold, Kind::BoldItalic]), 'b'),
            (here(&[Kind::Italic, Kind::BoldItalic]), 'i'),
            (here(&[Kind::Code]), 'c'),
            (here(&[Kind::Block]), 'B'),
        ];
        let marks = spans.iter().flat_map(|span| [&span.open, &span.close]);
        if let Some(mark) = { marks }.find(|mark| mark.bytes.contains(&at)) {
            if mark.is_line {
                shown.push('|');
            }
            continue;
        }
        let kinds: Vec<_> = kinds.into_iter().filter(|(is_so, _)| *is_so).collect();
        if kinds != before {
            let name = |(_, name): &(bool, char)| *name;
            let names: String = kinds.iter().map(name).collect();
            shown.extend(["<", &names, ">"]);
            before = kinds;
        }
        if character != '\0' {
            shown.push(character);
        }
    }
    shown
}

#[test]
fn marks_make_text_bold_italic_and_code() {
    for (text, is) in [
        ("**bold**", "<b>bold<>"),
        ("*italic*", "<i>italic<>"),
        ("***both***", "<bi>both<>"),
        ("`code`", "<c>code<>"),
        ("``a`b``", "<c>a`b<>"),
        ("a **b c** d", "a <b>b c<> d"),
        ("**a *b* c**", "<b>a <bi>b<b> c<>"),
        ("*a **b** c*", "<i>a <bi>b<i> c<>"),
        ("**bold *it***", "<b>bold <bi>it<>"),
        ("*it **bold***", "<i>it <bi>bold<>"),
        ("**use `x` now**", "<b>use <bc>x<b> now<>"),
        ("(*a*), \"**b**\".", "(<i>a<>), \"<b>b<>\"."),
        (
            "*wait...* *why?* **no!**",
            "<i>wait...<> <i>why?<> <b>no!<>",
        ),
        ("🎉 **🎉 party 🎉** ok", "🎉 <b>🎉 party 🎉<> ok"),
        ("**중요**합니다", "<b>중요<>합니다"),
        ("이것은**중요(필수)**합니다", "이것은<b>중요(필수)<>합니다"),
        ("*강조*는 조금만", "<i>강조<>는 조금만"),
        ("`code`를 쓰세요", "<c>code<>를 쓰세요"),
        ("- **a**: b\n- **c**: d", "- <b>a<>: b\n- <b>c<>: d"),
    ] {
        assert_eq!(shown(text), is, "{text}");
    }
}

#[test]
fn other_asterisks_and_backticks_stay() {
    for text in [
        "",
        "*",
        "**",
        "***",
        "****",
        "`",
        "``",
        "```",
        "* *",
        "** **",
        "a * b * c",
        "2*3*4",
        "2 * 3 *4",
        "2**3**4",
        "가로*세로*높이",
        "**bold",
        "bold**",
        "*a**",
        "**a*",
        "snake_case_name",
        "__init__",
        "_no_",
        "*.rs *.toml",
        "src/*.rs, tests/*.rs",
        "(*.c)(*.h)",
        "src/**/*.rs",
        "**/*.rs",
        "C:\\*.txt D:\\*.exe",
        "/* comment */",
        "/*comment*/",
        "/**doc**/",
        ".*foo.*",
        "*/5 * * * *",
        "select *, count(*) from t",
        "f(*args, **kwargs)",
        "char *p, *q;",
        "(char*)p; (int*)q;",
        "int a = *b * *c;",
        "f**k s**t",
        "M*A*S*H",
        "(*^_^*)",
        "*-* *_* *.*",
        "(*´▽`*)",
        "\\*not\\*",
        "\\`not`",
        "5* hotel, 4* hostel",
        "* one\n* two",
        "*one\ntwo*",
        "**one\ntwo**",
        "`one\ntwo`",
        "  *\n ***\n*****",
        "it`s and that`",
        "a ``b` c",
        "``` ```",
        "```\n```",
        "password ****",
        "****a****",
    ] {
        let expected = if text.starts_with("it`s") {
            "it<c>s and that<>"
        } else {
            text
        };
        assert_eq!(shown(text), expected, "{text}");
    }
}

#[test]
fn nothing_in_code_is_markup() {
    for (text, is) in [
        ("`**a**` *b*", "<c>**a**<> <i>b<>"),
        ("*a `b* c` d*", "<i>a <ic>b* c<i> d<>"),
        ("`a *b` c*", "<c>a *b<> c*"),
        ("```\n**a**\n```", "|||\n<B>**a**<>\n|||"),
        ("*a ```\nb*\n```", "*a \n<B>b*<>\n|||"),
    ] {
        assert_eq!(shown(text), is, "{text}");
    }
}

#[test]
fn blocks_are_whole_lines_between_fences() {
    for (text, is) in [
        (
            "```\nlet a = 1;\n\nlet b;\n```",
            "|||\n<B>let a = 1;\n\nlet b;<>\n|||",
        ),
        ("```rust\na\n```\nafter", "|||||||\n<B>a<>\n|||\nafter"),
        ("before\n```\na\n```", "before\n|||\n<B>a<>\n|||"),
        ("```a\nb```", "||||\n<B>b<>"),
        ("```this is code\nb\n```", "<B>this is code\nb<>\n|||"),
        ("see: ```\na\n``` ok", "see: \n<B>a<>\n ok"),
        ("```one line```", "<c>one line<>"),
        ("````\n```\n````", "||||\n<B>```<>\n||||"),
        ("```\nnever closed", "```\nnever closed"),
    ] {
        assert_eq!(shown(text), is, "{text}");
    }
    assert_eq!(shown_of("```c\na\nb", true), "||||\n<B>a\nb<>");
    assert_eq!(shown_of("say ```\na", true), "say ```\na");
}

#[test]
fn links_stay_as_they_are() {
    for (text, is) in [
        ("https://a.bc/?q=*d*", "https://a.bc/?q=*d*"),
        ("*https://a.bc/*", "<i>https://a.bc/<>"),
        ("**https://a.bc**", "<b>https://a.bc<>"),
        ("**https://a.bc/d**입니다", "<b>https://a.bc/d<>입니다"),
        ("`https://a.bc`", "<c>https://a.bc<>"),
    ] {
        assert_eq!(shown(text), is, "{text}");
        assert_eq!(links(text).len(), 1, "{text}");
    }
}

/// How many places of the text are looked at for bold and italic.
fn steps(text: &str) -> usize {
    emphasis::STEPS.set(0);
    spans(text, &[], false);
    emphasis::STEPS.get()
}

#[test]
fn the_time_grows_with_the_length_of_the_text() {
    const SIZE: usize = 1 << 20;
    assert!(steps(&"*".repeat(SIZE)) < 10);
    for part in [
        "*a", "*a ", "*a*", "**a *b", "***a**b*", "*a\n", "`*a", "``*a`",
    ] {
        let text = part.repeat(SIZE / part.len());
        assert!(steps(&text) <= SIZE, "{part}");
    }
    // Backticks in rows of different lengths have no counterpart.
    let rows: String = (1..1_400).map(|length| "`".repeat(length) + " ").collect();
    assert_eq!(spans(&rows, &[], false), []);
    assert_eq!(spans(&"`".repeat(SIZE), &[], false), []);
}

proptest! {
    #[test]
    fn spans_are_parts_of_the_text_and_marks_are_only_marks(
        text in "[a가*`\n .(/https:)🎉]{0,40}",
        is_cut in any::<bool>(),
    ) {
        let links = links(&text);
        for span in spans(&text, &links, is_cut) {
            let part = |bytes: &Range<usize>| text.get(bytes.clone());
            prop_assert!(part(&span.bytes).is_some_and(|part| !part.is_empty()), "{:?}", span);
            for mark in [&span.open, &span.close] {
                let part = part(&mark.bytes);
                prop_assert!(part.is_some_and(|part| !part.contains('\n')), "{:?}", span);
                let is_mark = |part: &str| part.trim().chars().all(|c| "*`".contains(c));
                let is_block = span.kind == Kind::Block;
                prop_assert!(is_block || part.is_some_and(is_mark), "{:?}", span);
            }
            prop_assert!(span.open.bytes.end <= span.bytes.start);
            prop_assert!(span.bytes.end <= span.close.bytes.start);
        }
    }
}
