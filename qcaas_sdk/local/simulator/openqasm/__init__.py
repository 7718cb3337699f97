"""OpenQASM, read by its specification."""
