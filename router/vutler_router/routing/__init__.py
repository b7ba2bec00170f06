"""Which models may answer a request, and in what order."""
