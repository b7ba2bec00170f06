"""What it costs to keep usage rows safe, and how fast they go on to a database."""
