"""Secrets: sealed at rest, hashed when only compared, scrubbed from what goes out."""
