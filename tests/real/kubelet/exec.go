// A command in a container, and its end when nobody listens any more.
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"k8s.io/cri-streaming/pkg/streaming/remotecommand"
	utilexec "k8s.io/utils/exec"
)

const (
	// As long as a kubelet leaves a connection open over which nothing goes.
	idleLimit   = 4 * time.Hour
	defaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
)

type executor struct {
	container
	fence fence
}

// ExecInContainer runs a command until it ends or ctx does.
func (e executor) ExecInContainer(ctx context.Context, _, _, _ string, command []string, in io.Reader,
	out, complaints io.WriteCloser, _ bool, _ <-chan remotecommand.TerminalSize, _ time.Duration) error {
	environment, err := e.environment()
	if err != nil {
		return err
	}
	// The command is to die with the thread that began it, so that thread stays as long as the command does.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	problem, said, err := os.Pipe()
	if err != nil {
		return err
	}
	defer problem.Close()
	process := e.fence.command(ctx, e.rootFolder(), command)
	process.Env = environment
	process.ExtraFiles = []*os.File{said}
	// An interface that holds nothing is no writer.
	if out != nil {
		process.Stdout = out
	}
	if complaints != nil {
		process.Stderr = complaints
	}
	if in != nil {
		// Not the command's own Stdin: its end would wait for the end of what the client sends.
		pipe, err := process.StdinPipe()
		if err != nil {
			said.Close()
			return err
		}
		go func() {
			// A command need not read all that it is sent.
			_, _ = io.Copy(pipe, in)
			pipe.Close()
		}()
	}
	err = process.Start()
	said.Close()
	if err != nil {
		return err
	}
	// What stands in the way of a command is said, and the pipe closed, before the command runs.
	why, _ := io.ReadAll(problem)
	err = process.Wait()
	if len(why) > 0 {
		return errors.New(string(why))
	}
	var ended *exec.ExitError
	if errors.As(err, &ended) && ended.Exited() {
		why := fmt.Errorf("error executing command %v, exit code %d", command, ended.ExitCode())
		return utilexec.CodeExitError{Err: why, Code: ended.ExitCode()}
	}
	return err
}

func (c container) environment() ([]string, error) {
	environment := []string{defaultPath, "HOME=/root", "HOSTNAME=" + c.pod}
	text, err := os.ReadFile(filepath.Join(c.folder, "environment"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimRight(line, "\n"); line != "" {
			environment = append(environment, line)
		}
	}
	return environment, nil
}

// watched is a connection that ends a context when the other side is gone. The streaming code reads it all the time,
// but tells a command that neither reads nor writes nothing of its end.
type watched struct {
	http.ResponseWriter
	gone context.CancelFunc
}

func watch(w http.ResponseWriter, parent context.Context) (watched, context.Context) {
	ctx, gone := context.WithCancel(parent)
	return watched{w, gone}, ctx
}

func (w watched) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	connection, buffers, err := http.NewResponseController(w.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	both := watchedConnection{connection, buffers.Reader, w.gone}
	return both, bufio.NewReadWriter(bufio.NewReader(both), bufio.NewWriter(both)), nil
}

type watchedConnection struct {
	net.Conn
	reader io.Reader
	gone   context.CancelFunc
}

func (c watchedConnection) Read(buffer []byte) (int, error) {
	count, err := c.reader.Read(buffer)
	var late net.Error
	if err != nil && !(errors.As(err, &late) && late.Timeout()) {
		c.gone()
	}
	return count, err
}

// killGroup ends a process and what it began, as far as that stayed in its group.
func killGroup(process *os.Process) error {
	return syscall.Kill(-process.Pid, syscall.SIGKILL)
}
