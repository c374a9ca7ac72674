"""A whole Whispr client for one peer; § names a section of docs/protocol.md, all that it knows of.

minimal_client.py bob.json init whispr://PIN@relay.example.org:7443 Bob   makes keys, prints a card
minimal_client.py bob.json add whispr://…/#…                              takes the peer's card
minimal_client.py bob.json send "the door is open"
minimal_client.py bob.json receive                                        waits for one text
"""

from __future__ import annotations  # noqa: I001
import base64, hashlib, json, os, socket, ssl, struct, sys  # noqa: E401
from pathlib import Path
from urllib.parse import urlsplit

import msgpack
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox
from nacl.signing import SigningKey, VerifyKey

HELLO, AUTH, READY, DONE, ERROR, GOAWAY = 0x01, 0x02, 0x03, 0x08, 0x09, 0x0A
SEND, ACCEPTED, SUBSCRIBE, DELIVER, ACK = 0x10, 0x11, 0x12, 0x14, 0x16
READ_SCOPE, SEND_SCOPE, TEXT, OWN_CARD, WEEK_MS = 1, 2, 1, 1, 7 * 24 * 3600 * 1000


def digest(data):
    return hashlib.sha256(data).digest()


def require(condition, problem):
    if not condition:
        raise ValueError(problem)


def public_key_info(certificate):
    """§2: the SubjectPublicKeyInfo in the DER bytes of a certificate (RFC 5280, section 4.1)."""
    end = 0
    for step in range(9):  # into certificate and tbsCertificate, over six fields, to the seventh
        start, size, end = end, certificate[end + 1], end + 2
        if size >= 0x80:
            size, end = int.from_bytes(certificate[end:][: size - 0x80]), end + size - 0x80
        end += size if step >= 2 else 0
    return certificate[start:end]


class Connection:  # §2 to §5: TLS 1.3 to a relay known by its pins, frames, proof of a key
    def __init__(self, host, port, pins):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # the pin decides
        context.set_alpn_protocols(["whispr/1"])
        self.tls = context.wrap_socket(socket.create_connection((host, port), timeout=90))
        self.input, self.request_id = self.tls.makefile("rb"), 0
        require(self.tls.selected_alpn_protocol() == "whispr/1", "not a Whispr relay")
        self.relay_id = digest(public_key_info(self.tls.getpeercert(binary_form=True)))
        require(self.relay_id in (pins[:32], pins[32:]), "not the relay key that was pinned")
        oldest, newest, self.nonce, self.pins, self.clock_ms, *_ = self.wait_for(HELLO)
        require(oldest <= 1 <= newest and self.pins[:32] == self.relay_id, "unfit HELLO")

    def write(self, code, *fields):
        self.request_id += 1
        body = msgpack.packb([code, self.request_id, *fields])
        self.tls.sendall(struct.pack(">I", len(body)) + body)

    def wait_for(self, code):
        frame = [None]
        while frame[0] != code:
            size = int.from_bytes(self.input.read(4))
            require(1 <= size <= 65536, "the relay hung up, or a frame has a bad length")
            frame = msgpack.unpackb(self.input.read(size), max_array_len=24, max_map_len=0)
            require(frame[0] not in (ERROR, GOAWAY), f"the relay says no: {frame}")
        return frame[2:]

    def prove(self, scope, key):
        public, nonce, now_ms = bytes(key.verify_key), os.urandom(32), self.clock_ms
        what = b"whispr/1/auth\0" + bytes([1, scope]) + self.relay_id + self.nonce + nonce + public
        signature = key.sign(what + struct.pack(">Q", now_ms)).signature
        self.write(AUTH, 1, scope, public, nonce, now_ms, b"", signature)
        self.wait_for(READY)


class Card:  # §7: what a sender must know of its first device, once all of it was checked
    def __init__(self, link):
        url = urlsplit(link)
        self.bytes = card = base64.urlsafe_b64decode(url.fragment + "==")
        require(digest(b"whispr/1/card-check\0" + card[:-4])[:4] == card[-4:], "a damaged card")
        identity, record = card[1:33], card[48 : 48 + int.from_bytes(card[46:48])]
        require(card[0] == record[0] == 1 and len(card) <= 4096, "not a card of version 1")
        VerifyKey(identity).verify(b"whispr/1/card\0" + card[:-68], card[-68:-4])
        VerifyKey(record[5:37]).verify(b"whispr/1/device\0" + identity + record[:-64], record[-64:])
        self.author, self.host = identity + record[1:37], record[210:-64].decode("ascii")
        self.box_key, self.mailbox = record[37:69], record[103:135]
        self.port, self.pins = int.from_bytes(record[143:145]), record[145:209]
        require((self.host, self.port) == (url.hostname, url.port), "a link to somewhere else")


def pad(content):
    """§12: 0x80 and zeros up to the next power of two; above 16 KiB up to the next Padmé size."""
    length = len(content) + 1
    exponent = len(content).bit_length() if length <= 16384 else length.bit_length() - 5
    return (content + b"\x80").ljust(max(256, -(-length >> exponent) << exponent), b"\0")


def outer_input(header, ciphertext):
    return b"whispr/1/send\0" + header + struct.pack(">I", len(ciphertext)) + digest(ciphertext)


def inner_input(header, author, to, padded):
    ends = author + to.author[:32] + to.mailbox + bytes(4) + to.box_key
    return b"whispr/1/s1\0" + header[1:2] + header[3:4] + ends + header[100:124] + digest(padded)


class Client:  # one identity with one device; what it `kept` lies in its file, not encrypted
    def __init__(self, path):
        self.path = Path(path)
        self.kept = json.loads(self.path.read_text()) if self.path.exists() else {}

    def keep(self, **news):
        self.kept |= news
        self.path.with_suffix(".new").write_text(json.dumps(self.kept))
        self.path.with_suffix(".new").replace(self.path)

    def init(self, address, name):
        """§7: keys, and the card of one device; the clock of the relay dates it."""
        url, names = urlsplit(address), ("root", "device", "mailbox", "box")
        self.kept = {each: os.urandom(32).hex() for each in names} | {"order": 0, "seen": []}
        root, device, mailbox = (SigningKey(bytes.fromhex(self.kept[each])) for each in names[:3])
        box_key = PrivateKey(bytes.fromhex(self.kept["box"])).public_key
        pins = b"".join(base64.urlsafe_b64decode(pin + "==") for pin in url.username.split(","))
        relay = Connection(url.hostname, url.port, pins)
        identity, host, name = bytes(root.verify_key), url.hostname.encode(), name.encode()
        record = b"\1" + os.urandom(4) + bytes(device.verify_key) + bytes(box_key) + bytes(32)
        record += b"\0\1" + digest(b"whispr/1/mailbox\0" + bytes(mailbox.verify_key))
        record += struct.pack(">QH64sB", relay.clock_ms, url.port, relay.pins, len(host)) + host
        record += device.sign(b"whispr/1/device\0" + identity + record).signature
        numbers = relay.clock_ms // 1000, relay.clock_ms, 1, len(record)
        card = struct.pack(">B32sIQBH", 1, identity, *numbers) + record + bytes([len(name)]) + name
        card += root.sign(b"whispr/1/card\0" + card).signature
        link = base64.urlsafe_b64encode(card + digest(b"whispr/1/card-check\0" + card)[:4]).decode()
        self.keep(card=f"whispr://{url.netloc.rpartition('@')[2]}/#{link.rstrip('=')}")
        print(self.kept["card"])

    def add(self, link):
        self.keep(peer=Card(link) and link)

    def send(self, text):
        """§12 in §6: only the peer can open it, and learns for certain who wrote it."""
        me, to = Card(self.kept["card"]), Card(self.kept["peer"])
        relay = Connection(to.host, to.port, to.pins)
        relay.prove(SEND_SCOPE, key := SigningKey(bytes.fromhex(self.kept["device"])))
        self.keep(order=self.kept["order"] + 1)
        times = relay.clock_ms, relay.clock_ms + WEEK_MS, self.kept["order"]
        sizes = len(me.bytes) + 3, OWN_CARD, len(me.bytes)
        content = struct.pack(">3B16s3QHBH", 1, TEXT, 0, os.urandom(16), *times, *sizes)
        padded = pad(content + me.bytes + text.encode())
        header = b"\1\1\0\0" + relay.relay_id + to.mailbox + me.author[36:]
        header += struct.pack(">16sQI", os.urandom(16), relay.clock_ms, 0)
        signature = key.sign(inner_input(header, me.author, to, padded)).signature
        inner = b"\1" + me.author + bytes(4) + signature + padded
        ciphertext = SealedBox(PublicKey(to.box_key)).encrypt(inner)
        relay.write(SEND, header + ciphertext + key.sign(outer_input(header, ciphertext)).signature)
        relay.wait_for(ACCEPTED)

    def unseal(self, me, envelope, now_ms):
        """§12: the content id and the text of an envelope that passes every check."""
        header, ciphertext, signature = envelope[:128], envelope[128:-64], envelope[-64:]
        place = header[:3], header[36:68], header[4:36] in (me.pins[:32], me.pins[32:])
        require(place == (b"\1\1\0", me.mailbox, True), "unknown, or not for this place")
        key, peer = VerifyKey(header[68:100]), Card(self.kept["peer"])
        key.verify(outer_input(header, ciphertext), signature)
        inner = SealedBox(PrivateKey(bytes.fromhex(self.kept["box"]))).decrypt(ciphertext)
        author, padded = inner[1:69], inner[137:]
        key.verify(inner_input(header, author, me, padded), inner[73:137])
        require(author == peer.author and author[36:] == bytes(key), "from a stranger")
        content = padded.rstrip(b"\0")[:-1]
        require(inner[0] == content[0] == 1 and pad(content) == padded, "not of version 1")
        content_id, extensions = content[3:19].hex(), int.from_bytes(content[43:45])
        require(content[1] == TEXT and content_id not in self.kept["seen"], "no text, or no news")
        require(now_ms < int.from_bytes(content[27:35]), "past its life")
        return content_id, content[45 + extensions :].decode()

    def receive(self):
        me, text = Card(self.kept["card"]), None
        relay = Connection(me.host, me.port, me.pins)
        relay.prove(READ_SCOPE, SigningKey(bytes.fromhex(self.kept["mailbox"])))
        relay.write(SUBSCRIBE, 1, 0)
        while text is None:
            sequence, _, envelope, *_ = relay.wait_for(DELIVER)
            try:
                content_id, text = self.unseal(me, envelope, relay.clock_ms)
                self.keep(seen=[*self.kept["seen"], content_id])  # §11: kept, then acknowledged
            except (ValueError, IndexError, CryptoError) as problem:
                print("dropped:", problem, file=sys.stderr)
            if sequence:
                relay.write(ACK, sequence)
        relay.wait_for(DONE)
        print(json.dumps(text))


if __name__ == "__main__":
    getattr(Client(sys.argv[1]), sys.argv[2])(*sys.argv[3:])
