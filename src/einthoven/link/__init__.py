"""The protocol between transmitter and center, without any socket: frames, codec, sessions, ledger."""
