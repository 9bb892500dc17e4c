"""Lambda's own paths: mount namespaces in which /var/task, /opt and /tmp are the function's, all else read-only.

A zygote makes one *base* at first need: a user namespace and the host's root, bound read-only below a new one.
An environment copies the base and puts its three directories in. Where any step is refused there is no base.
"""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import socket
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from . import loopback

TASK, LAYERS, TMP = "/var/task", "/opt", "/tmp"  # noqa: S108 - in a namespace of its own
HIDDEN = (TMP, LAYERS, TASK)
"""Where an environment shows something other than the host."""
SYSTEM = ("proc", "dev", "sys")
HOST = TASK
"""Where the base has the host's root; a function's code is mounted over it, so no unmount is needed: that would
wait for all processors."""

NEW_MOUNTS = 0x00020000
NEW_USER = 0x10000000
NEW_NETWORK = 0x40000000
READ_ONLY = 1
NO_SUID_NO_DEVICES = 2 | 4
BIND = 4096
RECURSIVE = 16384
PRIVATE = 1 << 18
AT_FDCWD = -100
AT_RECURSIVE = 0x8000
MOUNT_SETATTR = 442  # the same on all architectures; Linux 5.12
PR_CAPBSET_DROP = 24
CAP_SYS_ADMIN = 21
CAPABILITY_VERSION = 0x20080522


class Base:
    """What environments are copied from: two open namespaces."""

    def __init__(self, user: int, mounts: int) -> None:
        self.user = user
        self.mounts = mounts


def prepare() -> Base | None:
    """Make a base in a process of its own; None where namespaces are refused."""
    if sys.platform != "linux" or os.path.islink(TMP) or not os.path.isdir(TMP):
        return None
    mine, theirs = socket.socketpair()
    with mine:
        pid = os.fork()
        if pid == 0:
            mine.close()
            _build(theirs)
        theirs.close()
        try:
            return _joined(pid, mine)
        except OSError:
            return None
        finally:
            mine.close()
            os.waitpid(pid, 0)


def _joined(pid: int, builder: socket.socket) -> Base | None:
    if not builder.recv(1):
        return None
    _write_map(pid, "uid", os.geteuid())
    _write_map(pid, "gid", os.getegid())
    builder.send(b"m")
    if not builder.recv(1):
        return None
    return Base(*(os.open(f"/proc/{pid}/ns/{kind}", os.O_RDONLY) for kind in ("user", "mnt")))


def _write_map(pid: int, kind: str, own: int) -> None:
    """Let every id be itself inside, where we may; else our own."""
    path = f"/proc/{pid}/{kind}_map"
    with open(f"/proc/self/{kind}_map", "rb") as file:
        ranges = [line.split() for line in file]
    try:
        _write(path, "".join(f"{int(inside)} {int(inside)} {int(count)}\n" for inside, _, count in ranges))
    except OSError:
        if kind == "gid":
            _write(f"/proc/{pid}/setgroups", "deny")
        _write(path, f"{own} {own} 1\n")


def _write(path: str, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)


def _build(parent: socket.socket) -> None:
    """Be the process in which the base is made, until its namespaces have been opened from outside."""
    try:
        call("unshare", NEW_USER | NEW_MOUNTS)
        parent.send(b"u")
        if parent.recv(1):
            _make_root()
            parent.send(b"r")
            parent.recv(1)
    except OSError:
        pass
    finally:
        os._exit(0)


def _make_root() -> None:
    mount("none", "/", RECURSIVE | PRIVATE)
    mount("tmpfs", TMP, NO_SUID_NO_DEVICES, "tmpfs", "mode=755")
    os.umask(0)
    for path in (TMP, LAYERS, "/var", TASK):
        os.mkdir(TMP + path, 0o755)
    for directory in ("/", "/var"):
        for entry in os.scandir(directory):
            if entry.path not in (*HIDDEN, "/var"):
                _show(entry, TMP + entry.path)
    call("pivot_root", TMP, TMP + HOST)
    os.chdir("/")
    set_read_only("/", True)


def _show(entry: os.DirEntry[str], place: str) -> None:
    try:
        if entry.is_symlink():
            os.symlink(os.readlink(entry.path), place)
        elif entry.is_dir():
            os.mkdir(place)
            mount(entry.path, place, BIND | RECURSIVE)
        elif entry.is_file():
            os.close(os.open(place, os.O_CREAT | os.O_WRONLY, 0o644))
            mount(entry.path, place, BIND)
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.ENOENT):  # what we may not see
            raise


# -- an environment ----------------------------------------------------------------------------------------


def enter(base: Base, root: dict[str, Any], shown: Sequence[str], written: Sequence[str]) -> None:
    """Give this process the root of an environment of its own.

    ``root`` says what its code and its layers are, and how many megabytes /tmp has. Directories in ``shown`` (real
    paths) can be read where the host has them, even where the environment has something else; those in
    ``written`` can be written.
    """
    join(base, is_offline=root["is_offline"])
    mount("tmpfs", TMP, NO_SUID_NO_DEVICES, "tmpfs", f"size={root['tmp_mb']}m,mode=1777")
    has_others = any(is_below(path, LAYERS) for path in (*shown, *written))
    if has_others:
        _show_layers_among_others(root["layers"])
    elif root["layers"]:
        mount(HOST + root["layers"], LAYERS, BIND | RECURSIVE)
    for path in outermost(shown):
        _show_at(path)
    if has_others:
        set_read_only(LAYERS, True)
    for path in written:
        _show_at(path)
        set_read_only(path, False)
    mount(HOST + root["task"], TASK, BIND | RECURSIVE)
    os.umask(0o022)
    give_up_privileges()


def enter_image(base: Base, image: str, root: dict[str, Any]) -> None:
    """Give this process a root of its own that is an image's: all of it read-only, but for /tmp."""
    join(base, is_offline=root["is_offline"])
    image = HOST + image
    mount("tmpfs", LAYERS, NO_SUID_NO_DEVICES, "tmpfs", "mode=755")
    for entry in os.scandir(image):
        if entry.name not in ("tmp", *SYSTEM):
            _show(entry, LAYERS + "/" + entry.name)
    for name in ("tmp", *SYSTEM):
        os.mkdir(f"{LAYERS}/{name}", 0o755)
    for name in SYSTEM:
        mount(f"/{name}", f"{LAYERS}/{name}", BIND | RECURSIVE)
    call("pivot_root", LAYERS, LAYERS + TMP)
    os.chdir("/")
    set_read_only("/", True)
    mount("tmpfs", TMP, NO_SUID_NO_DEVICES, "tmpfs", f"size={root['tmp_mb']}m,mode=1777")
    os.umask(0o022)
    give_up_privileges()


def join(base: Base, *, is_offline: bool) -> None:
    """Be where the base is, in mounts of this process's own; offline, in a network of its own too."""
    call("setns", base.user, NEW_USER)
    call("setns", base.mounts, NEW_MOUNTS)
    call("unshare", NEW_MOUNTS | (NEW_NETWORK if is_offline else 0))
    if is_offline:
        loopback.switch_on()
    os.umask(0)


def enter_again(user: int, mounts: int, *network: int) -> None:
    """Put this process where an earlier one of the same environment was."""
    call("setns", user, NEW_USER)
    call("setns", mounts, NEW_MOUNTS)
    for descriptor in network:
        call("setns", descriptor, NEW_NETWORK)
    give_up_privileges()


def enter_copy(proc: int, tmp_mb: int) -> None:
    """Give this process, forked from one that is inside, a /tmp of its own with what that one has in its.

    ``proc`` is the host's /proc: the one in here can not be written, and says who this process is in its namespace.
    """
    uid, gid = os.geteuid(), os.getegid()
    before = os.open(TMP, os.O_RDONLY | os.O_DIRECTORY)
    call("unshare", NEW_USER | NEW_MOUNTS)
    for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
        descriptor = os.open(f"self/{name}", os.O_WRONLY, dir_fd=proc)
        os.write(descriptor, text.encode())
        os.close(descriptor)
    mask = os.umask(0)
    mount("tmpfs", TMP, NO_SUID_NO_DEVICES, "tmpfs", f"size={tmp_mb}m,mode=1777")
    os.umask(mask)
    for name in os.listdir(before):
        _copy(f"/proc/self/fd/{before}/{name}", f"{TMP}/{name}")
    os.close(before)
    give_up_privileges()


def _copy(path: str, place: str) -> None:
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.copytree(path, place, symlinks=True)
    else:
        shutil.copy2(path, place, follow_symlinks=False)


def opened(*, is_offline: bool) -> list[int]:
    """Open the namespaces that this process is in."""
    kinds = ("user", "mnt", "net") if is_offline else ("user", "mnt")
    return [os.open(f"/proc/self/ns/{kind}", os.O_RDONLY) for kind in kinds]


def _show_layers_among_others(layers: str | None) -> None:
    """Make /opt a directory in which something of the host, such as a Python, has a place beside the layers."""
    mount("tmpfs", LAYERS, NO_SUID_NO_DEVICES, "tmpfs", "mode=755")
    for entry in os.scandir(HOST + layers) if layers else ():
        _show(entry, f"{LAYERS}/{entry.name}")


def _show_at(path: str) -> None:
    os.makedirs(path, 0o755, exist_ok=True)
    mount(HOST + path, path, BIND | RECURSIVE)


def outermost(paths: Sequence[str]) -> Iterator[str]:
    """Yield those of the directories that would be hidden, without those inside others of them."""
    last = ""
    for path in sorted(set(paths)):
        if any(is_below(path, place) for place in HIDDEN) and not (last and is_below(path, last)):
            last = path
            yield path


def is_below(path: str, directory: str) -> bool:
    return path == directory or path.startswith(directory + "/")


def give_up_privileges() -> None:
    """Keep this process, and what it runs, from mounting anything: root loses that right, others all rights."""
    if os.geteuid() == 0:
        call("prctl", PR_CAPBSET_DROP, CAP_SYS_ADMIN, 0, 0, 0)
    kept = (1 << 64) - 1 ^ (1 << CAP_SYS_ADMIN) if os.geteuid() == 0 else 0
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0)
    held = (ctypes.c_uint32 * 6)()
    call("capget", header, held)
    for at in range(6):
        held[at] &= kept >> (32 if at >= 3 else 0) & 0xFFFFFFFF
    call("capset", header, held)


# -- system calls ------------------------------------------------------------------------------------------


def mount(source: str, target: str, flags: int, kind: str | None = None, options: str | None = None) -> None:
    texts = [text.encode() if text is not None else None for text in (source, target, kind, options)]
    call("mount", texts[0], texts[1], texts[2], ctypes.c_ulong(flags), texts[3])


def set_read_only(path: str, wanted: bool) -> None:
    """Make a mount and all below it read-only; or let one, alone, be written."""
    on, off = (READ_ONLY, 0) if wanted else (0, READ_ONLY)
    attributes = (ctypes.c_uint64 * 4)(on, off, 0, 0)
    call(
        "syscall",
        ctypes.c_long(MOUNT_SETATTR),
        AT_FDCWD,
        path.encode(),
        AT_RECURSIVE if wanted else 0,
        attributes,
        ctypes.c_size_t(ctypes.sizeof(attributes)),
    )


def call(name: str, *arguments: Any) -> None:
    """Call the C library; raises OSError naming what was refused."""
    given = [argument.encode() if isinstance(argument, str) else argument for argument in arguments]
    if getattr(LIBRARY, name)(*given) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), name)


LIBRARY = ctypes.CDLL(None, use_errno=True)
