//! A port of a host that is reached through the connection to it.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use crate::world::{World, carry_out};

#[test]
fn what_listens_on_a_host_is_reached_from_here_for_as_long_as_the_run_lives() {
    let Some(world) = World::new() else { return };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let served = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut asked = [0; 4];
        stream.read_exact(&mut asked).unwrap();
        stream.write_all(b"pong").unwrap();
        asked
    });
    let run = world.begin(&world.environment());
    let address = carry_out(&run, &format!("ssh_forward(host(\"one\"), {port})")).unwrap().to_string();
    assert_ne!(address, format!("127.0.0.1:{port}"));
    let mut stream = TcpStream::connect(&address).unwrap();
    stream.write_all(b"ping").unwrap();
    let mut answer = [0; 4];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!((&answer, &served.join().unwrap()), (b"pong", b"ping"));
}

#[test]
fn what_is_no_port_is_refused() {
    let Some(world) = World::new() else { return };
    for port in ["0", "-1", "65536"] {
        let problem = world.run(&format!("ssh_forward(host(\"one\"), {port})")).unwrap_err();
        assert_eq!(problem.kind, "bad_argument", "{problem}");
    }
}
