"""A server program whose data moves with its keys:  python3 keep.py RUNTIME_DIRECTORY

A request with an empty body is answered with the key's value, one with a single zero byte removes it, any other writes it.
"""

import sys
import threading

import data_service
from data_store import DataStore
from ring_program import Program, Refused


def keyed(store):
    def handler(key, body):
        if body:
            store.set(key, None if body == b"\0" else body)
        return store.get(key) or b""

    return handler


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    store = DataStore()
    try:
        # The data first: a server that has programs, and none for its data, has nobody to write to what it gains.
        with Program(sys.argv[1], "keep.py data", serves=data_service.NAME) as data:
            with Program(sys.argv[1], "keep.py", role="server") as keys:
                serving = threading.Thread(target=data.serve, args=(data_service.answering(store), True), daemon=True)
                serving.start()
                print(f"keeping keys at {keys.node['name']}", flush=True)
                keys.serve(keyed(store))
    except (Refused, OSError) as error:
        sys.exit(f"keep.py: {type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
