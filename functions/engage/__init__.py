"""The pages behind the links of a mail: confirm an address, unsubscribe."""
