"""Webhooks of applicant tracking systems: `POST /webhooks/{connection}`."""
