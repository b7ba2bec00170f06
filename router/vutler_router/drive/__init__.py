"""Where the drive's files are: the rules for their paths, and the stores that hold their contents."""
