"""What every room may use: time, text, the scope of a transition. Knows nothing of the others."""
