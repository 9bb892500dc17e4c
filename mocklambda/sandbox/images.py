"""Container images: an OCI layout, a ``docker save`` archive or a plain root file system; what each says to run.

Decides which manifest is read and which settings count; sandbox/layered.py unpacks, once per digest.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import tarfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from mocklambda.errors import UsageError
from mocklambda.sandbox.directories import SessionDirectory
from mocklambda.sandbox.layered import BadLayer, lay

ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
DEEPEST_INDEX = 4

Open = Callable[[str], BinaryIO]


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """An image that can be run."""

    digest: str
    """Hexadecimal."""
    root: str
    entry_point: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    working_directory: str = "/"
    environment: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What was found to be an image, still packed."""

    digest: str
    config: dict[str, Any]
    layers: tuple[str, ...]


class ImageStore:
    """Images that were registered, unpacked below one directory of the session."""

    def __init__(self, directories: SessionDirectory) -> None:
        self._directories = directories
        self._lock = threading.Lock()
        self._known: dict[str, Image] = {}

    def put(self, path: str | os.PathLike[str]) -> Image:
        """Take an image in.

        Args:
            path: the directory of an OCI layout; a tar archive of one, or as ``docker save`` makes it; or a directory
                that is a root file system, which is used where it lies and runs what ImageConfig says.

        Raises:
            UsageError: it is none of these, or can not be read.

        """
        place = Path(path).resolve()
        if place.is_dir() and not (place / "index.json").is_file():
            return _plain(str(place))
        try:
            with _opened(place) as read:
                return self._unpacked(_source(read), read)
        except (OSError, KeyError, ValueError, tarfile.TarError, BadLayer) as error:
            raise UsageError(f"{path} can not be read as a container image: {error}") from None

    def _unpacked(self, source: Source, read: Open) -> Image:
        with self._lock:
            found = self._known.get(source.digest)
            if found is None:
                root = self._directories.fresh("image")
                for layer in source.layers:
                    with read(layer) as file:
                        lay(file, Path(root))
                found = self._known[source.digest] = _image(source, root)
        return found


def _plain(root: str) -> Image:
    return Image(digest=hashlib.sha256(root.encode()).hexdigest(), root=root)


def _image(source: Source, root: str) -> Image:
    config = source.config.get("config") or {}
    pairs = [text.partition("=") for text in config.get("Env") or ()]
    return Image(
        digest=source.digest,
        root=root,
        entry_point=tuple(config.get("Entrypoint") or ()),
        command=tuple(config.get("Cmd") or ()),
        working_directory=config.get("WorkingDir") or "/",
        environment=tuple((name, value) for name, _, value in pairs),
    )


@contextmanager
def _opened(place: Path) -> Iterator[Open]:
    """Yield what opens a member by its name."""
    if place.is_dir():
        yield lambda name: (place / name).open("rb")
        return
    with tarfile.open(place) as archive:

        def read(name: str) -> BinaryIO:
            member = archive.extractfile(name)
            if member is None:
                raise KeyError(f"{name} is no file")
            return cast("BinaryIO", member)

        yield read


def _source(read: Open) -> Source:
    try:
        index = _json(read, "index.json")
    except (KeyError, FileNotFoundError):
        return _docker(read)
    for _ in range(DEEPEST_INDEX):
        digest = _chosen(index["manifests"])
        manifest = _json(read, _blob(digest))
        if "layers" in manifest:
            layers = tuple(_blob(layer["digest"]) for layer in manifest["layers"])
            config = _json(read, _blob(manifest["config"]["digest"]))
            return Source(digest=digest.partition(":")[2], config=config, layers=layers)
        index = manifest
    raise ValueError("its index has no image")


def _docker(read: Open) -> Source:
    """Read what ``docker save`` wrote before it wrote OCI layouts."""
    manifest = _json(read, "manifest.json")[0]
    with read(manifest["Config"]) as file:
        text = file.read()
    return Source(
        digest=hashlib.sha256(text).hexdigest(), config=json.loads(text), layers=tuple(manifest["Layers"])
    )


def _chosen(manifests: list[dict[str, Any]]) -> str:
    """Return the digest of the manifest for this machine; one that names no platform is for all."""
    wanted = ARCHITECTURES.get(platform.machine(), platform.machine())
    for manifest in manifests:
        if manifest.get("platform", {}).get("architecture", wanted) == wanted:
            return str(manifest["digest"])
    raise ValueError(f"it has nothing for {wanted}")


def _blob(digest: str) -> str:
    algorithm, _, name = digest.partition(":")
    if not (algorithm.isalnum() and name.isalnum()):
        raise ValueError(f"{digest!r} is no digest")
    return f"blobs/{algorithm}/{name}"


def _json(read: Open, name: str) -> Any:
    with read(name) as file:
        return json.loads(file.read())
