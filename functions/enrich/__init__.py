"""The log's stream becomes partitions and views of people."""
