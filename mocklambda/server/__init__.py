"""The gateway over HTTP: on loopback for what a handler runs, or on its own for other clients."""
