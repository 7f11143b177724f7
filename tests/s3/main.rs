//! The family `s3` against the lab's S3 and against moto: real requests, real signatures; faults on the way in the lab.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends where it cannot go on")]

/// Makes a test of each of these, against the lab and against moto.
macro_rules! on_lab_and_moto {
    ($($test:ident),* $(,)?) => {
        mod lab {
            $(#[test] fn $test() { super::$test(&crate::world::World::lab()); })*
        }
        mod moto {
            $(#[test] fn $test() { let _ = crate::world::World::moto().map(|world| super::$test(&world)); })*
        }
    };
}

mod chain;
mod failures;
mod faults;
mod looks;
mod presigned;
mod regions;
mod sources;
mod transfers;
mod world;
