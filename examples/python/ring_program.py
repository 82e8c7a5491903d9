"""A program of a Ring node in Python, with nothing but the standard library.

It follows docs/protocol.md section 6: one socket, blocking calls, one request at a time. A real client would run many at
once; what has to be said on the wire is the same.
"""

import os
import socket
import struct
import time

from message_pack import pack, unpack

REQUEST, ONEWAY, CANCEL, REPLY, FAILED, ACK, REPLY_CHUNK, ROUTING, DETACH = 1, 2, 6, 16, 17, 18, 19, 32, 33
CHUNKED, MORE_CHUNKS = 2, 4
HEADER = struct.Struct("<IBBBBIIIIIIHHI")
HEADER_BYTES = 40
BODY_MAX = 64 * 1024
FRAME_MAX = 68 * 1024
NO_PARTITION = 0xFFFF_FFFF
MOVED, TOO_LARGE, FIRST_MAYBE, HANDLER_FAILED = 4, 8, 32, 36
STATUS = {
    1: "no-server", 2: "queue-full", 3: "no-program", 4: "moved", 5: "overdue", 6: "cancelled", 7: "no-link",
    8: "too-large", 9: "closing", 10: "no-quorum", 32: "link-lost", 33: "program-lost", 34: "overdue-running",
    35: "cancelled-running", 36: "handler-failed",
}


class Refused(Exception):
    """The node did not take this program in."""


class NotDelivered(Exception):
    """The request certainly did not reach a handler: it may be sent again."""


class MaybeDelivered(Exception):
    """The request may have been handled."""


def key_hash(key):
    """FNV-1a of 32 bits over the key's bytes, finished with murmur's fmix32."""
    value = 0x811C9DC5
    for byte in key:
        value = ((value ^ byte) * 0x01000193) & 0xFFFF_FFFF
    value ^= value >> 16
    value = (value * 0x85EBCA6B) & 0xFFFF_FFFF
    value ^= value >> 13
    value = (value * 0xC2B2AE35) & 0xFFFF_FFFF
    return value ^ (value >> 16)


def chmpx_hash(key):
    """FNV-1a of 64 bits with bytes taken as signed, as CHMPX hashes keys."""
    value = 0xCBF29CE484222325
    for byte in key:
        signed = byte - 256 if byte >= 128 else byte
        value = ((value ^ (signed & 0xFFFF_FFFF_FFFF_FFFF)) * 0x100000001B3) & 0xFFFF_FFFF_FFFF_FFFF
    return value


class Program:
    """Attached to the node whose runtime directory is given; `role` is `client` (asks) or `server` (answers)."""

    def __init__(self, runtime_directory, name, role="client", timeout=10.0):
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(timeout)
        self._socket.connect(os.path.join(runtime_directory, "program.sock"))
        self._received = bytearray()
        self._generation = 0
        self.routing = None
        self.node = self._shake_hands({"group": "", "program": name, "role": role, "pid": os.getpid()})

    def close(self):
        self._socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # Asking

    def request(self, key, body, deadline=10.0):
        """The answer of one handler. Without one: NotDelivered or MaybeDelivered, with the reason."""
        if len(body) > BODY_MAX:
            raise ValueError("this small client sends no bodies above 64 KiB; see section 3.3 for chunks")
        end = time.monotonic() + deadline
        while True:
            while self.routing is None:
                self._take(self._frame_before(end))
            known = self.routing["version"]
            status, answer = self._ask(key.encode() if isinstance(key, str) else key, body, end)
            if status is None:
                return answer
            if status != MOVED:
                reason = f"{STATUS.get(status, status)} {answer.decode(errors='replace')}".strip()
                raise (MaybeDelivered if status >= FIRST_MAYBE else NotDelivered)(reason)
            # The table has changed, and a ROUTING that says so is here or on its way.
            while self.routing["version"] == known:
                self._take(self._frame_before(end))

    def _ask(self, key, body, end):
        self._generation += 1
        hashed, partition, stamp = self._route(key)
        left = max(1, int((end - time.monotonic()) * 1000))
        self._send(REQUEST, 0, self._generation, hashed, partition, stamp, key, body, left)
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
        number = hashed if routing["strategy"] == "ring" else chmpx_hash(key)
        partition = number % routing["partitions"]
        low, high = struct.unpack_from("<IH", routing["changedAt"], partition * 6)
        return hashed, partition, low + (high << 32)

    # Answering

    def serve(self, handler):
        """Answers requests with handler(key, body) until the node ends the link; an exception becomes FAILED."""
        self._socket.settimeout(None)
        while True:
            try:
                frame = self._frame()
            except ConnectionError:
                return
            if frame.kind in (REQUEST, ONEWAY):
                self._answer(frame, handler)
            elif frame.kind == ROUTING:
                self._take(frame)

    def _answer(self, frame, handler):
        status, answer = 0, b""
        if frame.flags & CHUNKED:
            status, answer = TOO_LARGE, b"this small program takes no bodies above 64 KiB"
        else:
            try:
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

    def _send(self, kind, slot, generation, hashed=0, partition=0, stamp=0, key=b"", body=b"", deadline=0):
        length = HEADER_BYTES - 4 + len(key) + len(body)
        header = HEADER.pack(
            length, kind, 0, 1, HEADER_BYTES // 4, slot, generation, generation, hashed, partition,
            stamp & 0xFFFF_FFFF, stamp >> 32, len(key), deadline,
        )
        self._socket.sendall(header + key + body)

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
        self.key, self.body = data[at : at + key_length], data[at + key_length :]
