// Containers as the API server asks for them: by namespace, pod and name.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"

	"k8s.io/cri-streaming/pkg/streaming/remotecommand"
)

// What Kubernetes allows as a name; above all nothing that leads out of the folder.
var named = regexp.MustCompile(`^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$`)

type containers struct {
	root  string
	fence fence
}

type container struct {
	folder, pod, name string
}

// find answers as a kubelet does when it does not know the pod, or the pod has no such container that runs.
func (c containers) find(r *http.Request) (container, int, error) {
	namespace, pod, name := r.PathValue("namespace"), r.PathValue("pod"), r.PathValue("container")
	for _, part := range []string{namespace, pod, name} {
		if !named.MatchString(part) {
			return container{}, http.StatusBadRequest, fmt.Errorf("%q is no name", part)
		}
	}
	folder := filepath.Join(c.root, namespace, pod)
	if !isFolder(folder) {
		return container{}, http.StatusNotFound, errors.New("pod does not exist")
	}
	found := container{folder: filepath.Join(folder, name), pod: pod, name: name}
	if !isFolder(found.rootFolder()) {
		return container{}, http.StatusInternalServerError, fmt.Errorf("container not found (%q)", name)
	}
	return found, 0, nil
}

func (c container) rootFolder() string { return filepath.Join(c.folder, "root") }

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

func (c containers) serveExec(w http.ResponseWriter, r *http.Request) {
	options, err := remotecommand.NewOptions(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	found, status, err := c.find(r)
	if err != nil {
		http.Error(w, err.Error(), status)
		return
	}
	watched, ctx := watch(w, r.Context())
	defer watched.gone()
	remotecommand.ServeExec(watched, r.WithContext(ctx), executor{found, c.fence}, found.pod, "", found.name,
		r.URL.Query()["command"], options, idleLimit, remotecommand.DefaultStreamCreationTimeout,
		remotecommand.SupportedStreamingProtocols)
}

func (c containers) serveLog(w http.ResponseWriter, r *http.Request) {
	found, status, err := c.find(r)
	if err != nil {
		http.Error(w, err.Error(), status)
		return
	}
	query := r.URL.Query()
	file := "log"
	if query.Get("previous") == "true" {
		file = "log.previous"
	}
	text, err := os.ReadFile(filepath.Join(found.folder, file))
	switch {
	case errors.Is(err, os.ErrNotExist) && file != "log":
		message := fmt.Sprintf("previous terminated container %q in pod %q not found", found.name, found.pod)
		http.Error(w, message, http.StatusBadRequest)
		return
	case err != nil && !errors.Is(err, os.ErrNotExist):
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if count, err := strconv.Atoi(query.Get("tailLines")); err == nil {
		text = tail(text, count)
	}
	w.Header().Set("Content-Type", "text/plain")
	// Whoever went away does not miss the rest.
	_, _ = w.Write(text)
}

// tail gives the last count lines of text.
func tail(text []byte, count int) []byte {
	lines := bytes.SplitAfter(text, []byte("\n"))
	if last := len(lines) - 1; len(lines[last]) == 0 {
		lines = lines[:last]
	}
	return bytes.Join(lines[max(0, len(lines)-count):], nil)
}
