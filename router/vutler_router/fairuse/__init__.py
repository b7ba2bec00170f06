"""What an agent may use, and in which order agents are served: arithmetic on values, and the ports behind it."""
