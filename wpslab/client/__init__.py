"""Client: one connection to the service, its requests and frames, without anything to look at."""
