"""Everything over HTTP but the hot path: parse, one service call, return."""
