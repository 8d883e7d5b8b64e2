"""Pure rules and values: the standard library only, no clock, no I/O."""
