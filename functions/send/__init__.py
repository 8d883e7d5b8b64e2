"""From intents to at most one mail each, and what SES reports back."""
