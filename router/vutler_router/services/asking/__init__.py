"""Agents that ask agents: who may, how deep, and which requests belong to which tree of calls."""
