"""Sends one keyed request and prints the reply:  python3 ask.py RUNTIME_DIRECTORY KEY TEXT"""

import sys

from ring_program import MaybeDelivered, NotDelivered, Program, Refused


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    directory, key, text = sys.argv[1:]
    try:
        with Program(directory, "ask.py") as program:
            print(program.request(key, text.encode()).decode())
    except (MaybeDelivered, NotDelivered, Refused, OSError) as error:
        sys.exit(f"ask.py: {type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
