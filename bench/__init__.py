"""Benchmarks: ratios and counts, printed; never tests."""
