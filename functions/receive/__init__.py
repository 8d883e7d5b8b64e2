"""Mail that came in: who it is from, whether a person wrote it, and what follows."""
