//! Sources that break off or fall silent, and operators who interrupt.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use drsh::problem::Problem;
use drsh::stream::{ByteSource, Opened};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::world::World;

on_lab_and_moto! {
    a_source_that_lost_its_connection_is_read_again_from_the_start,
    a_source_that_failed_for_good_is_not_read_again_and_its_part_is_never_taken_for_the_whole,
    an_interrupted_upload_is_taken_back,
    a_source_that_falls_silent_is_told_and_read_again,
    a_source_that_does_not_say_that_it_ended_is_told_and_read_again,
    a_folder_in_the_place_of_a_file_is_told_as_what_it_is,
}

const PUT: &str = r#"s3_put(bucket("backup"), "demo.db", source(), #{part_mib: 5})"#;
/// More than two parts.
const SIZE: u64 = 11 << 20;

/// A source of `SIZE` bytes, whose first `broken` openings end halfway with this problem.
fn source(opened: &Arc<AtomicUsize>, broken: usize, kind: &'static str) -> ByteSource {
    let opened = opened.clone();
    ByteSource::new("a pod's file", move || {
        let whole = opened.fetch_add(1, Ordering::SeqCst) >= broken;
        Box::pin(async move {
            let size = if whole { SIZE } else { SIZE / 2 };
            let end = move || if whole { Ok(()) } else { Err(Problem::new(kind, "the pod went away")) };
            Ok(Opened {
                reader: Box::new(tokio::io::repeat(7).take(size)),
                finish: Box::pin(async move { end() }),
            })
        })
    })
}

fn a_source_that_lost_its_connection_is_read_again_from_the_start(world: &World) {
    let opened = Arc::new(AtomicUsize::new(0));
    let _ = world.run_with(PUT, source(&opened, 1, "connection_lost")).unwrap();
    assert_eq!(opened.load(Ordering::SeqCst), 2);
    assert_eq!(world.facts("demo.db").unwrap().size, SIZE);
    assert_eq!(world.open_uploads(), 0);
    assert!(world.told().contains("the pod went away"), "{}", world.told());
}

fn a_source_that_failed_for_good_is_not_read_again_and_its_part_is_never_taken_for_the_whole(world: &World) {
    let opened = Arc::new(AtomicUsize::new(0));
    let problem = world.run_with(PUT, source(&opened, 9, "exit")).unwrap_err();
    assert_eq!((&*problem.kind, opened.load(Ordering::SeqCst)), ("exit", 1));
    assert!(world.facts("demo.db").is_none());
    assert_eq!(world.open_uploads(), 0);
}

/// A source of 9 bytes, whose first opening falls silent: before its last byte, or before the word that it ended.
fn silent(before_its_end: bool) -> ByteSource {
    let opened = AtomicUsize::new(0);
    ByteSource::new("a pod's file", move || {
        let is_silent = opened.fetch_add(1, Ordering::SeqCst) == 0;
        Box::pin(async move {
            let (mut end, reader) = tokio::io::duplex(64);
            end.write_all(b"9 bytes!!").await.unwrap();
            let held = (is_silent && before_its_end).then_some(end);
            let finish = async move {
                if is_silent && !before_its_end {
                    std::future::pending::<()>().await;
                }
                drop(held);
                Ok(())
            };
            Ok(Opened { reader: Box::new(reader), finish: Box::pin(finish) })
        })
    })
}

fn put_in_time(world: &World, source: ByteSource) {
    let lines = "credentials = { file = \"credentials\", profile = \"lab\" }\n";
    let environment = world.environment(lines).replace("call_seconds = 60", "call_seconds = 3");
    let _ = world.run_with_in(&environment, PUT, source).unwrap();
    assert_eq!(world.read("demo.db"), b"9 bytes!!");
}

fn a_source_that_falls_silent_is_told_and_read_again(world: &World) {
    put_in_time(world, silent(true));
    assert!(world.told().contains("a pod's file gave nothing for 3s"), "{}", world.told());
}

fn a_source_that_does_not_say_that_it_ended_is_told_and_read_again(world: &World) {
    put_in_time(world, silent(false));
    let message = "a pod's file gave all its bytes and no word that it ended for 3s";
    assert!(world.told().contains(message), "{}", world.told());
}

fn a_folder_in_the_place_of_a_file_is_told_as_what_it_is(world: &World) {
    std::fs::create_dir(world.path("backup/old")).unwrap();
    let script = r#"s3_put(bucket("backup"), "demo.db", file_source(folder("backup"), "old"))"#;
    let problem = world.run(script).unwrap_err();
    assert_eq!(problem.kind, "source");
    assert_eq!(problem.message, "old in folder backup broke off while it was read: Is a directory");
    assert!(world.facts("demo.db").is_none());
}

fn an_interrupted_upload_is_taken_back(world: &World) {
    let cancel = world.cancel_token();
    let interrupted = cancel.clone();
    let silent = ByteSource::new("a pod's file", move || {
        let cancel = interrupted.clone();
        Box::pin(async move {
            // The first part goes on its way; then the operator has enough.
            let (mut end, reader) = tokio::io::duplex(1 << 16);
            tokio::spawn(async move {
                let _ = tokio::io::copy(&mut tokio::io::repeat(7).take(6 << 20), &mut end).await;
                cancel.cancel();
                std::future::pending::<()>().await;
            });
            Ok(Opened { reader: Box::new(reader), finish: Box::pin(async { Ok(()) }) })
        })
    });
    let problem = world.run_with(PUT, silent).unwrap_err();
    assert_eq!(problem.kind, "interrupted");
    let patience = Instant::now() + Duration::from_mins(1);
    while world.open_uploads() > 0 {
        assert!(Instant::now() < patience, "the upload was not taken back");
        std::thread::yield_now();
    }
    assert!(world.facts("demo.db").is_none());
}
