"""Files that an applicant tracking system exports, as canonical events.

`mapping` says what a file's columns mean, `tables` reads its bytes into rows, `rows` makes an event
of a row, `checking` judges a whole file before anything of it is applied, `ports` is what the
applying of it needs. All of it is pure: `functions/sync/drop.py` does what they say.
"""
