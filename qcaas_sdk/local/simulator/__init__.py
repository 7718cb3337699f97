"""From a program to its results: engines, and the process that they run in."""
