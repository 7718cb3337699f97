"""Runs programs: the engines, and the process that they run in."""
