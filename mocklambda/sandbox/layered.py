"""Layers of a container image, laid into one directory in their order, with what they take away.

Nothing leaves the directory, whatever a layer names. Knows no image formats.
"""

from __future__ import annotations

import os
import shutil
import stat
import tarfile
from pathlib import Path, PurePosixPath
from typing import BinaryIO

WHITEOUT = ".wh."
OPAQUE = ".wh..wh..opq"
MOST_LINKS = 40


class BadLayer(Exception):
    """A layer can not be read."""


def lay(layer: BinaryIO, root: Path) -> None:
    """Unpack one layer over what is there. Devices and pipes are left out: no function could open them."""
    made: set[Path] = set()
    try:
        with tarfile.open(fileobj=layer, mode="r|*") as archive:
            for member in archive:
                _lay_member(archive, member, root, made)
    except (tarfile.TarError, EOFError) as error:
        raise BadLayer(f"a layer is no tar archive, or compressed in an unknown way: {error}") from None


def _lay_member(archive: tarfile.TarFile, member: tarfile.TarInfo, root: Path, made: set[Path]) -> None:
    path = PurePosixPath("/", member.name)
    if ".." in path.parts or len(path.parts) < 2:
        return
    parent = _inside(root, path.parent)
    place = parent / path.name
    if path.name == OPAQUE:
        _empty(parent, made)
    elif path.name.startswith(WHITEOUT):
        _remove(parent / path.name[len(WHITEOUT) :])
    elif member.isdir() or member.isreg() or member.issym() or member.islnk():
        made.update([place, *place.parents])
        _make(archive, member, place, root)


def _make(archive: tarfile.TarFile, member: tarfile.TarInfo, place: Path, root: Path) -> None:
    if member.isdir():
        if place.is_symlink() or not place.is_dir():
            _remove(place)
            place.mkdir()
        place.chmod(member.mode & 0o1777 | stat.S_IRWXU)
        return
    _remove(place)
    if member.issym():
        place.symlink_to(member.linkname)
    elif member.islnk():
        target = PurePosixPath("/", member.linkname)
        os.link(_inside(root, target.parent) / target.name, place, follow_symlinks=False)
    else:
        content = archive.extractfile(member)
        assert content is not None
        with content, place.open("wb") as file:
            shutil.copyfileobj(content, file)
        place.chmod(member.mode & 0o777 | stat.S_IRUSR)


def _inside(root: Path, path: PurePosixPath) -> Path:
    """Return the directory that is a path of the image, its links followed inside the image; made if need be."""
    todo = list(reversed(path.parts[1:]))
    found: list[str] = []
    links = 0
    while todo:
        name = todo.pop()
        if name == "..":
            del found[-1:]
            continue
        place = root.joinpath(*found, name)
        if place.is_symlink():
            links += 1
            if links > MOST_LINKS:
                raise BadLayer(f"{path} is a circle of links")
            target = PurePosixPath(place.readlink())
            if target.is_absolute():
                found.clear()
            todo.extend(part for part in reversed(target.parts) if part != "/")
            continue
        if not place.is_dir():
            _remove(place)
            place.mkdir()
        found.append(name)
    return root.joinpath(*found)


def _empty(directory: Path, made: set[Path]) -> None:
    """Take away what lower layers have put into a directory."""
    for entry in list(directory.iterdir()):
        if entry not in made:
            _remove(entry)
        elif entry.is_dir() and not entry.is_symlink():
            _empty(entry, made)


def _remove(place: Path) -> None:
    if place.is_dir() and not place.is_symlink():
        shutil.rmtree(place)
    else:
        place.unlink(missing_ok=True)
