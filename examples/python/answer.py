"""A server program: answers every request with its body in capital letters:  python3 answer.py RUNTIME_DIRECTORY"""

import sys

from ring_program import Program, Refused


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    try:
        with Program(sys.argv[1], "answer.py", role="server") as program:
            print(f"attached to {program.node['name']}", flush=True)
            program.serve(lambda key, body: body.upper())
    except (Refused, OSError) as error:
        sys.exit(f"answer.py: {type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
