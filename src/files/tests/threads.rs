use super::*;

/// Threads of transfers that have not ended.
fn running(side: &Side) -> usize {
    let threads = side.files.threads.iter();
    threads.filter(|(_, thread)| !thread.is_finished()).count()
}

#[test]
fn a_peer_that_asks_and_stops_again_and_again_starts_only_a_few_threads() {
    let mut both = Both::new();
    let path = both.from("large");
    // Without content on the disk, but hours of hashing in a debug build.
    let file = fs::File::create(&path).expect("made");
    file.set_len(MOST_BYTES).expect("long");
    let source = Source {
        path,
        offer: Offer {
            name: "large".to_owned(),
            size: MOST_BYTES,
            kind: Kind::File,
            root: [7; 32],
        },
    };
    let mut was_busy = false;
    for _ in 0..1000 {
        let job = both.sender.job();
        let sent = both.sender.files.send(job, source.clone(), 0);
        was_busy |= sent.is_err();
        both.sender.files.stop(job, false);
        assert!(running(&both.sender) <= 2 * MOST_MOVING);
    }
    assert!(was_busy);
    // The owner is woken when a thread has ended.
    let job = both.sender.job();
    while both.sender.files.send(job, source.clone(), 0).is_err() {
        both.sender.wait();
    }
}

#[test]
fn what_is_to_be_deleted_is_refused_while_too_much_waits_and_not_forgotten() {
    let mut both = Both::new();
    let path = both.from("large");
    let file = fs::File::create(&path).expect("made");
    file.set_len(MOST_BYTES).expect("long");
    both.sender
        .files
        .prepare(1, path.clone(), false)
        .expect("not busy");
    both.sender.wait();
    let parts: Vec<_> = (0..100)
        .map(|_| part::new_path(&both.to()).expect("a path"))
        .collect();
    for part in &parts {
        fs::write(part, b"a part").expect("written");
    }
    let mut refused: Vec<_> = parts
        .iter()
        .filter(|part| both.sender.files.discard((*part).clone()).is_err())
        .collect();
    assert!(!refused.is_empty());
    both.sender.files.stop(1, false);
    // The owner is woken when there is room again.
    while let Some(part) = refused.pop() {
        while both.sender.files.discard(part.clone()).is_err() {
            both.sender.files.poll();
            if both.sender.files.discard(part.clone()).is_err() {
                both.sender.wait();
            }
        }
    }
    // Dropping it waits for what was asked for.
    both.sender.files = Files::new(Box::new(|| {}), PathBuf::new());
    assert!(both.arrived().is_empty());
}
