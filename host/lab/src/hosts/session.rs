//! One SSH connection: who it is, and the commands that its channels carry.

use std::collections::HashMap;

use bytes::Bytes;
use russh::keys::PublicKey;
use russh::server::{Auth, ChannelOpenHandle, Handle, Handler, Msg, VerifiedPublicKey};
use russh::{Channel, ChannelId, ChannelMsg, ChannelOpenFailure, Disconnect, Pty, Sig};
use tokio::io::{AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_util::io::StreamReader;
use tokio_util::sync::CancellationToken;

use super::Host;
use super::call::Streams;
use super::process::{Exit, Signal};
use super::stream::{Input, Output};
use super::user::User;
use crate::apiserver::tls::Cut;
use crate::faults::Fault;

/// The port that each API server listens on, on its host.
const API_PORT: u32 = 6443;

/// How much a command may print ahead of its reader.
const PIPE: usize = 64 << 10;

/// A connection. Its commands are processes of the host, and outlive it as they do in life: one that reads or
/// writes notices that nobody is there any more, one that does neither goes on.
pub(super) struct Session {
    host: Host,
    client: PublicKey,
    cut: Cut,
    channels: HashMap<ChannelId, Open>,
}

/// A channel that has not been given its command yet.
struct Open {
    channel: Channel<Msg>,
    env: Vec<(String, String)>,
    terminal: bool,
}

impl Session {
    pub(super) fn new(host: Host, client: PublicKey, cut: Cut) -> Self {
        Self { host, client, cut, channels: HashMap::new() }
    }
}

impl Handler for Session {
    type Error = russh::Error;

    async fn auth_publickey(&mut self, user: &str, key: VerifiedPublicKey<'_>) -> Result<Auth, Self::Error> {
        let known = key.public_key.key_data() == self.client.key_data();
        Ok(if known && user == User::Core.name() { Auth::Accept } else { Auth::reject() })
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _: &mut russh::server::Session,
    ) -> Result<(), Self::Error> {
        self.channels.insert(channel.id(), Open { channel, env: Vec::new(), terminal: false });
        reply.accept().await;
        Ok(())
    }

    /// Leads to the API server of this very host, and to nothing else.
    async fn channel_open_direct_tcpip(
        &mut self,
        channel: Channel<Msg>,
        host: &str,
        port: u32,
        _: &str,
        _: u32,
        reply: ChannelOpenHandle,
        _: &mut russh::server::Session,
    ) -> Result<(), Self::Error> {
        let is_api = matches!(host, "127.0.0.1" | "localhost") && port == API_PORT;
        let Some(address) = self.host.local_api().filter(|_| is_api) else {
            reply.reject(ChannelOpenFailure::ConnectFailed).await;
            return Ok(());
        };
        reply.accept().await;
        tokio::spawn(async move {
            let carried = async {
                let mut server = TcpStream::connect(address).await?;
                server.set_nodelay(true)?;
                tokio::io::copy_bidirectional(&mut channel.into_stream(), &mut server).await
            };
            if let Err(error) = carried.await {
                tracing::debug!(%error, "a forwarded connection to the API ended early");
            }
        });
        Ok(())
    }

    async fn env_request(
        &mut self,
        channel: ChannelId,
        name: &str,
        value: &str,
        _: &mut russh::server::Session,
    ) -> Result<(), Self::Error> {
        // As sshd is set up on these hosts: the client's language, and no more.
        if let Some(open) =
            self.channels.get_mut(&channel).filter(|_| name.starts_with("LC_") || name == "LANG")
        {
            open.env.push((name.to_owned(), value.to_owned()));
        }
        Ok(())
    }

    async fn pty_request(
        &mut self,
        channel: ChannelId,
        _: &str,
        _: u32,
        _: u32,
        _: u32,
        _: u32,
        _: &[(Pty, u32)],
        session: &mut russh::server::Session,
    ) -> Result<(), Self::Error> {
        if let Some(open) = self.channels.get_mut(&channel) {
            open.terminal = true;
        }
        session.channel_success(channel)
    }

    async fn exec_request(
        &mut self,
        channel: ChannelId,
        data: &[u8],
        session: &mut russh::server::Session,
    ) -> Result<(), Self::Error> {
        let Some(open) = self.channels.remove(&channel) else { return session.channel_failure(channel) };
        session.channel_success(channel)?;
        let line = String::from_utf8_lossy(data).into_owned();
        let command =
            Command { host: self.host.clone(), cut: self.cut.clone(), handle: session.handle(), line };
        tokio::spawn(command.run(open));
        Ok(())
    }

    async fn shell_request(
        &mut self,
        channel: ChannelId,
        session: &mut russh::server::Session,
    ) -> Result<(), Self::Error> {
        let Some(open) = self.channels.remove(&channel) else { return session.channel_failure(channel) };
        session.channel_success(channel)?;
        let (host, cut, handle) = (self.host.clone(), self.cut.clone(), session.handle());
        // Without a command, the shell carries out what it reads.
        tokio::spawn(Command { host, cut, handle, line: "exec bash".to_owned() }.run(open));
        Ok(())
    }
}

/// A command that a channel carries.
struct Command {
    host: Host,
    cut: Cut,
    handle: Handle,
    line: String,
}

impl Command {
    /// Runs the command, and tells the client how it ended.
    ///
    /// Faults: rules with the host's name as server, `EXEC` as method and a part of the line as path.
    async fn run(self, open: Open) {
        let id = open.channel.id();
        let gone = CancellationToken::new();
        let (input, typed) = mpsc::unbounded_channel();
        let (stdout, out_pipe) = tokio::io::duplex(PIPE);
        let (stderr, err_pipe) = tokio::io::duplex(PIPE);
        let mut most = u64::MAX;
        match self.host.faults().strike(self.host.name(), "EXEC", &self.line) {
            Some(Fault::Reset | Fault::Status(_)) => return self.cut.cut(),
            Some(Fault::Hang) => return std::future::pending().await,
            Some(Fault::Slow(time) | Fault::Late(time)) => self.host.clock().sleep(time).await,
            Some(Fault::CutAfter(bytes)) => most = bytes,
            None => {}
        }
        let (reading, writing) = open.channel.split();
        let out =
            tokio::spawn(pump(out_pipe, writing.make_writer(), gone.clone(), most, self.handle.clone()));
        let err = tokio::spawn(pump(
            err_pipe,
            writing.make_writer_ext(Some(1)),
            gone.clone(),
            u64::MAX,
            self.handle.clone(),
        ));
        tokio::spawn(listen(reading, input, gone.clone()));
        let streams = Streams {
            stdin: Input::wire(StreamReader::new(Box::pin(futures::stream::unfold(
                typed,
                async |mut typed| {
                    let bytes: Option<Bytes> = typed.recv().await;
                    bytes.map(|bytes| (std::io::Result::Ok(bytes), typed))
                },
            )))),
            stdout: Output::wire(stdout),
            stderr: Output::wire(stderr),
        };
        let mut call = self.host.login(User::Core, &self.line, streams);
        call.env.extend(open.env);
        let host = self.host.clone();
        host.log().record(host.name(), format!("$ {}", self.line), "ssh");
        let ended = if open.terminal {
            // With a terminal, its end hangs up what began in it.
            tokio::select! {
                ended = call.run() => ended,
                () = gone.cancelled() => Err(Exit::Signal(Signal::Hup)),
            }
        } else {
            call.run().await
        };
        self.tell(id, ended).await;
        // What the command left behind may print on: the channel ends when nobody holds its streams.
        for pumped in [out, err] {
            if let Err(error) = pumped.await {
                tracing::debug!(%error, "a stream of a command broke");
            }
        }
        let _ = self.handle.eof(id).await;
        let _ = self.handle.close(id).await;
    }

    /// Tells the client how the command ended; one who is gone need not know.
    async fn tell(&self, id: ChannelId, ended: Result<(), Exit>) {
        let _ = match ended {
            Ok(()) => self.handle.exit_status_request(id, 0).await,
            Err(Exit::Code(code)) => self.handle.exit_status_request(id, code.into()).await,
            Err(Exit::Signal(signal)) => {
                let name = match signal {
                    Signal::Hup => Sig::HUP,
                    Signal::Int => Sig::INT,
                    Signal::Kill => Sig::KILL,
                    Signal::Pipe => Sig::PIPE,
                    Signal::Term => Sig::TERM,
                };
                self.handle.exit_signal_request(id, name, false, String::new(), String::new()).await
            }
        };
    }
}

/// Hands on what the client types, and notices when it goes.
async fn listen(
    mut channel: russh::ChannelReadHalf,
    input: mpsc::UnboundedSender<Bytes>,
    gone: CancellationToken,
) {
    let mut input = Some(input);
    loop {
        match channel.wait().await {
            Some(ChannelMsg::Data { data }) => {
                // A command that reads no more lets it fall.
                let _ = input.as_ref().map(|input| input.send(data));
            }
            Some(ChannelMsg::Eof) => input = None,
            Some(ChannelMsg::Close) | None => return gone.cancel(),
            Some(_) => {}
        }
    }
}

/// Carries what a command prints to the client, as long as it is there.
async fn pump(
    mut from: DuplexStream,
    mut to: impl AsyncWrite + Unpin,
    gone: CancellationToken,
    mut most: u64,
    handle: Handle,
) {
    let mut bytes = vec![0; PIPE];
    let work = async {
        while let Ok(count) = from.read(&mut bytes).await {
            if count == 0 {
                return;
            }
            let fits = usize::try_from(most).unwrap_or(usize::MAX).min(count);
            if to.write_all(&bytes[..fits]).await.is_err() {
                return;
            }
            most -= fits as u64;
            if most == 0 {
                // In its turn after what was printed, which a cut would overtake.
                let (why, words) = (Disconnect::ByApplication, String::new);
                let _ = handle.disconnect(why, words(), words()).await;
                return;
            }
        }
    };
    gone.run_until_cancelled(work).await;
}
