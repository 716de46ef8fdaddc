"""The store: the durable log of samples, sealed segments, and the facts."""
