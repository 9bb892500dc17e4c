"""Uploaded code on disk: a read-only tree per content; what is not safe to unpack is refused."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import stat
import threading
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from weakref import WeakValueDictionary

from mocklambda.execution.values import BadZip, CodeRef, Zip
from mocklambda.sandbox import trees
from mocklambda.sandbox.directories import SessionDirectory

UNZIPPED_LIMIT = 262_144_000
INVALID = "InvalidParameterValueException"
CAN_NOT_UNZIP = "Could not unzip uploaded file. Please check your file, then try to upload again."  # R
EMPTY = "Uploaded file must be a non-empty zip"  # O
TOO_BIG = f"Unzipped size must be smaller than {UNZIPPED_LIMIT} bytes"  # R
PLAIN_FILE = 0o644
FEW_FILES = 100
FEW_BYTES = 1 << 20
"""What is unpacked in no time; more than either is kept for the sessions to come (trees.py)."""


class CodeStore:
    """Unpacks zips below one directory of the session, which is made at first need, or where they outlive it.

    ``isolation`` tells how environments are kept apart: only ``namespaces`` keep a root's handlers from writing there.
    """

    def __init__(
        self,
        directories: SessionDirectory | None = None,
        isolation: Callable[[], str] = lambda: "directories",
    ) -> None:
        self._directories = directories or SessionDirectory()
        self._isolation = isolation
        self._taken: list[str] = []  # of what outlives us
        self._lock = threading.Lock()
        self._known: dict[str, CodeRef] = {}
        self._zips: WeakValueDictionary[str, Zip] = WeakValueDictionary()
        """Those that somebody has: what was uploaded goes with the last function of it, its tree with the session."""

    def put_zip(self, content: bytes) -> Zip:
        """Unpack a zip, once per content, and keep it once for all who have it.

        Raises:
            BadZip: not a zip, an empty one, one over 250 MB unzipped, or one with members that would leave
                the directory, be devices, or link out of it; with Lambda's own texts.

        """
        digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
        with self._lock:
            found = self._zips.get(digest)
            if found is None:
                code = self._known.get(digest)
                if code is None:
                    code = self._known[digest] = self._kept(digest) or self._unpack(content, digest)
                found = self._zips[digest] = Zip(code=code, content=content)
        return found

    def directory(self, path: str) -> CodeRef:
        """Take an author's own directory as it is: the next cold start sees what was edited meanwhile."""
        root = str(Path(path).resolve())
        if not Path(root).is_dir():
            raise BadZip(INVALID, f"{path} is not a directory")
        digest = base64.b64encode(hashlib.sha256(root.encode()).digest()).decode()
        return CodeRef(sha256=digest, size=0, root=root, is_shared=False)

    def close(self) -> None:
        """Remove all trees, but for those that other sessions may want."""
        with self._lock:
            self._known.clear()
            if self._taken:
                trees.shared().give_back(self._taken, is_read_only=self._isolation() == "namespaces")
                self._taken.clear()
            self._directories.close()

    def _kept(self, digest: str) -> CodeRef | None:
        code = trees.shared().take(digest)
        if code is not None:
            self._taken.append(digest)
        return code

    def _unpack(self, content: bytes, digest: str) -> CodeRef:
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                members = _checked(archive)
                size = sum(member.file_size for member in members.values())

                def unpack(root: str) -> CodeRef:
                    _extract(archive, members, root)
                    return CodeRef(sha256=digest, size=len(content), root=root, unzipped_size=size)

                if len(members) > FEW_FILES or size > FEW_BYTES:
                    code = trees.shared().make(digest, unpack)
                    if code is not None:
                        self._taken.append(digest)
                        return code
                return self._directories.filled("code", unpack)
        except (
            zipfile.BadZipFile,
            zlib.error,
            NotImplementedError,
            RuntimeError,
            EOFError,
            OSError,
            ValueError,
        ):
            raise BadZip(INVALID, CAN_NOT_UNZIP) from None


class LayerTrees:
    """Lays the layers of a function over one another: the tree that is its /opt."""

    def __init__(self, directories: SessionDirectory) -> None:
        self._directories = directories
        self._known: dict[tuple[str, ...], str] = {}

    def merged(self, layers: tuple[CodeRef, ...]) -> str | None:
        """Return the one tree, later layers' files in place of earlier ones' (D); None without layers."""
        roots = tuple(layer.root for layer in layers)
        if len(roots) < 2:
            return roots[0] if roots else None
        found = self._known.get(roots)
        if found is None:
            found = self._known[roots] = self._directories.fresh("layers")
            for root in roots:
                _lay(root, found)
        return found


def _lay(source: str, target: str) -> None:
    for directory, directories, files in os.walk(source):
        place = Path(target, Path(directory).relative_to(source))
        place.mkdir(exist_ok=True)
        links = [name for name in directories if Path(directory, name).is_symlink()]
        for name in (*files, *links):
            (place / name).unlink(missing_ok=True)
            if (Path(directory) / name).is_symlink():
                (place / name).symlink_to((Path(directory) / name).readlink())
            else:
                os.link(Path(directory, name), place / name)


def _checked(archive: zipfile.ZipFile) -> dict[PurePosixPath, zipfile.ZipInfo]:
    """Return an archive's members by where they go; raises BadZip for what must not be unpacked."""
    members: dict[PurePosixPath, zipfile.ZipInfo] = {}
    total = 0
    for member in archive.infolist():
        path = PurePosixPath(member.filename)
        if path.is_absolute() or ".." in path.parts or "\\" in member.filename:
            raise BadZip(INVALID, CAN_NOT_UNZIP)
        if _kind(member) not in {0, stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK}:
            raise BadZip(INVALID, CAN_NOT_UNZIP)
        if path.parts:
            members[path] = member
        total += member.file_size
    if not archive.infolist():
        raise BadZip(INVALID, EMPTY)
    if total > UNZIPPED_LIMIT:
        raise BadZip(INVALID, TOO_BIG)
    links = {path for path, member in members.items() if _kind(member) == stat.S_IFLNK}
    if links and any(not links.isdisjoint(path.parents) for path in members):
        raise BadZip(INVALID, CAN_NOT_UNZIP)
    return members


def _kind(member: zipfile.ZipInfo) -> int:
    return stat.S_IFMT(member.external_attr >> 16)


def _extract(archive: zipfile.ZipFile, members: dict[PurePosixPath, zipfile.ZipInfo], root: str) -> None:
    directories = {Path(root)}
    links = []
    for path, member in members.items():
        place = Path(root, path)
        parents = [Path(root, parent) for parent in path.parents]
        if member.is_dir():
            parents.append(place)
        if not directories.issuperset(parents):
            (place if member.is_dir() else place.parent).mkdir(parents=True, exist_ok=True)
            directories.update(parents)
        if member.is_dir():
            continue
        content = archive.read(member)
        if _kind(member) == stat.S_IFLNK:
            place.symlink_to(content.decode())
            links.append(place)
            continue
        place.write_bytes(content)
        mode = (member.external_attr >> 16) & 0o777 or PLAIN_FILE  # R: the entry's mode is applied
        place.chmod((mode | stat.S_IRUSR) & ~0o222)
    real_root = str(Path(root).resolve()) + os.sep
    for link in links:
        if not (str(link.resolve()) + os.sep).startswith(real_root):
            raise BadZip(INVALID, CAN_NOT_UNZIP)
    for directory in directories:
        directory.chmod(0o555)
