//! An attacker on the line between two programs can read nothing, change nothing and impersonate nobody. It can only
//! cut the line.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread::JoinHandle,
};

use crate::peers::proxy::{Carried, Harm, Proxy, Way};
use crate::support::{
    AT_ONCE, KOREAN, Program, accept, clock, introduce,
    messages::{self, Who},
    part,
    peer::{Person, SecurePeer, hello, knock},
    thread,
};
use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER, HEXUPPER};
use duologue::{
    identity::{PublicKey, SafetyNumber},
    net::{
        Command, ConnectError, ContactChange, EndReason, Event, How, JoinRequest,
        protocol::{
            frame::Bye,
            secure::{ALPN, Output, Over, TlsError},
        },
    },
    text::charset::Charset,
};
use rustls::AlertDescription;

/// A plain text peer on this computer.
const PLAIN: Who = Who::Plain {
    encrypted_before: None,
};

// Long enough not to turn up in random bytes by chance.
const MINA: &str = "Mina of the hills";
const JUN: &str = "Jun by the sea";

/// Number of messages that each side sends.
const ROUNDS: u64 = 3;

/// Two programs that know each other, with a proxy between them. The called one asks before it admits a stranger, so
/// that an unrecognised caller does not start a conversation.
struct Line {
    caller: Program,
    listener: Program,
    proxy: Proxy,
    /// The port that the called program listens on.
    port: u16,
}

/// The outcome of one call.
#[derive(Debug)]
struct Outcome {
    /// What the called program has received, and the caller.
    heard: [Vec<String>; 2],
    /// The events of the caller. Those of the called program are in `listener`.
    caller: Vec<Event>,
    listener: Vec<Event>,
}

impl Line {
    fn new() -> Self {
        let (mut listener, port) = Program::listening_widely();
        let mut caller = Program::start();
        caller.set_preferences(MINA, true);
        listener.set_preferences(JUN, true);
        introduce(&mut caller, &mut listener, port);
        part(&mut caller, &mut listener);
        Self {
            caller,
            listener,
            proxy: Proxy::before(port),
            port,
        }
    }

    /// Makes both forget undelivered messages, so that each conversation is like the one before. The listener still
    /// knows the caller.
    fn forget_what_waits(&mut self) {
        let [mine, theirs] = [self.caller.key(), self.listener.key()];
        let forget = |program: &Program, key| {
            program.ask(&Command::ChangeContact(key, ContactChange::Forget));
        };
        forget(&self.caller, theirs);
        forget(&self.listener, mine);
        for change in [
            ContactChange::SetBlocked(true),
            ContactChange::SetBlocked(false),
            ContactChange::SetVerified(true),
        ] {
            self.listener.ask(&Command::ChangeContact(mine, change));
        }
        self.caller.settle();
        self.listener.settle();
    }

    /// Makes one call and talks as far as possible.
    fn talk(&mut self, harm: Harm) -> (Carried, Outcome) {
        self.forget_what_waits();
        let from = [self.caller.history.len(), self.listener.history.len()];
        let carried = self.proxy.carry(harm);
        self.caller.call(self.proxy.port(), How::Encrypted);
        self.take_turns();
        // The call ends, whatever the proxy has done.
        if !self.caller.history[from[0]..].iter().any(is_end) {
            self.caller
                .expect("the caller's end", |event| is_end(event).then_some(()));
        }
        let carried = carried.join().expect("the line holds");
        self.listener.settle();
        let listener = &self.listener.history[from[1]..];
        let begun = listener
            .iter()
            .filter(|event| matches!(event, Event::Connected { .. }));
        if begun.count() > listener.iter().filter(|event| is_end(event)).count() {
            self.listener
                .expect("the called one's end", |event| is_end(event).then_some(()));
        }
        // A caller whose first bytes were changed looks like plain text, and its request would stay although it is
        // gone.
        let asks = self.listener.history[from[1]..].iter();
        let asks: Vec<_> = asks.filter_map(asked).collect();
        for ask in asks {
            assert_eq!(messages::who_asks(&ask), PLAIN, "a known key needs not ask");
            self.listener.answer(&ask, false);
        }
        let caller = self.caller.history.split_off(from[0]);
        let listener = self.listener.history.split_off(from[1]);
        let heard = [&listener, &caller].map(|events| {
            let text = |event: &Event| {
                // Nothing is ever shown but what was sent.
                let plain = messages::plain_text(event);
                let plain = plain.map(|(decoded, _)| format!("in plain text: {decoded:?}"));
                messages::text(event).map(|heard| heard.text).or(plain)
            };
            events.iter().filter_map(text).collect()
        });
        let outcome = Outcome {
            heard,
            caller,
            listener,
        };
        (carried, outcome)
    }

    fn take_turns(&mut self) {
        let connected = |event: &Event| matches!(event, Event::Connected { .. });
        if !self.caller.expect("an answer", or_end(connected)) {
            return;
        }
        for round in 0..ROUNDS {
            self.caller.send(round, &said(0, round), Charset::UTF_8);
            if !self.listener.expect("what was said", or_end(is_text)) {
                return;
            }
            self.listener.send(round, &said(1, round), Charset::UTF_8);
            if !self.caller.expect("what was said", or_end(is_text)) {
                return;
            }
        }
        self.caller.ask(&Command::Disconnect);
    }
}

/// The messages of the caller (0) and the called program (1).
fn said(who: usize, round: u64) -> String {
    format!("{} {round}: {KOREAN}", ["there", "and back"][who])
}

fn is_text(event: &Event) -> bool {
    messages::text(event).is_some()
}

fn asked(event: &Event) -> Option<JoinRequest> {
    match event {
        Event::JoinRequested(ask) => Some(ask.clone()),
        _ => None,
    }
}

fn is_end(event: &Event) -> bool {
    matches!(event, Event::Ended(_) | Event::ConnectFailed { .. })
}

/// Returns whether this event comes before the end.
fn or_end(is: impl Fn(&Event) -> bool) -> impl FnMut(&Event) -> Option<bool> {
    move |event| (is(event) || is_end(event)).then(|| is(event))
}

/// Fails if anything was received that was not sent, or out of order.
#[track_caller]
fn assert_heard_is_a_prefix(outcome: &Outcome) {
    for (who, heard) in outcome.heard.iter().enumerate() {
        let said: Vec<_> = (0..ROUNDS).map(|round| said(who, round)).collect();
        assert!(said.starts_with(heard), "{outcome:#?}");
    }
    let ends = outcome.caller.iter().filter(|event| is_end(event)).count();
    assert_eq!(ends, 1, "{outcome:#?}");
}

/// Whether everything was received, including the goodbye.
fn is_whole(outcome: &Outcome) -> bool {
    let count = usize::try_from(ROUNDS).expect("few");
    let end = outcome.listener.iter().find(|event| is_end(event));
    outcome.heard.iter().all(|heard| heard.len() == count)
        && end == Some(&Event::Ended(EndReason::PeerLeft))
}

#[track_caller]
fn assert_whole(outcome: &Outcome) {
    assert_heard_is_a_prefix(outcome);
    assert!(is_whole(outcome), "{outcome:#?}");
}

#[test]
fn nothing_readable_goes_over_the_line() {
    let mut line = Line::new();
    let carried = line.proxy.carry(Harm::Nothing);
    let (caller, listener) = (&mut line.caller, &mut line.listener);
    caller.call(line.proxy.port(), How::Encrypted);
    assert_eq!(listener.named(), MINA);
    assert_eq!(caller.named(), JUN);
    let long = "a long message of which every part could be seen; ".repeat(1000);
    let words = [KOREAN, "swordfish", &long, "#exit"];
    for (id, word) in (0..).zip(words) {
        caller.ask(&Command::SetTyping(true));
        listener.expect("Typing", |event| {
            (*event == Event::Typing(true)).then_some(())
        });
        caller.ask(&Command::SetTyping(false));
        caller.say(id, word);
        // No word has a special meaning here.
        assert_eq!(listener.text(), word);
        listener.say(id, word);
        assert_eq!(caller.text(), word);
    }
    caller.ask(&Command::Disconnect);
    assert_eq!(caller.ended(), EndReason::Disconnected);
    assert_eq!(listener.ended(), EndReason::PeerLeft);
    let (mine, theirs) = (caller.key(), listener.key());
    let Carried { there, back, .. } = carried.join().expect("the line holds");

    let contains = |needle: &[u8]| {
        assert!(needle.len() > 4, "chance would find it");
        [&there, &back]
            .iter()
            .any(|stream| stream.windows(needle.len()).any(|part| part == needle))
    };
    assert!(contains(ALPN), "the greeting can be seen: this looks right");
    let long = &long[..50];
    let word = KOREAN.split(' ').next().expect("a word");
    for text in [KOREAN, word, "swordfish", long, "#exit", MINA, JUN] {
        assert!(!contains(text.as_bytes()), "{text}");
        let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(!contains(&wide), "{text} in UTF-16");
        let old = Charset::CP949.encode(text).expect("Korean");
        assert!(!contains(&old), "{text} in CP949");
    }
    for key in [mine, theirs] {
        for (what, bytes) in written(key) {
            assert!(!contains(&bytes), "{what}");
        }
    }
}

/// The encodings in which a key could be visible.
fn written(key: PublicKey) -> Vec<(&'static str, Vec<u8>)> {
    let key = key.as_bytes();
    // Half of a key would identify it, too, and base64 may start anywhere in a longer text.
    vec![
        ("a key", key.to_vec()),
        ("half a key", key[..16].to_vec()),
        ("the other half", key[16..].to_vec()),
        ("base64", BASE64.encode(&key[..30]).into_bytes()),
        (
            "base64, one further",
            BASE64.encode(&key[1..31]).into_bytes(),
        ),
        (
            "base64, two further",
            BASE64.encode(&key[2..32]).into_bytes(),
        ),
        ("base64url", BASE64URL_NOPAD.encode(&key[..30]).into_bytes()),
        ("hexadecimal", HEXLOWER.encode(&key[..16]).into_bytes()),
        ("in capitals", HEXUPPER.encode(&key[..16]).into_bytes()),
    ]
}

/// Flips one bit at every offset in both directions of a short conversation, including the handshake.
#[test]
fn a_changed_byte_never_changes_a_message() {
    let mut line = Line::new();
    let (carried, outcome) = line.talk(Harm::Nothing);
    assert_whole(&outcome);
    let (again, _) = line.talk(Harm::Nothing);
    let lengths = [carried.there.len(), carried.back.len()];
    assert_eq!(
        lengths,
        [again.there.len(), again.back.len()],
        "a conversation is as long as the one before"
    );
    let places: Vec<_> = (0..lengths[0])
        .map(|at| (Way::There, at))
        .chain((0..lengths[1]).map(|at| (Way::Back, at)))
        .collect();
    // Changes that do no harm: to the type and the version in a record's header, which are ignored (RFC 8446, 5.1 and
    // 5.2), and to the last record, after the goodbye.
    let harmless = [Way::There, Way::Back].map(|way| {
        let ends = carried.record_ends(way);
        let starts = [0].iter().chain(&ends);
        let for_show: Vec<_> = starts.flat_map(|start| *start..start + 3).collect();
        (for_show, ends[ends.len() - 2])
    });
    let flipped = in_lanes(places, move |line, (way, at)| {
        let (carried, outcome) = line.talk(Harm::Flip(way, at, 1 << (at % 8)));
        assert_heard_is_a_prefix(&outcome);
        if is_whole(&outcome) {
            let (for_show, goodbye) = &harmless[way as usize];
            assert!(
                for_show.contains(&at) || at >= *goodbye,
                "nobody noticed: {way:?}, {at}"
            );
        }
        usize::from(carried.harmed)
    });
    // Only the change itself may make a conversation shorter than that offset.
    assert_eq!(flipped, lengths[0] + lengths[1]);
}

/// Cuts between any two records, next to each such place, and at some other offsets, by a close and by a reset.
#[test]
fn a_cut_anywhere_loses_only_what_follows_and_the_next_call_works() {
    let (carried, outcome) = Line::new().talk(Harm::Nothing);
    assert_whole(&outcome);
    let mut places = Vec::new();
    for (way, stream) in [(Way::There, &carried.there), (Way::Back, &carried.back)] {
        let ends = carried.record_ends(way);
        assert_eq!(ends.last(), Some(&stream.len()), "whole records");
        // After the second to last record, the goodbye or its answer has passed.
        let goodbye = ends[ends.len() - 2];
        let beside = ends.iter().flat_map(|end| [end - 1, *end, end + 1]);
        let here_and_there = (0..stream.len()).step_by(41);
        let mut offsets: Vec<_> = beside.chain(here_and_there).collect();
        offsets.sort_unstable();
        offsets.dedup();
        // A cut before the first byte is made when that byte arrives.
        let offsets = offsets.into_iter().filter(|at| *at < goodbye);
        places.extend(offsets.flat_map(|at| [Harm::Reset(way, at), Harm::Close(way, at)]));
    }
    let count = places.len();
    let cut = in_lanes(places, |line, harm| {
        let (carried, outcome) = line.talk(harm);
        assert_heard_is_a_prefix(&outcome);
        // Only the peer itself can say goodbye.
        let end = outcome.listener.iter().find(|event| is_end(event));
        assert!(
            end.is_none_or(|end| *end == Event::Ended(EndReason::Lost)),
            "{harm:?}: {outcome:#?}"
        );
        let next = clock();
        let (_, outcome) = line.talk(Harm::Nothing);
        assert_whole(&outcome);
        let took = next.elapsed();
        assert!(took < AT_ONCE, "{harm:?}: the next one took {took:?}");
        usize::from(carried.harmed)
    });
    assert_eq!(cut, count);
}

/// Runs this for each of these places on four lines at once and returns the sum of the results.
fn in_lanes<P: Copy + Send + Sync + 'static>(
    places: Vec<P>,
    run: impl Fn(&mut Line, P) -> usize + Clone + Send + 'static,
) -> usize {
    let places = Arc::new(places);
    let next = Arc::new(AtomicUsize::new(0));
    let lanes: Vec<_> = (0..4)
        .map(|_| {
            let (places, next) = (Arc::clone(&places), Arc::clone(&next));
            let run = run.clone();
            thread("lane", move || {
                let mut line = Line::new();
                let mut sum = 0;
                while let Some(place) = places.get(next.fetch_add(1, Ordering::Relaxed)) {
                    sum += run(&mut line, *place);
                }
                // After all that, the next call works as usual.
                let (_, outcome) = line.talk(Harm::Nothing);
                assert_whole(&outcome);
                sum
            })
        })
        .collect();
    lanes
        .into_iter()
        .map(|lane| {
            lane.join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
        .sum()
}

/// Accepts the next call to `proxy` as Eve, who calls the real callee meanwhile. Returns the outputs of Eve's
/// connection to the caller.
fn man_in_the_middle(proxy: &Proxy, port: u16, eve: &Arc<Person>) -> JoinHandle<Vec<Output>> {
    let door = proxy.listener();
    let eve = Arc::clone(eve);
    thread("eve", move || {
        let mut to_caller = SecurePeer::accept_on(accept(&door), &eve);
        let mut to_listener = SecurePeer::call(port, &eve, None, knock(None));
        let mut told = Vec::new();
        while let Ok(output) = to_caller.poll() {
            told.push(output);
            if matches!(told.last(), Some(Output::Knocked { .. } | Output::Over(_))) {
                break;
            }
        }
        // Until then the called program asks its person.
        assert_eq!(to_listener.over(), Over::Said(Bye::Rejected));
        told
    })
}

#[test]
fn a_man_in_the_middle_is_detected_by_a_caller_that_knows_the_key() {
    let mut line = Line::new();
    let (carried, outcome) = line.talk(Harm::Nothing);
    assert_whole(&outcome);
    drop(carried);
    let Line {
        mut caller,
        mut listener,
        proxy,
        port,
    } = line;
    let key = listener.key();
    let invite = listener.invite().expect("it listens");
    let mut newcomer = Program::start();
    for program in [&mut caller, &mut listener] {
        program.history.clear();
    }
    for (who, how, invited) in [
        // The caller knows the key of this address.
        (0, How::Encrypted, false),
        // A contact without an address.
        (1, How::To(key), false),
        (1, How::Invited(key, invite.token.clone()), true),
    ] {
        // A new key each time, because a rejected one cannot ask again.
        let eve = Arc::new(Person::new());
        let calling = if who == 0 { &mut caller } else { &mut newcomer };
        let told = man_in_the_middle(&proxy, port, &eve);
        calling.call(proxy.port(), how.clone());
        let expected = ConnectError::OtherKey {
            expected: key,
            seen: eve.key,
            invited,
        };
        assert_eq!(calling.connect_failed(), expected, "{how:?}");
        // The called program sees just a stranger.
        let ask = listener.asked();
        assert_eq!(messages::who_asks(&ask), Who::Key(eve.key));
        listener.answer(&ask, false);
        // Eve learns nothing: no name, no token, and not even who called.
        let told = told.join().expect("Eve does her worst");
        let refused = Output::Over(Over::Tls(TlsError::Refused(AlertDescription::AccessDenied)));
        assert_eq!(told, [refused], "{how:?}");
        listener.settle();
        calling.settle();
    }
    for program in [&caller, &listener, &newcomer] {
        let begun =
            |event: &Event| matches!(event, Event::Connected { .. } | Event::Waiting { .. });
        assert_eq!(program.count(begun), 0, "{:?}", program.history);
    }
    assert_eq!(caller.known(key).map(|peer| peer.key), Some(key));
    // The invite is still valid, because nobody has seen it, and the old key is still expected there.
    newcomer.call(port, How::Invited(key, invite.token));
    assert_eq!(newcomer.connected_with(), Who::Key(key));
    newcomer.named();
    listener.named();
    part(&mut newcomer, &mut listener);
    let carried = proxy.carry(Harm::Nothing);
    caller.call(proxy.port(), How::Encrypted);
    assert_eq!(caller.connected_with(), Who::Key(key));
    part(&mut caller, &mut listener);
    carried.join().expect("the line holds");
}

/// The programs cannot notice it, but the safety numbers differ.
#[test]
fn a_man_in_the_middle_of_a_first_call_changes_the_safety_numbers() {
    let (mut listener, port) = Program::listening_widely();
    let mut caller = Program::start();
    let proxy = Proxy::before(port);
    let door = proxy.listener();
    let eve = Arc::new(Person::new());
    let relay = {
        let eve = Arc::clone(&eve);
        thread("eve", move || {
            let mut to_caller = SecurePeer::accept_on(accept(&door), &eve);
            let mut to_listener = SecurePeer::call(port, &eve, None, knock(None));
            to_caller.expect("a knock", |output| {
                matches!(output, Output::Knocked { .. }).then_some(())
            });
            let name = to_listener.open();
            to_caller.secure.admit(hello(&name), clock());
            to_caller.open();
            to_listener.say(&to_caller.hear());
            to_listener.flush();
            assert_eq!(to_listener.over(), Over::Said(Bye::Left));
        })
    };
    caller.call(proxy.port(), How::Encrypted);
    let ask = listener.admit();
    let (seen_by_caller, seen_by_listener) = (caller.connected_with(), listener.connected_with());
    assert_eq!(messages::who_asks(&ask), seen_by_listener);
    caller.named();
    caller.say(1, "is that you?");
    assert_eq!(listener.text(), "is that you?");
    assert_eq!(seen_by_caller, Who::Key(eve.key));
    assert_eq!(seen_by_listener, Who::Key(eve.key));
    let numbers = [
        SafetyNumber::of(&caller.key(), &eve.key),
        SafetyNumber::of(&listener.key(), &eve.key),
    ];
    assert_ne!(numbers[0], numbers[1]);
    listener.ask(&Command::Disconnect);
    relay.join().expect("Eve does her worst");
    assert_eq!(caller.ended(), EndReason::Lost);
}
