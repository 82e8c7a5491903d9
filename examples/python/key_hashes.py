"""Which partition a key is in, by docs/protocol.md section 6, step 4."""


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


def partition_of(strategy, partitions, key):
    """The partition of a key that is bytes, or a whole number, which is its own hash."""
    if isinstance(key, int):
        return key % partitions
    return (key_hash(key) if strategy == "ring" else chmpx_hash(key)) % partitions
