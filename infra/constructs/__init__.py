"""One construct per capability, each in a file of its own."""
