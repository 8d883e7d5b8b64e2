"""The weekly report, by mail, to people of the employer."""
