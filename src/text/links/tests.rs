use super::*;

/// The links in a text, as they are written.
fn found(text: &str) -> Vec<String> {
    let links = links(text);
    for link in &links {
        assert_eq!(text[link.bytes.clone()], link.text);
        let characters = link.characters.clone();
        let same: String = text
            .chars()
            .skip(characters.start)
            .take(characters.len())
            .collect();
        assert_eq!(same, link.text);
    }
    links.into_iter().map(|link| link.text).collect()
}

#[test]
fn pages_and_mail_addresses_are_links() {
    for link in [
        "http://a.kr",
        "https://a.kr/",
        "HTTPS://A.KR/b",
        "http://localhost:8080/a?b=c&d#e",
        "http://192.168.0.1/",
        "https://ko.wikipedia.org/wiki/한국_(나라)",
        "https://한국.kr/검색?q=두+글자",
        "https://a.kr/path?ids[]=1",
        "a@b.kr",
        "mailto:a.b+c@d-e.co.kr",
        "MAILTO:a@b.kr",
    ] {
        assert_eq!(found(link), [link]);
        assert_eq!(found(&format!("see {link}, then")), [link]);
        assert!(Target::of(link).is_some(), "{link}");
    }
}

#[test]
fn nothing_else_is_a_link() {
    for text in [
        "file:///etc/passwd",
        "javascript:alert(1)",
        "javascript://a.kr/%0aalert(1)",
        "data:text/html,hello",
        "ftp://a.kr/b",
        "xhttp://a.kr",
        "smb://a.kr/b",
        "duologue://a.kr:50000",
        "http://",
        "http:///",
        "https://...",
        "a@b",
        "@name",
        "12:30",
        "main.rs",
    ] {
        assert_eq!(found(text), [""; 0], "{text}");
    }
    for link in [
        "file:///etc/passwd",
        "javascript:a@b.kr",
        "ftp://a.kr",
        "http://",
    ] {
        let target = Target::of(link);
        let opens = target.is_none_or(|target| target.url().starts_with("mailto:"));
        assert!(opens, "{link}");
    }
}

#[test]
fn what_surrounds_a_link_is_not_part_of_it() {
    for (text, link) in [
        ("http://a.kr.", "http://a.kr"),
        ("http://a.kr/b?!", "http://a.kr/b"),
        ("(http://a.kr/b)", "http://a.kr/b"),
        ("(see http://a.kr/b_(c))", "http://a.kr/b_(c)"),
        ("[http://a.kr/b]", "http://a.kr/b"),
        ("<http://a.kr/b>", "http://a.kr/b"),
        ("\"http://a.kr/b\"", "http://a.kr/b"),
        ("‘http://a.kr/b’", "http://a.kr/b"),
        ("「http://a.kr/b」를", "http://a.kr/b"),
        ("http://a.kr에서", "http://a.kr"),
        ("http://a.kr/에서", "http://a.kr/에서"),
        ("http://a.kr/b에서 봤어", "http://a.kr/b"),
        ("http://a.kr/b?c=d를", "http://a.kr/b?c=d"),
        ("http://a.kr/b.html입니다.", "http://a.kr/b.html"),
        ("http://a.kr:8080으로", "http://a.kr:8080"),
        ("http://한국.kr은", "http://한국.kr"),
        ("http://a.kr/b(c)도", "http://a.kr/b(c)"),
        ("http://a.kr/b(여기)", "http://a.kr/b"),
        ("http://a.kr/%ED%95%9C에서", "http://a.kr/%ED%95%9C"),
        ("http://a.kr/b。次", "http://a.kr/b"),
        ("http://a.kr/b…", "http://a.kr/b"),
        ("http://a.kr/b[U+202E]c", "http://a.kr/b"),
        ("메일은a@b.kr로", "a@b.kr"),
        ("a@b.kr.", "a@b.kr"),
        ("mailto:a@b.kr?attach=/etc/passwd", "mailto:a@b.kr"),
        ("x?attach=b&c@d.kr", "c@d.kr"),
    ] {
        assert_eq!(found(text), [link], "{text}");
    }
}

#[test]
fn each_link_of_many_is_found() {
    let many = "http://a.kr\n".repeat(10_000);
    assert_eq!(found(&many).len(), 10_000);
    assert_eq!(found("http://a.kr,http://b.kr http://c.kr").len(), 2);
}

#[test]
fn a_target_is_what_the_browser_opens() {
    for (link, url) in [
        ("HTTP://A.kr", "http://a.kr/"),
        ("https://한국.kr/가", "https://xn--3e0b707e.kr/%EA%B0%80"),
        ("a@b.kr", "mailto:a@b.kr"),
        ("MAILTO:a@b.kr", "mailto:a@b.kr"),
    ] {
        assert_eq!(Target::of(link).unwrap().url(), url);
    }
}

#[test]
fn the_host_is_spelled() {
    let host = |link| Target::of(link).unwrap().host().unwrap();
    let plain = host("https://google.com@evil.example/google.com");
    assert_eq!(
        (&*plain.ascii, plain.letters, plain.is_deceptive),
        ("evil.example", None, false)
    );
    for (link, ascii, letters) in [
        ("http://한국.kr", "xn--3e0b707e.kr", "한국.kr"),
        ("http://xn--3e0b707e.kr", "xn--3e0b707e.kr", "한국.kr"),
        ("http://münchen.de", "xn--mnchen-3ya.de", "münchen.de"),
    ] {
        let host = host(link);
        assert_eq!(host.ascii, ascii);
        assert_eq!(host.letters.as_deref(), Some(letters));
        assert!(!host.is_deceptive, "{link}");
    }
    // All Cyrillic; Cyrillic among Latin; a dotless i.
    for link in [
        "http://аррӏе.com",
        "http://xn--80ak6aa92e.com",
        "http://gооgle.com",
        "http://gıthub.com",
    ] {
        let host = host(link);
        assert!(host.ascii.starts_with("xn--"), "{host:?}");
        assert!(host.is_deceptive, "{link}");
    }
    assert!(Target::of("a@b.kr").unwrap().host().is_none());
}
