"""The two stacks: what must survive, and what may be replaced at any time."""
