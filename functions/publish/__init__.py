"""What a view write carries becomes facts on the bus."""
