"""A name server on this machine, and one in memory."""

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread

import dns.flags
import dns.message
import dns.rcode
import dns.resolver
import dns.rrset

Zone = Mapping[tuple[str, str], tuple[str, ...]]


@dataclass
class Names:
    """The port `Resolver` over a dict: `(kind, name)` → records."""

    zone: Zone = field(default_factory=dict)

    def txt(self, name: str) -> tuple[str, ...]:
        return self.zone.get(("TXT", name), ())

    def mx(self, name: str) -> tuple[str, ...]:
        return self.zone.get(("MX", name), ())

    def cname(self, name: str) -> str:
        return next(iter(self.zone.get(("CNAME", name), ())), "")

    def addresses(self, name: str) -> tuple[str, ...]:
        return self.zone.get(("A", name), ())


def _answer(asked: bytes, zone: Zone, *, short: bool) -> bytes:
    query = dns.message.from_wire(asked)
    [question] = query.question
    name, kind = question.name.to_text(omit_final_dot=True), question.rdtype.name
    reply = dns.message.make_response(query)
    records = zone.get((kind, name), ())
    if records:
        reply.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *records))
    elif not any(known == name for _, known in zone):
        reply.set_rcode(dns.rcode.NXDOMAIN)
    if short and len(reply.to_wire()) > 512:
        reply.answer.clear()
        reply.flags |= dns.flags.TC
    return reply.to_wire()


@contextmanager
def name_server(zone: Zone) -> Iterator[dns.resolver.Resolver]:
    """A resolver that asks a server of ours, by UDP and, for what is long, by TCP."""
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("127.0.0.1", 0))
    port = udp.getsockname()[1]
    tcp = socket.create_server(("127.0.0.1", port))

    def serve_udp() -> None:
        while True:
            asked, sender = udp.recvfrom(4096)
            if not asked:
                return
            udp.sendto(_answer(asked, zone, short=True), sender)

    def serve_tcp() -> None:
        while True:
            caller, _ = tcp.accept()
            with caller:
                head = caller.recv(2)
                if not head:
                    return
                reply = _answer(caller.recv(int.from_bytes(head, "big")), zone, short=False)
                caller.sendall(len(reply).to_bytes(2, "big") + reply)

    threads = [Thread(target=each, daemon=True) for each in (serve_udp, serve_tcp)]
    for thread in threads:
        thread.start()
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.port = ["127.0.0.1"], port
    try:
        yield resolver
    finally:
        udp.sendto(b"", ("127.0.0.1", port))
        socket.create_connection(("127.0.0.1", port)).close()
        for thread in threads:
            thread.join(timeout=5)
        udp.close()
        tcp.close()
