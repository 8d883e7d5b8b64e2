"""What the career site shows: the brand, the blocks, the topics, the open jobs."""
