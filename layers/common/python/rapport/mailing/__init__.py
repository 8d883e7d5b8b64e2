"""One mail: the snapshot that it is judged from, and the content that is made of it."""
