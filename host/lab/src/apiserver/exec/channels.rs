//! A command's streams as channels of one WebSocket: the first byte of a message names its channel.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, duplex, sink};
use tokio::sync::Mutex;
use tokio_util::task::AbortOnDropHandle;

use super::endpoint::Wire;
use super::{ExecRequest, ExitStatus};

const STDIN: u8 = 0;
const STDOUT: u8 = 1;
const STDERR: u8 = 2;
const STATUS: u8 = 3;
const CLOSE: u8 = 255;

/// How much a stream holds between the command and the socket.
const PIPE: usize = 256 * 1024;

/// How long a client may take to answer our close.
const FAREWELL: Duration = Duration::from_secs(10);

/// What a client asks for.
pub struct Command {
    /// The pod's namespace.
    pub namespace: String,
    /// The pod.
    pub pod: String,
    /// The container.
    pub container: String,
    /// Program and arguments.
    pub words: Vec<String>,
    /// Whether the client sends input.
    pub stdin: bool,
    /// Whether the client wants output.
    pub stdout: bool,
    /// Where the command's errors go.
    pub errors: Errors,
}

/// Where the errors of a command go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Errors {
    /// Nowhere: the client does not want them.
    Unwanted,
    /// To the client, on a channel of their own.
    Apart,
    /// Among the output, as on a terminal.
    WithOutput,
}

/// The client is gone, or was cut off.
struct Gone;

/// The sending side of a session.
struct Sender {
    sink: SplitSink<WebSocket, Message>,
    /// How many bytes of output are left before the fault strikes.
    left: Option<u64>,
}

/// Runs the command and carries its streams until one of the two ends.
pub async fn serve(socket: WebSocket, closes_stdin: bool, command: Command, wire: Wire) {
    let (sink, mut stream) = socket.split();
    let sender = Mutex::new(Sender { sink, left: wire.cut_after });

    let (input, stdin) = pipe(command.stdin);
    let (output, stdout) = pipe(command.stdout);
    let (errors, stderr) = pipe(command.errors != Errors::Unwanted);
    let request = ExecRequest {
        namespace: command.namespace,
        pod: command.pod,
        container: Some(command.container),
        command: command.words,
        stdin: stdin.map(|stdin| Box::new(stdin) as _),
        stdout: writer(output),
        stderr: writer(errors),
    };
    let runtime = wire.runtime;
    let channel_of_errors = if command.errors == Errors::WithOutput { STDOUT } else { STDERR };
    // A task of its own, so that a busy command and a busy socket do not wait for each other.
    let running = AbortOnDropHandle::new(tokio::spawn(async move { runtime.exec(request).await }));

    let work = async {
        sender.lock().await.greet().await?;
        let (out, err) =
            tokio::join!(copy(stdout, STDOUT, &sender), copy(stderr, channel_of_errors, &sender));
        out.and(err)?;
        Ok(running.await.unwrap_or_else(|error| ExitStatus::Failed(error.to_string())))
    };
    let ended = tokio::select! {
        ended = work => ended,
        () = receive(&mut stream, input, closes_stdin) => Err(Gone),
    };
    match ended {
        Ok(status) => {
            if sender.into_inner().finish(&status).await.is_ok() {
                // Closing before the client has would turn what it still sends into a reset.
                let _ =
                    tokio::time::timeout(FAREWELL, async { while let Some(Ok(_)) = stream.next().await {} })
                        .await;
            }
        }
        Err(Gone) => wire.connection.cut(),
    }
}

/// The writing and the reading end of a stream that is wanted.
fn pipe(wanted: bool) -> (Option<DuplexStream>, Option<DuplexStream>) {
    wanted.then(|| duplex(PIPE)).unzip()
}

fn writer(end: Option<DuplexStream>) -> Box<dyn AsyncWrite + Send + Unpin> {
    match end {
        Some(end) => Box::new(end),
        None => Box::new(sink()),
    }
}

/// Copies a stream of the command to its channel, no faster than the client reads.
async fn copy(
    stream: Option<impl AsyncRead + Unpin>,
    channel: u8,
    sender: &Mutex<Sender>,
) -> Result<(), Gone> {
    let Some(mut stream) = stream else { return Ok(()) };
    let mut buffer = vec![0; PIPE];
    loop {
        // A pipe in memory has no errors.
        let length = stream.read(&mut buffer).await.unwrap_or(0);
        if length == 0 {
            return Ok(());
        }
        sender.lock().await.output(channel, &buffer[..length]).await?;
    }
}

impl Sender {
    /// Sends an empty message, by which a client knows that the command has started.
    async fn greet(&mut self) -> Result<(), Gone> {
        self.message(STDOUT, &[]).await
    }

    async fn output(&mut self, channel: u8, data: &[u8]) -> Result<(), Gone> {
        let size = u64::try_from(data.len()).unwrap_or(u64::MAX);
        match self.left {
            Some(left) if left < size => {
                let data = &data[..usize::try_from(left).unwrap_or(0)];
                self.message(channel, data).await?;
                Err(Gone)
            }
            left => {
                self.left = left.map(|left| left - size);
                self.message(channel, data).await
            }
        }
    }

    async fn message(&mut self, channel: u8, data: &[u8]) -> Result<(), Gone> {
        let mut message = Vec::with_capacity(data.len() + 1);
        message.push(channel);
        message.extend_from_slice(data);
        self.sink.send(Message::Binary(Bytes::from(message))).await.map_err(|_| Gone)
    }

    async fn finish(mut self, status: &ExitStatus) -> Result<(), Gone> {
        self.message(STATUS, status.body().to_string().as_bytes()).await?;
        // Without a code, kubectl takes the end for a failure.
        let close = CloseFrame { code: close_code::NORMAL, reason: "".into() };
        self.sink.send(Message::Close(Some(close))).await.map_err(|_| Gone)
    }
}

/// Feeds the command with what the client sends, and ends when the client has.
async fn receive(stream: &mut SplitStream<WebSocket>, mut input: Option<DuplexStream>, closes_stdin: bool) {
    while let Some(Ok(message)) = stream.next().await {
        match message {
            Message::Binary(data) => match data.split_first() {
                Some((&STDIN, data)) => {
                    let broken = match &mut input {
                        Some(input) => input.write_all(data).await.is_err(),
                        None => false,
                    };
                    if broken {
                        // The command has closed its input; what else is sent goes nowhere.
                        input = None;
                    }
                }
                Some((&CLOSE, &[STDIN])) if closes_stdin => input = None,
                // Terminal sizes, and channels that are ours to write.
                _ => {}
            },
            Message::Close(_) => return,
            Message::Text(_) | Message::Ping(_) | Message::Pong(_) => {}
        }
    }
}
