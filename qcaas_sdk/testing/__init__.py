"""The property-testing kit: virtual time, and a cloud that is simulated in it."""
