//! What is on the screen after given events, as a terminal would show it.

use std::time::{Duration, Instant};

use super::paint::{Painter, Size};
use super::view::View;
use crate::problem::Problem;
use crate::run::Event;

/// A screen in memory, and the live part on it.
struct Screen {
    terminal: vt100::Parser,
    view: View,
    painter: Painter,
    size: Size,
    began: Instant,
    plain: Vec<String>,
}

impl Screen {
    fn new(columns: u16, rows: u16) -> Self {
        let began = Instant::now();
        Self {
            terminal: vt100::Parser::new(rows, columns, 10_000),
            view: View::new("run 7f3c", began),
            painter: Painter::new(false, true),
            size: Size { columns: columns.into(), rows: rows.into() },
            began,
            plain: Vec::new(),
        }
    }

    /// Hears an event whose plain line is `line`, so many seconds after the beginning.
    fn hear(&mut self, seconds: u64, event: &Event, line: Option<&str>) {
        self.plain.extend(line.map(str::to_owned));
        let now = self.began + Duration::from_secs(seconds);
        let above = self.view.hear(event, line.map(str::to_owned), now);
        self.show(&above, now);
    }

    fn show(&mut self, above: &[String], now: Instant) {
        let text = self.painter.paint(above, &self.view.lines(self.size, now), self.size);
        // The terminal's own driver returns the carriage.
        self.terminal.process(text.replace('\n', "\r\n").as_bytes());
    }

    fn at(&mut self, seconds: u64) -> String {
        self.show(&[], self.began + Duration::from_secs(seconds));
        self.text()
    }

    fn text(&self) -> String {
        self.terminal.screen().contents().trim_end().to_owned()
    }

    /// Ends the live part: only what stays is left.
    fn end(&mut self) -> String {
        let above = self.view.unfold();
        let text = self.painter.paint(&above, &[], self.size);
        self.terminal.process(text.replace('\n', "\r\n").as_bytes());
        self.text()
    }
}

fn started(step: &str) -> Event {
    Event::StepStarted(step.to_owned())
}

fn done(step: &str) -> Event {
    Event::StepDone { step: step.to_owned(), took: Duration::from_secs(1), replayed: false }
}

fn began(number: u64, what: &str) -> Event {
    Event::WaitBegan { number, what: what.to_owned(), limit: Duration::from_mins(5) }
}

fn waiting(number: u64, what: &str, seen: &str, waited: u64) -> Event {
    let (waited, limit) = (Duration::from_secs(waited), Duration::from_mins(5));
    Event::Waiting { number, what: what.to_owned(), seen: seen.to_owned(), waited, limit }
}

fn streamed(host: &str, line: &str) -> Event {
    Event::Streamed { host: host.to_owned(), line: line.to_owned() }
}

#[test]
fn the_phase_the_step_and_the_wait_are_shown_with_their_times_limits_and_last_values() {
    let mut screen = Screen::new(80, 24);
    screen.hear(0, &Event::Phase("backup".into()), Some("backup"));
    screen.hear(1, &started("B1 first"), None);
    screen.hear(2, &done("B1 first"), Some("  done  B1 first"));
    screen.hear(2, &started("B2 pause the hosted cluster"), None);
    screen.hear(3, &began(7, "hc/demo to be paused"), None);
    screen.hear(4, &waiting(7, "hc/demo to be paused", "not yet", 1), Some("        waiting for hc/demo"));
    assert_eq!(
        screen.at(75),
        "backup\n  done  B1 first\n  now   B2 pause the hosted cluster  1m13s\n        \
         1m12s of 5m  waiting for hc/demo to be paused\n          not yet\n  \
         backup, 1 step done, 1m15s; run 7f3c"
    );
    screen.hear(76, &Event::WaitEnded { number: 7, what: String::new(), took: Duration::ZERO }, None);
    assert!(!screen.at(76).contains("waiting"), "{}", screen.text());
}

#[test]
fn what_stays_in_the_end_is_what_the_plain_form_prints_in_the_same_order() {
    let mut screen = Screen::new(60, 24);
    screen.hear(0, &Event::Phase("backup".into()), Some("backup"));
    screen.hear(0, &started("B1 copy"), None);
    for number in 0..9 {
        let line = format!("        master-1: line {number}");
        screen.hear(1, &streamed("master-1", &format!("line {number}")), Some(&line));
    }
    screen.hear(2, &waiting(1, "it", "no", 0), Some("        waiting for it: no"));
    screen.hear(2, &Event::Warned("look at this".into()), Some("  note  look at this"));
    screen.hear(3, &streamed("master-1", "one more"), Some("        master-1: one more"));
    let failed = Event::StepFailed {
        step: "B1 copy".into(),
        problem: Problem::new("exit", "it ended with 1"),
        took: Duration::from_secs(3),
    };
    screen.hear(3, &failed, Some("  stop  B1 copy"));
    let plain = screen.plain.join("\n");
    assert_eq!(screen.end(), plain);
}

#[test]
fn what_commands_print_is_folded_under_its_step_until_the_step_ends() {
    let mut screen = Screen::new(80, 24);
    screen.hear(0, &started("B1 copy"), None);
    for number in 0..1000 {
        let line = format!("        master-1: line {number}");
        screen.hear(1, &streamed("master-1", &format!("line {number}")), Some(&line));
    }
    let shown = screen.at(2);
    let lines: Vec<&str> = shown.lines().collect();
    assert_eq!(lines[0], "  now   B1 copy  2s");
    assert_eq!(lines[1..=5], [995, 996, 997, 998, 999].map(|n| format!("        master-1: line {n}")));
    assert_eq!(lines[6], "  0 steps done, 2s, 1000 lines printed; run 7f3c");
    screen.hear(3, &done("B1 copy"), Some("  done  B1 copy"));
    assert!(!screen.at(3).contains("line 994\n        master-1: line 996"));
    assert!(
        screen.text().ends_with("line 999\n  done  B1 copy\n  1 step done, 3s; run 7f3c"),
        "{}",
        screen.text()
    );
}

#[test]
fn of_many_branches_as_many_are_shown_as_there_is_room_for_and_the_others_counted() {
    let mut screen = Screen::new(80, 24);
    screen.hear(0, &started("E4 etcd stopped"), None);
    for number in 0..50 {
        screen.hear(0, &began(number, &format!("etcd to stop on host-{number}")), None);
        screen.hear(0, &streamed("host", "a line"), Some("        host: a line"));
    }
    let shown = screen.at(1);
    assert!(shown.contains("waiting for etcd to stop on host-0\n"), "{shown}");
    let lines: Vec<&str> = shown.lines().collect();
    let waits = lines.iter().filter(|line| line.contains("of 5m  waiting for")).count();
    assert!(lines.contains(&&*format!("        and {} more waits", 50 - waits)), "{shown}");
    assert!(lines.len() <= 12 && lines.contains(&"        host: a line"), "{shown}");
}

#[test]
fn a_narrow_terminal_gets_cut_lines_and_never_a_wrapped_one() {
    let mut screen = Screen::new(40, 12);
    let title = "B4 호스팅된 클러스터를 다른 관리 클러스터로 옮기는 아주 긴 제목의 단계";
    screen.hear(0, &started(title), None);
    screen.hear(0, &waiting(1, "a thing with a long name in a namespace", "x\u{1b}[2J\ny", 0), None);
    screen.hear(0, &streamed("master-1", "\u{1b}]0;title\u{7} 와이드 문자 와이드 문자 와이드 문자"), None);
    let shown = screen.at(61);
    let rows: Vec<String> = screen.terminal.screen().rows(0, 40).collect();
    assert!((0..12).all(|row| !screen.terminal.screen().row_wrapped(row)), "{rows:?}");
    let lines: Vec<&str> = shown.lines().collect();
    assert!(lines[0].starts_with("  now   B4 호스팅") && lines[0].ends_with("...  1m1s"), "{shown}");
    assert!(lines[1].starts_with("    1m1s of 5m  waiting for") && lines[1].ends_with("..."), "{shown}");
    assert_eq!(lines[2], "      x\\u{1b}[2J y");
    assert!(lines[3].starts_with("    master-1: \\u{1b}]0;title"), "{shown}");
    assert_eq!(lines.len(), 5, "{shown}");
}

#[test]
fn a_terminal_that_was_made_narrower_loses_no_line_that_stays() {
    let mut screen = Screen::new(40, 20);
    screen.hear(0, &started("B1 a step with a title of some length"), None);
    screen.hear(0, &done("B1 a step"), Some("  done  B1"));
    screen.hear(0, &started("B2 a step with a title of some length"), None);
    screen.hear(0, &done("B2 a step"), Some("  done  B2"));
    screen.hear(0, &started("B3 a step with a title of some length"), None);
    // A terminal in memory does not wrap anew: this is what one of 20 columns makes of the same lines.
    let wrapped = "  done  B1\r\n  done  B2\r\n  now   B3 a step wi\r\nth a title...  0s\r\n  2 steps done, 0s; \r\nrun 7f3c\r\n";
    screen.terminal = vt100::Parser::new(20, 20, 100);
    screen.terminal.process(wrapped.as_bytes());
    screen.size = Size { columns: 20, rows: 20 };
    assert_eq!(screen.at(1), "  done  B1\n  done  B2\n  now   B3 a...  1s\n  2 steps done, ...");
}

#[test]
fn nothing_is_written_where_nothing_is_new() {
    let mut screen = Screen::new(80, 24);
    screen.hear(0, &started("B1 first"), None);
    let lines = screen.view.lines(screen.size, screen.began);
    assert_eq!(screen.painter.paint(&[], &lines, screen.size), "");
}
