"""The story of one model request: choose, ask until somebody answers, hand the answer on, settle in a row."""
