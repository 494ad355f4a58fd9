"""Who may talk to the supervisor: by user and group of the machine, as on a real one."""
import os
import shutil
import subprocess
import tempfile

import pytest

from conftest import SVC
from test_supervise import LIVES, machine  # noqa: F401 (a fixture)

GROUPS = "root:x:0:\nsvc-readers:x:4244:\nsvc:x:4242:someone\nsvc-ro:x:4243:\n"


@pytest.fixture
def open_folder():
    """Other users may go into it, unlike pytest's."""
    d = tempfile.mkdtemp(prefix="slipway-svc-")
    os.chmod(d, 0o755)
    shutil.copy(SVC, d + "/svc")
    yield d
    shutil.rmtree(d)


def as_member(folder, groups, *args, read_only=False):
    socket = folder + ("/s/ro/svc.sock" if read_only else "/s/svc.sock")
    who = ["setpriv", "--reuid", "12345", "--regid", "12345", *(["--groups", groups] if groups else ["--clear-groups"])]
    r = subprocess.run([*who, folder + "/svc", *args], env=dict(os.environ, SVC_SOCKET=socket), stdin=subprocess.DEVNULL,
                       capture_output=True, text=True, timeout=90)
    return r.returncode, r.stdout, r.stderr.replace(folder, "")


def test_groups(machine, open_folder):  # noqa: F811
    machine.sockets(open_folder + "/s")
    with open(machine.dir + "/group", "w") as f:
        f.write(GROUPS)
    machine.bundle("services", "web", LIVES, stop_grace="0.1")
    machine.boot(f"mount --bind {machine.dir}/group /etc/group")
    machine.wait("1 services started")
    denied = "svc: cannot reach the supervisor at {} (root may, and the group of that file): permission denied\n"
    read_only = "svc: this socket is read-only; /run/svc/svc.sock takes the command\n"
    # A stranger gets nowhere, nor does one of a group with a name like it.
    for group in (None, "4244"):
        assert as_member(open_folder, group, "ps", "-q") == (1, "", denied.format("/s/svc.sock"))
        assert as_member(open_folder, group, "ps", "-q", read_only=True) == (1, "", denied.format("/s/ro/svc.sock"))
    # A reader reads, by the read-only socket alone.
    assert as_member(open_folder, "4243", "ps", "-q", read_only=True) == (0, "web\n", "")
    assert as_member(open_folder, "4243", "stop", "web", read_only=True) == (1, "", read_only)
    assert as_member(open_folder, "4243", "exec", "web", "true", read_only=True) == (1, "", read_only)
    assert as_member(open_folder, "4243", "ps", "-q") == (1, "", denied.format("/s/svc.sock"))
    assert machine.ps()["web"]["state"] == "running"
    # A member may do all, also to a supervisor that took over and made its socket anew.
    machine.kill_supervisor()
    machine.wait("taken over")
    machine.wait_for(lambda: machine.svc("ps").returncode == 0)
    assert as_member(open_folder, "4242", "exec", "web", "echo", "inside") == (0, "inside\n", "")
    assert as_member(open_folder, "4242", "stop", "web") == (0, "", "")
    machine.wait("web: stopped")
    assert machine.end()[0] == 64
