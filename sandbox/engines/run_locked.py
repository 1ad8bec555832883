"""Runs a command in place of this process while holding a lock that ends with it.

    python run_locked.py LOCKFILE COMMAND ARGUMENT...

A record lock belongs to one process: it outlives `exec`, its children do not inherit it, and the kernel lets go of it
when the process dies, however it dies. So whoever finds the lock held knows that exactly the process whose number
stands in the file still runs.
"""

import fcntl
import os
import sys

if __name__ == "__main__":
    descriptor = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.ftruncate(descriptor, 0)
    os.write(descriptor, str(os.getpid()).encode())
    os.set_inheritable(descriptor, True)  # noqa: FBT003  it takes no name
    os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606  the command comes from sandbox.engines.cli_process
