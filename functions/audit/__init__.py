"""A sample of profiles, each night, against the log that they were folded from."""
