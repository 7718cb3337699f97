"""Makes, loads and recovers jobs: builds a record, and puts a handle on it."""
