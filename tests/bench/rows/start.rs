//! The start of the program on an empty script, against other programs that do nothing.

use std::process::Command;
use std::time::Duration;

use drsh_real::programs;

use crate::measure;
use crate::place::Place;
use crate::row::Row;

const WHAT: &str = "start: an empty script";

pub fn rows() -> Vec<Row> {
    let place = Place::new("name = \"bench\"\n");
    place.write("empty.rhai", "fn main() {}\n");
    place.write("empty.yml", "- hosts: localhost\n  gather_facts: false\n  tasks: []\n");
    let mut own = || measure::run(&mut place.drsh(&["empty.rhai"]));
    own();
    let others: [(&str, &str, &[&str], f64, usize); 3] = [
        ("`kubectl version --client`", "kubectl", &["version", "--client"], 20.0, 31),
        ("`python3 -c pass`", "python3", &["-c", "pass"], 5.0, 31),
        (
            "an empty Ansible play",
            "ansible-playbook",
            &["-i", "localhost,", "-c", "local", "empty.yml"],
            100.0,
            5,
        ),
    ];
    let mut rows = Vec::new();
    let mut last = Duration::ZERO;
    for (name, program, arguments, reach, rounds) in others {
        let Some(program) = programs::find(program) else {
            rows.push(Row::absent(WHAT, &format!("{program} is not here (README.md says how to get it)")));
            continue;
        };
        let mut theirs = || measure::run(Command::new(&program).args(arguments).current_dir(place.path()));
        theirs();
        let [mine, other] = measure::in_turns(rounds, [&mut own, &mut theirs]);
        last = mine;
        rows.push(Row::ahead(WHAT, mine, (name, other), reach));
    }
    rows.push(Row::under("start, by itself", last.as_secs_f64() * 1000.0, 10.0, "ms"));
    rows
}
