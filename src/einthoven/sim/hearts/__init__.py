"""Synthetic hearts: an ECG from a script, with its ground truth kept."""
