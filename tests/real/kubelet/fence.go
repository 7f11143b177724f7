// What keeps a command in its container: a root folder of its own and, where the system allows it, namespaces of its
// own, so that all that a command began ends with it.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// enterWord makes this program the first process of a container instead of a server.
const enterWord = "enter-container"

// The descriptor over which the first process says why a command does not run.
const problemDescriptor = 3

type fence struct {
	namespaces uintptr
}

// findFence tries from the tightest to the loosest, and says what the system answered where none will do.
func findFence() (fence, error) {
	const own = syscall.CLONE_NEWPID | syscall.CLONE_NEWNS
	scratch, err := os.MkdirTemp("", "kubelet-")
	if err != nil {
		return fence{}, err
	}
	defer os.RemoveAll(scratch)
	var why error
	for _, namespaces := range []uintptr{own, own | syscall.CLONE_NEWUSER, 0} {
		fence := fence{namespaces}
		output, err := fence.command(context.Background(), scratch, nil).CombinedOutput()
		if err == nil {
			return fence, nil
		}
		why = errors.Join(why, fmt.Errorf("%w %s", err, output))
	}
	return fence{}, fmt.Errorf("commands cannot be given a root folder here: %w", why)
}

// command gives the process that carries command out with root as its root.
func (f fence) command(ctx context.Context, root string, command []string) *exec.Cmd {
	devices := "mount"
	if f.namespaces&syscall.CLONE_NEWNS == 0 {
		devices = "make"
	}
	process := exec.CommandContext(ctx, "/proc/self/exe", append([]string{enterWord, root, devices}, command...)...)
	process.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: f.namespaces,
		Pdeathsig:  syscall.SIGKILL,
		Setpgid:    true,
	}
	if f.namespaces&syscall.CLONE_NEWUSER != 0 {
		process.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}}
		process.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}
	}
	process.Cancel = func() error { return killGroup(process.Process) }
	return process
}

// enter is the first process of a container: it takes root as its own, runs the command and ends as that does.
// Without a command it only tries whether it may.
func enter(arguments []string) {
	root, devices, command := arguments[0], arguments[1], arguments[2:]
	if len(command) == 0 {
		if err := takeRoot(root, devices); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	problem := os.NewFile(problemDescriptor, "problem")
	// The command must not hold it, or its end would not be seen.
	syscall.CloseOnExec(problemDescriptor)
	process, err := begin(root, devices, command)
	if err != nil {
		// The server reads the reason, and then nobody asks for the status.
		_, _ = problem.WriteString(err.Error())
		os.Exit(1)
	}
	problem.Close()
	err = process.Wait()
	var ended *exec.ExitError
	switch {
	case err == nil:
		os.Exit(0)
	case errors.As(err, &ended):
		status := ended.Sys().(syscall.WaitStatus)
		if status.Signaled() {
			// As shells and runtimes count them.
			os.Exit(128 + int(status.Signal()))
		}
		os.Exit(status.ExitStatus())
	default:
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func begin(root, devices string, command []string) (*exec.Cmd, error) {
	if err := takeRoot(root, devices); err != nil {
		return nil, err
	}
	process := exec.Command(command[0], command[1:]...)
	process.Stdin, process.Stdout, process.Stderr = os.Stdin, os.Stdout, os.Stderr
	process.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return process, process.Start()
}

func takeRoot(root, devices string) error {
	if err := makeDevices(root, devices == "mount"); err != nil {
		return err
	}
	if err := syscall.Chroot(root); err != nil {
		return fmt.Errorf("chroot: %w", err)
	}
	return os.Chdir("/")
}

// makeDevices gives a container the devices without which few programs run.
func makeDevices(root string, mount bool) error {
	folder := filepath.Join(root, "dev")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	if mount {
		// Nothing that is mounted from here on is seen outside.
		if err := syscall.Mount("none", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
			return fmt.Errorf("mount: %w", err)
		}
	}
	for _, name := range []string{"null", "zero", "random", "urandom"} {
		host, own := filepath.Join("/dev", name), filepath.Join(folder, name)
		if mount {
			file, err := os.OpenFile(own, os.O_CREATE|os.O_RDONLY, 0o666)
			if err != nil {
				return err
			}
			file.Close()
			if err := syscall.Mount(host, own, "", syscall.MS_BIND, ""); err != nil {
				return fmt.Errorf("mount %s: %w", own, err)
			}
			continue
		}
		var found syscall.Stat_t
		if err := syscall.Stat(host, &found); err != nil {
			return fmt.Errorf("%s: %w", host, err)
		}
		err := syscall.Mknod(own, syscall.S_IFCHR|0o666, int(found.Rdev))
		if err != nil && !errors.Is(err, os.ErrExist) {
			return fmt.Errorf("mknod %s: %w", own, err)
		}
	}
	return nil
}
