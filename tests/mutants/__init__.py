"""Proof that the kit sees: mutants of charts and code, each of which it must catch within 200 examples."""
