"""Reads and runs OpenQASM 2 and 3, by the specification."""
