"""The door for transmitters: WebSocket over TLS."""
