"""The only processes: execution environments, and the one that forks them."""
