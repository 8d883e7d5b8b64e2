"""`make pilot`: a whole pilot on this machine, from the import to the report, checked and recorded.

Whatever is done goes through a door that people have: a command, an HTTP route, a page in Chromium.
What only the world could do (a mail server that bounces, a reader who complains) is told in the
shapes of SES, and labelled as such. The record is `docs/pilot.md`.
"""
