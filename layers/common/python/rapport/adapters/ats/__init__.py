"""Applicant tracking systems: what the webhooks and the API of each vendor are like."""
