//! An HTTPS Kubernetes API server.
