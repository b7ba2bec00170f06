"""The three custom resources as the operator reads them, and the few shapes that all Kubernetes objects share."""
