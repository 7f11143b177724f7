//! A Kubernetes API server over HTTPS on loopback, for any number of clusters.
