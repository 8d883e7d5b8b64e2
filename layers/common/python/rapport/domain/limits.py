"""How large what reaches the public door may be; the limits of one message stand in `wire`."""

# The documented contract of the SDKs: a batch is refused as a whole beyond it.
MAX_REQUEST_BYTES = 500 * 1024
# Of a compressed one. Text of SDKs shrinks to an eighth, so this is what the former can hold.
MAX_UNPACKED_BYTES = 4 * 1024 * 1024
# Of a delivery of an ATS: no more reaches a function, though the gateway itself takes 10 MB.
MAX_DELIVERY_BYTES = 6 * 1024 * 1024
