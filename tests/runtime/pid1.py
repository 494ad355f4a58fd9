"""What init is to the supervisor (docs/boot.md): pid1.py HOLD PROGRAM ARGUMENT...

Starts the program again when it dies, but not while the file HOLD is there; keeps the descriptors that come over the line,
and says how other processes ended.
"""
import contextlib
import fcntl
import os
import select
import socket
import struct
import sys

kept = []
ends = []


def start():
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        os.dup2(theirs.fileno(), 3)
        os.set_inheritable(3, True)
        for fd in kept:
            os.set_inheritable(fd, True)
        os.environ["SLIPWAY_INIT"] = "3"
        os.execv(sys.argv[2], sys.argv[2:])
    for end in ends:
        ours.send(end)
    return ours, pid


def hear(line):
    said, fds, _, _ = socket.recv_fds(line, 32, 8)
    for fd in fds:
        kept.append(fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 10))
        os.close(fd)
    if b"d" in said:
        line.send(b"D")
    return said


line, pid = start()
while True:
    if line and select.select([line], [], [], 0.02)[0] and not hear(line):
        line.close()
        line = None
    elif line is None:
        select.select([], [], [], 0.02)
    ended, status = os.waitpid(-1, os.WNOHANG)
    if ended > 0 and ended != pid:
        ends.append(b"E" + struct.pack("ii", ended, status))
        with contextlib.suppress(OSError):
            if line:
                line.send(ends[-1])
    if ended == pid:
        pid = None
        if os.WIFEXITED(status) and 64 <= os.WEXITSTATUS(status) <= 67:
            sys.exit(os.WEXITSTATUS(status))
    if pid is None and not os.path.exists(sys.argv[1]):
        line, pid = start()
