"""State machines for Hypothesis, made from statecharts."""
