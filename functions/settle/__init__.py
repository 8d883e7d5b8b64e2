"""Mails that nobody can tell of, settled by what their template says about doubt."""
