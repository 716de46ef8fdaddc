"""Samples to quality, beats and rates: kernels over many streams at once."""
