"""Erasing one person, and telling them what is held."""
