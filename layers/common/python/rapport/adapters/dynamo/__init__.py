"""The four tables, as PynamoDB models behind the ports."""
