"""The log's stream becomes objects in S3, by received hour."""
