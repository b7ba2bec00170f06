"""Benchmarks: what the router adds, measured on real processes and real sockets."""
