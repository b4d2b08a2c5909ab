"""Benchmarks: our figure and a peer's on the same work, in one run, as a ratio."""
