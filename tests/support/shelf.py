"""The in-memory twin of the port `Shelf`."""

from hashlib import md5

from rapport.uploads import Ticket


class FakeShelf:
    """Objects in a dict; what the browser is told leads nowhere."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.kinds: dict[str, str] = {}

    def ticket(self, key: str, *, back: str) -> Ticket:
        told = (("key", key), ("policy", "p"), ("success_action_redirect", back))
        return Ticket(url="https://drop.example/", fields=told)

    def put(self, key: str, body: bytes) -> str:
        """What a browser does; the ETag."""
        self.objects[key] = body
        return self.etag(key)

    def etag(self, key: str) -> str:
        return md5(self.objects[key], usedforsecurity=False).hexdigest()

    def read(self, key: str, etag: str) -> bytes | None:
        return self.objects[key] if key in self.objects and self.etag(key) == etag else None

    def keep(self, key: str, body: bytes, kind: str) -> None:
        self.objects[key] = body
        self.kinds[key] = kind

    def remove(self, key: str) -> None:
        self.objects.pop(key, None)
