"""Measures the operator on a simulated cluster: `make bench-operator`."""
