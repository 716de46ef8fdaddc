"""The use-cases of the receiving center and the ports through which they reach the world."""
