"""Conformance: official SDKs and raw sockets against a running service, the emulator or Azure itself."""
