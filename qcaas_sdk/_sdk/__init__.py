"""What `OqcSdk` is built on: the connection, and the jobs that exist already."""
