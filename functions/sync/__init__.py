"""What has to be read from elsewhere: an ATS's API, page by page or one entity at a time."""
