"""The deployment: two stacks, `RapportData` and `RapportEngine`, for AWS and for this machine."""
