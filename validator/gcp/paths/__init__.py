"""Where packets go: sources, routes, firewalls and what stands at the end, as a trace in Connectivity Tests' words."""
