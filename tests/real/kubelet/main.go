// Command kubelet stands in for a node's kubelet: what kube-apiserver asks of one for exec and logs, on Kubernetes' own
// streaming code. Its containers are folders, and a command in one is a real program with that folder as its root:
//
//	ROOT/<namespace>/<pod>/<container>/root         the container's file system
//	ROOT/<namespace>/<pod>/<container>/environment  lines of KEY=VALUE, if there are any
//	ROOT/<namespace>/<pod>/<container>/log          what the container wrote, if anything
package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"log"
	"net/http"
	"os"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == enterWord {
		enter(os.Args[2:])
	}
	log.SetFlags(0)
	if err := serve(); err != nil {
		log.Fatal(err)
	}
}

func serve() error {
	root := flag.String("root", "", "folder of the containers")
	address := flag.String("address", "127.0.0.1", "address to listen on")
	port := flag.Int("port", 10250, "port to listen on")
	certificate := flag.String("tls-cert-file", "", "certificate of the server (PEM)")
	key := flag.String("tls-private-key-file", "", "key of the certificate (PEM)")
	clients := flag.String("client-ca-file", "", "authority that clients' certificates must come from (PEM)")
	flag.Parse()

	authorities, err := pool(*clients)
	if err != nil {
		return err
	}
	fence, err := findFence()
	if err != nil {
		return err
	}
	containers := containers{root: *root, fence: fence}
	mux := http.NewServeMux()
	mux.HandleFunc("/exec/{namespace}/{pod}/{container}", containers.serveExec)
	mux.HandleFunc("GET /containerLogs/{namespace}/{pod}/{container}", containers.serveLog)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") })
	server := http.Server{
		Addr:    fmt.Sprintf("%s:%d", *address, *port),
		Handler: mux,
		TLSConfig: &tls.Config{
			MinVersion: tls.VersionTLS12,
			ClientAuth: tls.RequireAndVerifyClientCert,
			ClientCAs:  authorities,
		},
	}
	return server.ListenAndServeTLS(*certificate, *key)
}

func pool(file string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, errors.New(file + " holds no certificate")
	}
	return pool, nil
}
