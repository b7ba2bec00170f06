"""How long a quiet agent waits beside noisy ones on one key that allows few requests a minute."""
