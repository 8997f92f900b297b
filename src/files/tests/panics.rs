use super::*;

/// A side whose owner panics when a thread of this name wakes it, and only the first time.
fn side(outgoing: &Path, name: &'static str) -> Side {
    let mut side = Side::new(outgoing);
    let waker = Arc::clone(&side.woken);
    let has_panicked = std::sync::atomic::AtomicBool::new(false);
    let wake = move || {
        *waker.0.lock().expect("no panic") = true;
        waker.1.notify_all();
        let is_it = std::thread::current().name() == Some(name);
        let panics = is_it && !has_panicked.swap(true, std::sync::atomic::Ordering::SeqCst);
        assert!(!panics, "as a defect in {name} would");
    };
    side.files = Files::new(Box::new(wake), outgoing.to_owned());
    side
}

#[test]
fn a_defect_while_something_is_received_is_reported_as_a_failure_and_the_next_job_works() {
    let mut both = Both::new();
    let path = both.file("a", &content(1000));
    let source = both.sender.prepare(&path);
    let (encoding, _) = both.sender.encode(&source, 0);
    both.receiver = side(&both.to(), "duologue-receive");
    let into = both.destination(&source);
    let job = both.receiver.job();
    both.receiver
        .files
        .receive(job, into.clone())
        .expect("not busy");
    let mut events = Vec::new();
    while !matches!(events.last(), Some(FilesEvent::ReceiveFailed { .. })) {
        assert!(events.len() < 2, "{events:?}");
        events.push(both.receiver.event());
    }
    let why = ReceiveError::Io(io::ErrorKind::Other);
    assert_eq!(events.last(), Some(&FilesEvent::ReceiveFailed { job, why }));
    both.receiver.receive(&into, &encoding).expect("it arrives");
}

#[test]
fn a_defect_while_something_is_sent_ends_it_as_a_failure() {
    let mut both = Both::new();
    let path = both.file("a", &content(1000));
    let source = both.sender.prepare(&path);
    both.sender = side(&both.from("outgoing"), "duologue-send");
    let (_, end) = both.sender.encode(&source, 0);
    assert_eq!(end, Err(SendError::Io(io::ErrorKind::Other)));
    assert_eq!(both.sender.encode(&source, 0).1, Ok(()));
}

#[test]
fn a_defect_while_something_is_prepared_is_reported_and_the_next_job_works() {
    let mut both = Both::new();
    let path = both.from("large");
    // Progress is reported, and the owner woken, before all of it is read.
    let file = fs::File::create(&path).expect("made");
    file.set_len(20 << 20).expect("long");
    both.sender = side(&both.from("outgoing"), "duologue-files");
    assert_eq!(
        both.sender.try_prepare(&path, false),
        Err(PrepareError::Io(path.clone(), io::ErrorKind::Other))
    );
    assert_eq!(both.sender.prepare(&path).offer.size, 20 << 20);
}
