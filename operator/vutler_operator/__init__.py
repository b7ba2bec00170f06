"""The Vutler operator: turns Agent resources into running, hardened OpenClaw deployments."""
