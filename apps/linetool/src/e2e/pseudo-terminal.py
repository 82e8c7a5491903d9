"""Runs a program on a pseudo-terminal, step by step: each waits for a text, then sends keys. What was shown is printed.

usage: pseudo-terminal.py STEPS COMMAND [ARG ...], STEPS in JSON: [[text, keys], ...]; the keys "WINCH" change the window.
"""
import fcntl, json, os, pty, select, struct, sys, termios, time

patience = 120.0


def set_window(end, columns):
    fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", 30, columns, 0, 0))


def main():
    steps, command = json.loads(sys.argv[1]), sys.argv[2:]
    child, end = pty.fork()
    if child == 0:
        os.execvp(command[0], command)
    set_window(end, 120)
    shown, looked_at, late = b"", 0, time.monotonic() + patience
    while time.monotonic() < late:
        while steps and steps[0][0].encode() in shown[looked_at:]:
            text, keys = steps.pop(0)
            looked_at = shown.index(text.encode(), looked_at) + len(text.encode())
            if keys == "WINCH":
                set_window(end, 90)
            else:
                os.write(end, keys.encode())
        if not select.select([end], [], [], 0.1)[0]:
            continue
        try:
            piece = os.read(end, 65536)
        except OSError:
            piece = b""
        if not piece:
            break
        shown += piece
    sys.stdout.buffer.write(shown)
    sys.stdout.flush()
    if steps:
        sys.stderr.write("never shown: %r\n" % steps[0][0])
        os.kill(child, 9)
    _, status = os.waitpid(child, 0)
    sys.exit(99 if steps else os.waitstatus_to_exitcode(status))


main()
