"""Level-triggered reconciliation: what is wanted and what is seen, in; the missing writes, out."""
