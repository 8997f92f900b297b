//! The cost of decoding, encoding and making text safe to show, beside copying the same bytes.
#![expect(clippy::unwrap_used, reason = "a benchmark may panic when it fails")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use duologue::text::{
    charset::{Charset, Reading},
    visible::visible,
};

fn text(criterion: &mut Criterion) {
    let korean = "안녕하세요! 오늘 뭐 해? 점심 같이 먹을래? ".repeat(1000);
    let utf8 = korean.as_bytes().to_vec();
    let cp949 = Charset::CP949.encode(&korean).unwrap();

    let mut group = criterion.benchmark_group("korean, 60 KB");
    for (name, bytes) in [("utf-8", &utf8), ("cp949", &cp949)] {
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_with_input(
            BenchmarkId::new("copy (floor)", name),
            bytes,
            |bencher, bytes| {
                bencher.iter(|| black_box(bytes).clone());
            },
        );
        group.bench_with_input(BenchmarkId::new("decode", name), bytes, |bencher, bytes| {
            bencher.iter(|| Reading::default().decode(black_box(bytes)));
        });
    }
    group.throughput(Throughput::Bytes(korean.len() as u64));
    group.bench_function("encode/cp949", |bencher| {
        bencher.iter(|| Charset::CP949.encode(black_box(&korean)));
    });
    group.bench_function("visible", |bencher| {
        bencher.iter(|| visible(black_box(&korean)).len());
    });
    group.finish();
}

criterion_group!(benches, text);
criterion_main!(benches);
