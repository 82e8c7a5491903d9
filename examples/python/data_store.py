"""Keys and values that move with their ring (docs/protocol.md, section 5.4), in memory."""

import bisect
import threading

from key_hashes import partition_of


class KeyClosed(Exception):
    """The key is just moving to another server: nothing has changed."""


class Selection:
    """Says of keys whether they are selected: in a list of `{strategy, partitions, runs}` they have to be in each."""

    def __init__(self, sets):
        self._sets = [(one["strategy"], int(one["partitions"]), _members(one)) for one in sets]

    def __contains__(self, key):
        return all(has[partition_of(strategy, partitions, key)] for strategy, partitions, has in self._sets)


def _members(one):
    has = bytearray(int(one["partitions"]))
    runs = [int(run) for run in one["runs"]]
    for first, count in zip(runs[::2], runs[1::2]):
        has[first : first + count] = b"\x01" * count
    return has


class DataStore:
    """Keys are bytes, or whole numbers; a key that comes as a text is its UTF-8 bytes. Any thread may call."""

    def __init__(self):
        self._lock = threading.Lock()
        # A key's value, and the number of its last change; a removed one has None as long as a merge has to hear of it.
        self._items = {}
        # (number, key) of each change. Only the last one of a key counts.
        self._changes = []
        self._last = 0
        self._merge = self._ended = None
        self._copies = (None, {})
        self._closed = (None, None)

    def get(self, key):
        with self._lock:
            value, _ = self._items.get(key, (None, 0))
            return value

    def set(self, key, value):
        """KeyClosed where the key is just moving; None removes it."""
        with self._lock:
            _, closed = self._closed
            if closed is not None and key in closed:
                raise KeyClosed("the key is moving to another server: ask again")
            self._put(key, value)

    def begin(self, merge):
        with self._lock:
            self._merge = merge
            if self._copies[0] != merge:
                self._copies = (merge, {})
            if self._closed[0] != merge:
                self._closed = (None, None)

    def read(self, merge, selection, since, max_bytes):
        """What has changed after the mark, up to which mark that is all, and whether there is more."""
        with self._lock:
            self._merge = merge
            at = bisect.bisect_right(self._changes, since, key=lambda change: change[0])
            items, size, mark = [], 0, since
            while at < len(self._changes) and size < max_bytes:
                mark, key = self._changes[at]
                at += 1
                value, number = self._items.get(key, (None, 0))
                if number == mark and key in selection:
                    items.append([key, value])
                    size += (8 if isinstance(key, int) else len(key)) + len(value or b"")
            more = at < len(self._changes)
            return items, mark if more else self._last, more

    def write(self, merge, items):
        """Copies, which nobody reads before the commit of this merge."""
        with self._lock:
            # Of a merge that is over they may still come, and are nothing to the next one.
            if self._copies[0] == merge:
                self._copies[1].update((_key(key), value) for key, value in items)

    def close(self, merge, selection):
        """As every write holds the lock, none that was begun is under way any more."""
        with self._lock:
            if merge != self._ended:
                self._closed = (merge, selection)

    def open(self, merge):
        with self._lock:
            self._open(merge)

    def commit(self, merge, gained, holds):
        with self._lock:
            # It may come again; by then what it brought has been written to.
            if merge == self._ended:
                return
            copies = self._copies[1] if self._copies[0] == merge else {}
            for key in [key for key in self._items if key not in holds or any(key in one for one in gained)]:
                del self._items[key]
            self._end(merge)
            for key, value in copies.items():
                if value is not None and key in holds:
                    self._put(key, value)

    def abort(self, merge):
        with self._lock:
            if merge != self._ended:
                self._end(merge)

    def _end(self, merge):
        self._ended = merge
        self._open(merge)
        if self._copies[0] == merge:
            self._copies = (None, {})
        if self._merge == merge:
            self._merge = None
            for key in [key for key, (value, _) in self._items.items() if value is None]:
                del self._items[key]

    def _open(self, merge):
        if self._closed[0] == merge:
            self._closed = (None, None)

    def _put(self, key, value):
        if value is None and self._merge is None:
            self._items.pop(key, None)
            return
        self._last += 1
        self._items[key] = (value, self._last)
        self._changes.append((self._last, key))
        if len(self._changes) > 2 * len(self._items) + 1024:
            self._changes = sorted((number, key) for key, (_, number) in self._items.items())


def _key(key):
    if isinstance(key, str):
        return key.encode()
    return int(key) if isinstance(key, float) else key
