"""Developer tools: the local cluster and its images. Standard library only."""
