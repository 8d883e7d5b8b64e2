"""What Rapport costs and how quick it is, as counts and ratios. Run with `make bench`."""
