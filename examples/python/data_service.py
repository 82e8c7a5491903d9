"""The service `ring.data`: what a node asks of a program whose data moves (docs/protocol.md, section 5.4)."""

from data_store import Selection
from message_pack import pack, unpack

NAME = "ring.data"
# Nodes ask for 256 KiB; this many bytes of keys and values fit into a few frames, and hold nobody up.
READ_BYTES = 128 * 1024


def answering(store):
    """The handler of a program that serves `ring.data` with this store."""

    def handler(_server, body):
        wanted = unpack(body)
        return pack(_OPERATIONS[wanted["op"]](store, wanted["merge"], wanted) or {})

    return handler


def _read(store, merge, wanted):
    limit = min(int(wanted["maxBytes"]), READ_BYTES)
    items, mark, more = store.read(merge, Selection(wanted["select"]), int(wanted["since"]), limit)
    return {"items": pack(items), "count": len(items), "mark": mark, "more": more}


def _commit(store, merge, wanted):
    store.commit(merge, [Selection(one) for one in wanted["gained"]], Selection(wanted["holds"]))


_OPERATIONS = {
    # A store that lives as long as its program need not know whether its server returns: `commit` says what it replaces.
    "begin": lambda store, merge, _: store.begin(merge),
    "read": _read,
    "write": lambda store, merge, wanted: store.write(merge, unpack(wanted["items"])),
    "close": lambda store, merge, wanted: store.close(merge, Selection(wanted["select"])),
    "open": lambda store, merge, _: store.open(merge),
    "commit": _commit,
    "abort": lambda store, merge, _: store.abort(merge),
}
