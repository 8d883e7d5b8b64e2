"""What is stored of people, brought up to what the log says.

`partitions` and `folding` count what a log partition adds up to, `views` writes a person's view,
`telling` says which facts it carries, `receipts` what the log keeps of persons that changed,
`persons` whose views to look at, `ahead` what is read once for a batch.
"""
