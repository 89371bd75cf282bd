"""The core: what the service does. No I/O, no waiting, no wire format."""
