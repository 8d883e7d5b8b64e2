"""The operators' API: `/desk/v1/…`."""
