"""Run quantum programs on OQC's cloud; every job is an explicit state machine."""
