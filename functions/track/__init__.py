"""The public tracking door: requests of tracking SDKs become events of the log."""
