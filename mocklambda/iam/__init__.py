"""What the roles of functions may do: held to it only where a session asks for that."""
