"""What is checked when a public call is made: its arguments, and the event loop."""
