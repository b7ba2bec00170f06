"""Holds agents to their limits: decided here, shared through the database, exact across all router processes."""
