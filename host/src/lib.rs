//! drsh carries out OpenShift disaster recovery runbooks that are written in Rhai.
//!
//! Layers, imports pointing down only: `cli`, `repl`, `check`, `reference` and `report`, `engine`, the families (`oc`, `ssh`, `s3`, `route53`, `pki`, `files`,
//! `time`, `steps`, `text`), `gate`, `run`, `journal`, `environment`; beneath all of them `aws`, `closure`, `data`, `declare`,
//! `local`, `options`, `output`, `page`, `problem`, `retry`, `secret`, `stream`, `tame`,
//! `unknown`.

pub mod aws;
pub mod check;
pub mod cli;
pub mod closure;
pub mod data;
pub mod declare;
pub mod engine;
pub mod environment;
pub mod files;
pub mod gate;
pub mod journal;
pub mod local;
pub mod oc;
pub mod options;
pub mod output;
pub mod page;
pub mod pki;
pub mod problem;
pub mod reference;
pub mod repl;
pub mod report;
pub mod retry;
pub mod route53;
pub mod run;
pub mod s3;
pub mod secret;
pub mod ssh;
pub mod steps;
pub mod stream;
pub mod tame;
pub mod text;
pub mod time;
pub mod unknown;
