"""What the checks before going live ask of AWS, and what they try out."""
