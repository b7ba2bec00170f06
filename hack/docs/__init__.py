"""Tools that write what can be derived from the CRDs."""
