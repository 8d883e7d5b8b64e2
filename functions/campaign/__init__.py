"""Campaigns: audiences written down, mails wished for in time, and what one would come to."""
