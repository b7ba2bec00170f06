"""The demo: a cluster, the chart, one agent, and its answer (`make demo`)."""
