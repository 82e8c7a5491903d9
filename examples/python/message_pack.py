"""MessagePack, as much of it as a Ring program meets: maps, lists, text, bytes, numbers, booleans and nil."""

import struct

_FIXED = {0xC0: None, 0xC2: False, 0xC3: True}
_NUMBERS = {0xCA: ">f", 0xCB: ">d", 0xCC: ">B", 0xCD: ">H", 0xCE: ">I", 0xCF: ">Q", 0xD0: ">b", 0xD1: ">h", 0xD2: ">i", 0xD3: ">q"}
_LENGTHS = {  # first byte: (kind, format of the length)
    0xC4: ("bytes", ">B"), 0xC5: ("bytes", ">H"), 0xC6: ("bytes", ">I"),
    0xD9: ("text", ">B"), 0xDA: ("text", ">H"), 0xDB: ("text", ">I"),
    0xDC: ("list", ">H"), 0xDD: ("list", ">I"),
    0xDE: ("map", ">H"), 0xDF: ("map", ">I"),
}
_DEEPEST = 16


def pack(value):
    """Bytes of nil, booleans, whole numbers, texts, bytes, lists and maps of these."""
    if value is None or isinstance(value, bool):
        return b"\xc0" if value is None else b"\xc3" if value else b"\xc2"
    if isinstance(value, int):
        return struct.pack(">BQ", 0xCF, value) if value >= 0 else struct.pack(">Bq", 0xD3, value)
    if isinstance(value, str):
        text = value.encode()
        return struct.pack(">BI", 0xDB, len(text)) + text
    if isinstance(value, (bytes, bytearray, memoryview)):
        return struct.pack(">BI", 0xC6, len(value)) + value
    if isinstance(value, (list, tuple)):
        return struct.pack(">BI", 0xDD, len(value)) + b"".join(map(pack, value))
    if isinstance(value, dict):
        return struct.pack(">BI", 0xDF, len(value)) + b"".join(pack(key) + pack(one) for key, one in value.items())
    raise TypeError(f"cannot pack {type(value).__name__}")


def unpack(data):
    """The value of `data`; ValueError when it is not MessagePack of the kinds above, or when bytes are left over."""
    try:
        value, at = _read(data, 0, 0)
    except (IndexError, struct.error, UnicodeDecodeError) as error:
        raise ValueError(f"no MessagePack: {error}") from error
    if at != len(data):
        raise ValueError("bytes after the end of the MessagePack value")
    return value


def _read(data, at, depth):
    if depth > _DEEPEST:
        raise ValueError("MessagePack is nested too deeply")
    first, at = data[at], at + 1
    if first <= 0x7F:
        return first, at
    if first >= 0xE0:
        return first - 0x100, at
    if first in _FIXED:
        return _FIXED[first], at
    if first in _NUMBERS:
        return struct.unpack_from(_NUMBERS[first], data, at)[0], at + struct.calcsize(_NUMBERS[first])
    if first <= 0x8F:
        return _many("map", first & 0x0F, data, at, depth)
    if first <= 0x9F:
        return _many("list", first & 0x0F, data, at, depth)
    if first <= 0xBF:
        return _many("text", first & 0x1F, data, at, depth)
    if first in _LENGTHS:
        kind, form = _LENGTHS[first]
        (count,) = struct.unpack_from(form, data, at)
        return _many(kind, count, data, at + struct.calcsize(form), depth)
    raise ValueError(f"MessagePack type {first:#x} is not used by Ring")


def _many(kind, count, data, at, depth):
    if count > len(data) - at:
        raise ValueError("MessagePack announces more than there is")
    if kind in ("text", "bytes"):
        part = bytes(data[at : at + count])
        return (part.decode() if kind == "text" else part), at + count
    items = []
    for _ in range(count * 2 if kind == "map" else count):
        item, at = _read(data, at, depth + 1)
        items.append(item)
    return (dict(zip(items[::2], items[1::2])) if kind == "map" else items), at
