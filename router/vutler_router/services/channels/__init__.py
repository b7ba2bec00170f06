"""Channels: what is said in them, the agents that answer, the webhooks in and out."""
