"""HTTP in front of functions: URLs and load balancers. Each is an event, a reply, and who may come in."""
