//! Inputs: what a script needs of the environment, checked together before anything is touched.

use rhai::{Array, Dynamic, Map, NativeCallContext};

use super::kinds;
use crate::declare::{Effect, Family, Function};
use crate::environment::{Environment, Mode};
use crate::problem::{Problem, Reply};
use crate::run::Run;

static REQUIRE: Function = Function {
    signature: "require(needs: map) -> map",
    effect: Effect::None,
    doc: r#"
Checks everything that a script needs of the environment, all of it before anything is touched.

* `needs: map` - `clusters`, `hosts`, `buckets`, `zones`, `folders`: lists of names; `parameters`: a map of name to kind;
  `changes`: a map of the same lists, for the targets that the procedure changes: none of them may be read-only, except in
  what only looks, such as a plan.
  Kinds: `text`, `integer`, `flag`, `duration` (`90s`, `5m`, `2h`), `dns-label`, `dns-subdomain`, `one of a|b`,
  `host` and `hosts` for one or several declared hosts;
  with a `?` at the end the parameter may be absent, and is then `()`.

Returns the parameters, by name. Errors: `environment` with every missing, empty or ill-formed input on a line of its
own: the file, the key, and what a right value looks like.

```rhai
let found = require(#{ clusters: ["source"], parameters: #{ not_there: "text?" } });
assert_eq(found.not_there, ());
```
"#,
};

static RUN_ID: Function = Function {
    signature: "run_id() -> string",
    effect: Effect::None,
    doc: r#"
The id of this run, the same in every start of it: for marks in the outside by which a later start of the run knows
again what an earlier one did.

```rhai
assert_eq(run_id().len(), 8);
```
"#,
};

/// Adds the functions of this file.
pub fn declare(family: &mut Family) {
    family.add(&RUN_ID, |context: NativeCallContext| -> Reply<String> {
        Ok(Run::of(&context)?.id().to_owned())
    });
    family.add(&REQUIRE, |context: NativeCallContext, needs: Map| -> Reply<Map> {
        let run = Run::of(&context)?;
        let will_change = run.may_change() && !run.is_planning();
        check(run.environment(), &needs, will_change).map_err(|problem| problem.at(context.call_position()))
    });
}

/// What is missing of `needs` in the environment, or wrong there, one line each; empty if nothing is.
#[must_use]
pub fn wrong(environment: &Environment, needs: &Map) -> Vec<String> {
    look(environment, needs).1
}

fn look(environment: &Environment, needs: &Map) -> (Map, Vec<String>) {
    let mut wrong = Vec::new();
    let mut found = Map::new();
    for (key, wanted) in needs {
        match key.as_str() {
            "parameters" => parameters(environment, wanted, &mut found, &mut wrong),
            // Only a run that changes something is kept off.
            "changes" => {}
            table => targets(environment, table, wanted, &mut wrong),
        }
    }
    (found, wrong)
}

fn check(environment: &Environment, needs: &Map, will_change: bool) -> Result<Map, Problem> {
    let (found, mut wrong) = look(environment, needs);
    if let Some(changes) = needs.get("changes").filter(|_| will_change) {
        read_only(environment, changes, &mut wrong);
    }
    match wrong.len() {
        0 => Ok(found),
        count => {
            let file = environment.file.display();
            let inputs = if count == 1 { "one input is" } else { &format!("{count} inputs are") };
            let list = wrong.join("\n  ");
            Err(Problem::new("environment", format!("{inputs} missing or wrong in {file}:\n  {list}")).hint(
                format!("nothing was touched; mend {file}, then look with `drsh env check --env {file}`"),
            ))
        }
    }
}

/// Finds the targets that are to be changed and may only be read.
fn read_only(environment: &Environment, changes: &Dynamic, wrong: &mut Vec<String>) {
    for (table, names) in changes.clone().try_cast::<Map>().unwrap_or_default() {
        for name in names.try_cast::<Array>().unwrap_or_default() {
            let name = name.into_string().unwrap_or_default();
            let mode = match table.as_str() {
                "clusters" => environment.clusters.get(&name).map(|entry| entry.mode),
                "hosts" => environment.hosts.get(&name).map(|entry| entry.mode),
                "buckets" => environment.buckets.get(&name).map(|entry| entry.mode),
                "zones" => environment.zones.get(&name).map(|entry| entry.mode),
                _ => environment.folders.get(&name).map(|entry| entry.mode),
            };
            if mode == Some(Mode::ReadOnly) {
                wrong.push(format!("[{table}.{name}] is read-only, and this procedure changes it"));
            }
        }
    }
}

fn targets(environment: &Environment, table: &str, wanted: &Dynamic, wrong: &mut Vec<String>) {
    let (declared, example): (Vec<&String>, &str) = match table {
        "clusters" => (environment.clusters.keys().collect(), "kubeconfig = \"FILE\""),
        "hosts" => (environment.hosts.keys().collect(), "address = \"10.0.0.11\""),
        "buckets" => (environment.buckets.keys().collect(), "bucket = \"NAME\""),
        "zones" => (environment.zones.keys().collect(), "id = \"Z02718293M33QHDEQBROL\""),
        "folders" => (environment.folders.keys().collect(), "path = \"backup\""),
        other => return wrong.push(format!("the script asks for `{other}`, which no environment has")),
    };
    for name in wanted.clone().try_cast::<Array>().unwrap_or_default() {
        let name = name.into_string().unwrap_or_default();
        if !declared.contains(&&name) {
            wrong.push(format!("[{table}.{name}] is missing: declare it, with {example}"));
        }
    }
}

fn parameters(environment: &Environment, wanted: &Dynamic, found: &mut Map, wrong: &mut Vec<String>) {
    for (name, kind) in wanted.clone().try_cast::<Map>().unwrap_or_default() {
        let kind = kind.into_string().unwrap_or_default();
        let (kind, optional) = match kind.strip_suffix('?') {
            Some(kind) => (kind, true),
            None => (kind.as_str(), false),
        };
        match environment.parameters.get(name.as_str()) {
            None if optional => drop(found.insert(name, Dynamic::UNIT)),
            None => wrong.push(format!("parameters.{name} is missing: it is {}", kinds::describe(kind))),
            Some(value) => match kinds::read(kind, value) {
                Some(read) => {
                    for host in kinds::named_hosts(kind, value) {
                        if !environment.hosts.contains_key(&host) {
                            wrong.push(format!(
                                "parameters.{name} names {host}, and [hosts.{host}] is missing: declare it, with address = \"10.0.0.11\""
                            ));
                        }
                    }
                    found.insert(name, read);
                }
                None => {
                    wrong.push(format!(
                        "parameters.{name} = {value} is not right: it is {}",
                        kinds::describe(kind)
                    ));
                }
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn needs(parameters: &[(&str, &str)]) -> Map {
        let parameters: Map =
            parameters.iter().map(|(name, kind)| ((*name).into(), (*kind).into())).collect();
        let clusters: Array = vec!["source".into(), "destination".into()];
        Map::from([("clusters".into(), clusters.into()), ("parameters".into(), parameters.into())])
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        let text = "name = \"t\"\n[clusters.source]\nkubeconfig = \"k\"\n[parameters]\nhosted = \"Demo_1\"\nlife = \"soon\"\n";
        let environment = Environment::parse(text, Path::new("place.toml")).unwrap();
        let wanted =
            needs(&[("hosted", "dns-label"), ("life", "duration?"), ("gone", "integer"), ("may", "text?")]);
        let problem = check(&environment, &wanted, true).unwrap_err();
        assert_eq!(
            problem.message,
            "4 inputs are missing or wrong in place.toml:\n  \
             [clusters.destination] is missing: declare it, with kubeconfig = \"FILE\"\n  \
             parameters.gone is missing: it is a whole number, such as 3\n  \
             parameters.hosted = \"Demo_1\" is not right: it is a DNS label: lower-case letters, digits and dashes, at most 63, such as demo-1\n  \
             parameters.life = \"soon\" is not right: it is a duration, such as \"90s\", \"5m\" or \"2h\""
        );
    }

    #[test]
    fn what_is_changed_may_not_be_read_only_but_in_what_only_looks() {
        let text = "name = \"t\"\n[clusters.source]\nkubeconfig = \"k\"\nmode = \"read-only\"\n";
        let environment = Environment::parse(text, Path::new("place.toml")).unwrap();
        let clusters: Array = vec!["source".into()];
        let changes = Map::from([("clusters".into(), clusters.into())]);
        let wanted = Map::from([("changes".into(), changes.into())]);
        let problem = check(&environment, &wanted, true).unwrap_err();
        assert_eq!(
            problem.message,
            "one input is missing or wrong in place.toml:\n  [clusters.source] is read-only, and this procedure changes it"
        );
        check(&environment, &wanted, false).unwrap();
    }

    #[test]
    fn hosts_are_declared_and_none_comes_twice() {
        let text = "name = \"t\"\n[clusters.source]\nkubeconfig = \"k\"\n[clusters.destination]\nkubeconfig = \"k\"\n[hosts.one]\naddress = \"10.0.0.1\"\n[parameters]\nall = [\"one\", \"two\"]\ntwice = [\"one\", \"one\"]\nsingle = \"one\"\n";
        let environment = Environment::parse(text, Path::new("place.toml")).unwrap();
        let found = check(&environment, &needs(&[("single", "host")]), true).unwrap();
        assert_eq!(found["single"].clone().into_string().unwrap(), "one");
        let problem =
            check(&environment, &needs(&[("all", "hosts"), ("twice", "hosts"), ("none", "hosts")]), true)
                .unwrap_err();
        assert_eq!(
            problem.message,
            "3 inputs are missing or wrong in place.toml:\n  \
             parameters.all names two, and [hosts.two] is missing: declare it, with address = \"10.0.0.11\"\n  \
             parameters.none is missing: it is a list of hosts that are declared under [hosts], none twice, such as [\"master-0\"]\n  \
             parameters.twice = [\"one\", \"one\"] is not right: it is a list of hosts that are declared under [hosts], none twice, such as [\"master-0\"]"
        );
    }

    #[test]
    fn what_is_right_comes_back_typed() {
        let text = "name = \"t\"\n[clusters.source]\nkubeconfig = \"k\"\n[clusters.destination]\nkubeconfig = \"k\"\n[parameters]\nhosted = \"demo-1\"\nlife = \"2h\"\n";
        let environment = Environment::parse(text, Path::new("place.toml")).unwrap();
        let found = check(
            &environment,
            &needs(&[("hosted", "dns-label"), ("life", "duration"), ("may", "flag?")]),
            true,
        )
        .unwrap();
        assert_eq!(found["life"].clone().cast::<std::time::Duration>().as_secs(), 7200);
        assert!(found["may"].is_unit());
    }
}
