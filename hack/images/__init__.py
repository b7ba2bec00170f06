"""Build container images without a registry: ours from its Dockerfile, OpenClaw from pinned packages."""
