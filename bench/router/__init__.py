"""What the router adds to a request, beside a direct connection and, if wanted, other gateways."""
