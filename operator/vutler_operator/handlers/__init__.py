"""The operator's edge: kopf's watches, probes and metrics, and the process that holds it all together."""
