"""The command line `rapport`: ask why, publish playbooks, load jobs."""
