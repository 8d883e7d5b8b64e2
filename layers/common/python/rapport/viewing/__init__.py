"""What is known of one person, and why they were written to or not: for all who ask."""
