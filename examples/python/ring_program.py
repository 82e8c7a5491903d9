"""A program of a Ring node in Python, with nothing but the standard library.

It follows docs/protocol.md section 6: one socket, blocking calls, one request at a time. A real client would run many at
once; what has to be said on the wire is the same. Each program is used by one thread; a process may have several.
"""

import os
import socket
import struct
import time

from key_hashes import chmpx_hash, key_hash, partition_of
from message_pack import pack, unpack

REQUEST, ONEWAY, CHUNK, CANCEL = 1, 2, 5, 6
REPLY, FAILED, ACK, REPLY_CHUNK, ROUTING, DETACH = 16, 17, 18, 19, 32, 33
CHUNKED, MORE_CHUNKS, NAMES_SERVICE = 2, 4, 128
HEADER = struct.Struct("<IBBBBIIIIIIHHI")
HEADER_BYTES = 40
BODY_MAX = 64 * 1024
CHUNK_BYTES = 16 * 1024
MESSAGE_MAX = 16 * 1024 * 1024
UNFINISHED_MAX = 64 * 1024 * 1024
FRAME_MAX = 68 * 1024
NO_PARTITION, ADDRESSED = 0xFFFF_FFFF, 0xFFFF_FFFE
QUEUE_FULL, MOVED, CANCELLED, TOO_LARGE, FIRST_MAYBE, HANDLER_FAILED = 2, 4, 6, 8, 32, 36
STATUS = {
    1: "no-server", 2: "queue-full", 3: "no-program", 4: "moved", 5: "overdue", 6: "cancelled", 7: "no-link",
    8: "too-large", 9: "closing", 10: "no-quorum", 11: "no-service", 12: "unknown-server", 13: "old-version",
    32: "link-lost", 33: "program-lost", 34: "overdue-running", 35: "cancelled-running", 36: "handler-failed",
    37: "answer-dropped",
}


class Refused(Exception):
    """The node did not take this program in."""


class NotDelivered(Exception):
    """The request certainly did not reach a handler: it may be sent again."""


class MaybeDelivered(Exception):
    """The request may have been handled."""


class Program:
    """Attached to the node whose runtime directory is given; `role` is `client` (asks) or `server` (answers).

    One with `serves` answers for that service and no other.
    """

    def __init__(self, runtime_directory, name, role="client", timeout=10.0, serves=None):
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(timeout)
        self._socket.connect(os.path.join(runtime_directory, "program.sock"))
        self._received = bytearray()
        self._generation = 0
        self._unfinished = {}
        self.routing = None
        # `moves`: what it is given has ended when it is answered, and not before (section 3.11).
        identity = {"group": "", "program": name, "role": role, "pid": os.getpid(), "services": True, "moves": True}
        if serves is not None:
            # To a node that knows no services this is a client.
            identity |= {"role": "client", "serves": serves}
        self.node = self._shake_hands(identity)
        if serves is not None and not self.node.get("services"):
            raise Refused("this node knows no services: it is of a version before 0.5.0")

    def close(self):
        self._socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # Asking

    def request(self, key, body, deadline=10.0, service=None, server=None):
        """The answer of one handler of the service. Without one: NotDelivered or MaybeDelivered, with the reason.

        Who names a `server` asks that one, whatever the key.
        """
        if len(body) > MESSAGE_MAX:
            raise ValueError("a body has 16 MiB at most")
        if (service or server) and not self.node.get("services"):
            raise NotDelivered("old-version")
        key = server or key
        wanted = (key.encode() if isinstance(key, str) else key, service, server is not None)
        end = time.monotonic() + deadline
        while True:
            while self.routing is None:
                self._take(self._frame_before(end))
            known = self.routing["version"]
            status, answer = self._ask(*wanted, body, end)
            if status is None:
                return answer
            if status != MOVED:
                reason = f"{STATUS.get(status, status)} {answer.decode(errors='replace')}".strip()
                raise (MaybeDelivered if status >= FIRST_MAYBE else NotDelivered)(reason)
            # The table has changed, and a ROUTING that says so is here or on its way; or the server has no room for what
            # waits for the end of a merge (section 3.11), and may have some when it is asked again.
            self._take_routing_after(known, min(end, time.monotonic() + 0.5))

    def _take_routing_after(self, known, end):
        try:
            while self.routing["version"] == known:
                self._take(self._frame_before(end))
        except TimeoutError:
            pass

    def _ask(self, key, service, is_addressed, body, end):
        self._generation += 1
        hashed, partition, stamp = (key_hash(key), ADDRESSED, 0) if is_addressed else self._route(key)
        left = max(1, int((end - time.monotonic()) * 1000))
        self._send(REQUEST, 0, self._generation, hashed, partition, stamp, key, body, left, service)
        pieces = []
        while True:
            try:
                frame = self._frame_before(end)
            except TimeoutError as error:
                self._send(CANCEL, 0, self._generation)
                raise MaybeDelivered("no answer in time") from error
            if frame.kind in (REPLY, REPLY_CHUNK, FAILED) and frame.generation == self._generation:
                if frame.kind == FAILED:
                    return frame.partition, frame.body
                pieces.append(frame.body)
                if not frame.flags & MORE_CHUNKS:
                    return None, b"".join(pieces)
            else:
                self._take(frame)

    def _route(self, key):
        routing, hashed = self.routing, key_hash(key)
        if routing["mode"] == "random" or routing["partitions"] == 0:
            return hashed, NO_PARTITION, 0
        partition = partition_of(routing["strategy"], routing["partitions"], key)
        low, high = struct.unpack_from("<IH", routing["changedAt"], partition * 6)
        return hashed, partition, low + (high << 32)

    # Answering

    def serve(self, handler, addressed_only=False):
        """Answers requests with handler(key, body) until the node ends the link; an exception becomes FAILED.

        With `addressed_only` whatever is not for this very server fails.
        """
        self._socket.settimeout(None)
        while True:
            try:
                frame = self._frame()
                request = self._whole(frame)
                if request is not None:
                    self._answer(request, handler, addressed_only)
                elif frame.kind == ROUTING:
                    self._take(frame)
                elif frame.kind == DETACH:
                    self._send(DETACH, 0, 0)
            except ConnectionError:
                return

    def _whole(self, frame):
        """The request that is complete with this frame; None where none is."""
        name = (frame.slot, frame.generation)
        if frame.kind in (REQUEST, ONEWAY):
            if not frame.flags & CHUNKED:
                return frame
            (length,) = struct.unpack_from("<I", frame.extensions)
            if length > MESSAGE_MAX:
                self._send(FAILED, *name, partition=TOO_LARGE)
            elif self._unfinished_bytes() + length > UNFINISHED_MAX:
                self._send(FAILED, *name, partition=QUEUE_FULL)
            else:
                self._unfinished[name] = (frame, length, bytearray(frame.body))
        elif frame.kind == CHUNK and name in self._unfinished:
            first, length, body = self._unfinished[name]
            body += frame.body
            if frame.flags & MORE_CHUNKS and len(body) < length:
                return None
            del self._unfinished[name]
            if not frame.flags & MORE_CHUNKS and len(body) == length:
                first.body = bytes(body)
                return first
            self._send(FAILED, *name, partition=TOO_LARGE)
        elif frame.kind == CANCEL and self._unfinished.pop(name, None):
            self._send(FAILED, *name, partition=CANCELLED)
        return None

    def _unfinished_bytes(self):
        return sum(length for _, length, _ in self._unfinished.values())

    def _answer(self, frame, handler, addressed_only):
        status, answer = 0, b""
        try:
            if addressed_only and frame.partition != ADDRESSED:
                raise ValueError("this service is asked at a server by its name")
            answer = handler(frame.key, frame.body)
        except Exception as error:  # whatever the handler raises belongs to the requester
            status, answer = HANDLER_FAILED, str(error).encode()[:1024]
        if status != 0:
            self._send(FAILED, frame.slot, frame.generation, partition=status, body=answer)
        elif frame.kind == REQUEST:
            self._send(REPLY, frame.slot, frame.generation, body=answer)
        else:
            self._send(ACK, 0, 0, body=struct.pack("<II", frame.slot, frame.generation))

    # The wire

    def _shake_hands(self, identity):
        self._write(struct.pack("<4sBBBB", b"RING", 1, 1, 3, 0) + os.urandom(32))
        challenge = self._read_frame()
        if len(challenge) != 36 or challenge[0] != 1:
            raise Refused("this is no node that speaks version 1")
        # No key on this socket: its mode is the proof, and the proof field is zeros.
        self._write(bytes(32) + pack(identity))
        result = self._read_frame()
        if len(result) < 34:
            raise Refused("the node turned this program away")
        told = unpack(result[33:])
        if result[0] != 1:
            raise Refused(told.get("text", "refused"))
        return told

    def _take(self, frame):
        if frame.kind == ROUTING:
            self.routing = unpack(frame.body)
        elif frame.kind == DETACH:
            raise NotDelivered("closing")

    def _send(
        self, kind, slot, generation, hashed=0, partition=0, stamp=0, key=b"", body=b"", deadline=0, service=None
    ):
        flags, extensions, rest = 0, b"", b""
        if len(body) > BODY_MAX:
            flags, extensions = CHUNKED | MORE_CHUNKS, struct.pack("<I", len(body))
            body, rest = body[:CHUNK_BYTES], memoryview(body)[CHUNK_BYTES:]
        if service is not None:
            flags, extensions = flags | NAMES_SERVICE, extensions + struct.pack("<Q", chmpx_hash(service.encode()))
        words = (HEADER_BYTES + len(extensions)) // 4
        header = HEADER.pack(
            words * 4 - 4 + len(key) + len(body), kind, flags, 1, words, slot, generation, generation, hashed, partition,
            stamp & 0xFFFF_FFFF, stamp >> 32, len(key), deadline,
        )
        self._socket.sendall(header + extensions + key + body)
        self._send_chunks(CHUNK if kind in (REQUEST, ONEWAY) else REPLY_CHUNK, slot, generation, rest)

    def _send_chunks(self, kind, slot, generation, rest):
        for at in range(0, len(rest), CHUNK_BYTES):
            part = rest[at : at + CHUNK_BYTES]
            flags = MORE_CHUNKS if at + CHUNK_BYTES < len(rest) else 0
            length = HEADER_BYTES - 4 + len(part)
            header = HEADER.pack(
                length, kind, flags, 1, HEADER_BYTES // 4, slot, generation, generation, 0, 0, 0, 0, 0, 0
            )
            self._socket.sendall(header + part)

    def _frame_before(self, end):
        self._socket.settimeout(max(0.001, end - time.monotonic()))
        return self._frame()

    def _frame(self):
        return Frame(self._read_frame())

    def _write(self, frame):
        self._socket.sendall(struct.pack("<I", len(frame)) + frame)

    def _read_frame(self):
        """What has come of a frame stays when the time is up in the middle of it."""
        received = self._received
        while True:
            if len(received) >= 4:
                (length,) = struct.unpack_from("<I", received)
                if length > FRAME_MAX:
                    raise ConnectionError("a frame is longer than a frame may be")
                if len(received) >= 4 + length:
                    frame = bytes(received[4 : 4 + length])
                    del received[: 4 + length]
                    return frame
            part = self._socket.recv(256 * 1024)
            if not part:
                raise ConnectionError("the node closed the link")
            received += part


class Frame:
    """One frame of an open link, its length field already taken off."""

    def __init__(self, data):
        if len(data) < HEADER_BYTES - 4:
            raise ConnectionError("a frame is shorter than its header")
        (_, self.kind, self.flags, _, words, self.slot, self.generation, _, self.hashed, self.partition, _, _, key_length, _) = (
            HEADER.unpack(struct.pack("<I", len(data)) + data[: HEADER_BYTES - 4])
        )
        at = words * 4 - 4
        self.extensions = data[HEADER_BYTES - 4 : at]
        self.key, self.body = data[at : at + key_length], data[at + key_length :]
