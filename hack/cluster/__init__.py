"""Bring a local Kubernetes up and down without a registry, Docker or a virtual machine."""
