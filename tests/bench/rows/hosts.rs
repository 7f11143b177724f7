//! One command on 1, 10 and 50 hosts that are one real sshd by many names: against `ssh` in a loop, `ssh` in xargs,
//! Ansible and pyinfra, and against the slowest single host.

use std::fmt::Write as _;
use std::process::Command;
use std::time::Duration;

use drsh_real::{programs, sshd};
use tokio::runtime::Runtime;

use crate::measure;
use crate::place::Place;
use crate::row::Row;

/// How many hosts there are.
const MOST: usize = 50;

/// How many connections the others open at a time, as drsh does.
const AT_A_TIME: usize = 50;

/// How long the command of the second part works on its host, in seconds.
const WORK: u32 = 4;

/// What another program is called, and what takes its time.
type Other<'a> = (&'static str, Box<dyn FnMut() -> Duration + 'a>);

/// Fifty names of one host, for each of the programs.
struct World {
    place: Place,
    options: String,
    _hosts: Vec<sshd::Sshd>,
    _runtime: Runtime,
}

const NO_SSHD: &str = "no sshd is here";

/// A command that does nothing, on the first `size` hosts.
pub fn sized(size: usize) -> Vec<Row> {
    let what = format!("`true` on {size} hosts");
    let Some(world) = World::start() else { return vec![Row::absent(&what, NO_SSHD)] };
    let mut own = || world.own(size, "[\"true\"]");
    let others = world.others(size).into_iter().map(|(name, mut theirs)| {
        let [mine, other] = measure::in_turns(if size == 1 { 5 } else { 3 }, [&mut own, &mut *theirs]);
        Row::ahead(&what, mine, (name, other), 1.0)
    });
    others.collect()
}

/// A command that works for a while, on all hosts, against the same on one.
pub fn slowest() -> Vec<Row> {
    let what = format!("a command of {WORK} s on {MOST} hosts");
    let Some(world) = World::start() else { return vec![Row::absent(&what, NO_SSHD)] };
    let command = format!("[\"sleep\", \"{WORK}\"]");
    let [all, one] =
        measure::in_turns(3, [&mut || world.own(MOST, &command), &mut || world.own(1, &command)]);
    vec![Row::within(&what, all, ("the same on one host", one), 1.3)]
}

impl World {
    fn start() -> Option<Self> {
        let (place, runtime) = (Place::new(""), Runtime::new().unwrap());
        let hosts = runtime.block_on(sshd::start(place.path(), &["one"])).unwrap()?;
        let user = std::env::var("USER").unwrap_or_else(|_| "root".to_owned());
        let (port, folder) = (hosts[0].port(), place.path().display().to_string());
        let mut environment = "name = \"bench\"\n".to_owned();
        let mut inventory = "[all]\n".to_owned();
        for name in names(MOST) {
            writeln!(
                environment,
                "[hosts.{name}]\naddress = \"127.0.0.1\"\nport = {port}\nuser = \"{user}\"\nidentity_file = \"key\"\nknown_hosts = \"known_hosts\""
            )
            .unwrap();
            writeln!(inventory, "{name} ansible_host=127.0.0.1 ansible_port={port}").unwrap();
        }
        place.write("environment.toml", &environment);
        place.write("inventory", &inventory);
        let config = format!(
            "Host host-*\n HostName 127.0.0.1\n Port {port}\n User {user}\n IdentityFile {folder}/key\n IdentitiesOnly yes\n UserKnownHostsFile {folder}/known_hosts\n BatchMode yes\n"
        );
        let options = place.write("ssh_config", &config).display().to_string();
        Some(Self { place, options, _hosts: hosts, _runtime: runtime })
    }

    /// The program on the first `size` hosts.
    fn own(&self, size: usize, command: &str) -> Duration {
        let names: Vec<String> = names(size).map(|name| format!("host(\"{name}\")")).collect();
        let script = format!(
            "step(\"E1 run it\").done_when(|| false).no_undo(\"it does nothing\").run(|| ssh_all([{}], {command}, minutes(1), #{{most: {AT_A_TIME}}}).len());",
            names.join(", ")
        );
        self.place.write("hosts.rhai", &script);
        measure::run(&mut self.place.drsh(&["hosts.rhai"]))
    }

    /// The others on the first `size` hosts, as far as they are here.
    fn others(&self, size: usize) -> Vec<Other<'_>> {
        let list: String = names(size).map(|name| name + "\n").collect();
        let shell = move |text: String| {
            let mut command = Command::new("sh");
            command.args(["-c", &text]).current_dir(self.place.path());
            measure::run(&mut command)
        };
        let (config, words) = (self.options.clone(), list.replace('\n', " "));
        let in_loop =
            format!("for host in {words}; do ssh -F {config} $host true </dev/null || exit 1; done");
        let abreast =
            format!("printf '%s\\n' {words} | xargs -P {AT_A_TIME} -I HOST ssh -F {config} HOST true");
        let mut all: Vec<Other<'_>> = vec![
            ("`ssh` in a loop", Box::new(move || shell(in_loop.clone()))),
            ("`ssh` in `xargs -P`", Box::new(move || shell(abreast.clone()))),
        ];
        if let Some(ansible) = programs::find("ansible") {
            let hosts: Vec<String> = names(size).collect();
            all.push((
                "`ansible -m raw`",
                Box::new(move || {
                    let mut command = Command::new(&ansible);
                    command.arg(hosts.join(":")).args(["-i", "inventory", "-m", "raw", "-a", "true"]);
                    command.args(["-f", &AT_A_TIME.to_string()]).current_dir(self.place.path());
                    let common = format!(
                        "-o IdentityFile={0}/key -o UserKnownHostsFile={0}/known_hosts -o ControlMaster=no",
                        self.place.path().display()
                    );
                    command.env("ANSIBLE_SSH_ARGS", common);
                    measure::run(&mut command)
                }),
            ));
        }
        if let Some(pyinfra) = programs::find("pyinfra") {
            // A list of many hosts on the command line it takes for the name of a file.
            let hosts: Vec<String> = names(size).map(|name| format!("\"{name}\"")).collect();
            self.place.write("names.py", &format!("hosts = [{}]\n", hosts.join(", ")));
            all.push((
                "pyinfra",
                Box::new(move || {
                    let mut command = Command::new(&pyinfra);
                    command.args(["-y", "--parallel", &AT_A_TIME.to_string(), "--data"]);
                    command.arg(format!("ssh_config_file={}", self.options));
                    command.args(["--data", "ssh_strict_host_key_checking=accept-new"]);
                    command.args(["names.py", "exec", "--", "true"]).current_dir(self.place.path());
                    measure::run(&mut command)
                }),
            ));
        }
        all
    }
}

fn names(count: usize) -> impl Iterator<Item = String> {
    (0..count).map(|number| format!("host-{number}"))
}
