//! How a case is run: against the lab and against a real control plane, each held to what a real one once answered.

mod answers;
mod call;
mod case;
mod compare;
mod normal;
mod servers;
mod watch;

pub use answers::recorded_files;
pub use call::{Answer, Call, apply, delete, get, merge, patch, post, put, strategic};
pub use case::Case;
use servers::{SERVERS, Server};
pub use watch::{LIMIT, Watch};

/// Makes a test of each case, and a list of their names.
macro_rules! cases {
    ($topic:literal: $($name:ident),+ $(,)?) => {
        pub const TOPIC: crate::Topic = crate::Topic { name: $topic, cases: &[$(stringify!($name)),+] };


        mod case {
            $(
                #[test]
                fn $name() {
                    crate::kit::hold($topic, stringify!($name), super::$name);
                }
            )+
        }
    };
}

/// Set to record what the real server answers, instead of holding the servers against what is recorded.
const RECORD: &str = "DRSH_CONTRACT_RECORD";

/// Runs a case against the servers, and fails where one answers something else than is recorded.
pub fn hold(topic: &str, name: &str, work: impl AsyncFn(&mut Case)) {
    let servers = &*SERVERS;
    let run = |server: &Server| servers.runtime.block_on(Case::run(server, &work));
    if std::env::var_os(RECORD).is_some() {
        let real = servers.real.as_ref().expect("only a real server's answers are recorded");
        match run(real) {
            Some(transcript) => answers::record(topic, name, &transcript),
            None => panic!("the case left itself out: there is nothing to record"),
        }
        return;
    }
    let wanted = answers::recorded(topic, name);
    let wanted =
        wanted.unwrap_or_else(|| panic!("no answer is recorded; {RECORD}=1 records the real server's"));
    let differences: Vec<_> = [Some(&servers.lab), servers.real.as_ref()]
        .into_iter()
        .flatten()
        .filter_map(|server| compare::difference(&wanted, server.name, &run(server)?))
        .collect();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
