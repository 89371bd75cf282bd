"""The protocols: how it is spelled. Bytes and text to core values and back. No I/O."""
