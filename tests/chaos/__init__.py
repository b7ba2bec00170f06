"""Requests by the thousand while everything around the router breaks, and the books compared afterwards."""
