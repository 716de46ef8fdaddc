"""Who watches whom, on which screen, and the proof of it (R9, R14–R19). Pure."""
