"""A zip file that nobody has looked into yet: what its directory says is held against limits before anything is opened.

A zip of some hundred bytes can unpack to gigabytes, name files outside its folder, or say one size and hold another;
a library that trusts it fills the memory. So the directory is judged first, and what is unpacked is counted.
"""

from __future__ import annotations

__all__ = ["MOST_ENTRIES", "MOST_RATIO", "MOST_UNPACKED", "Archive", "opened"]

import io
import re
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

import attrs

from frontdoor.errors import Fault, InputError

MOST_UNPACKED = 200_000_000
"""Bytes that a file may unpack to."""
MOST_RATIO = 200
"""Times its packed size that an entry may unpack to, where it is more than a million bytes."""
MOST_ENTRIES = 10_000
_DIRECTORY = 4_000_000
_CHUNK = 1 << 20
_OUTSIDE = re.compile(r"^[/\\]|^[A-Za-z]:|(^|[/\\])\.\.([/\\]|$)|\x00")
_ZIPPED = (".zip", ".xlsx", ".xlsm", ".xlsb", ".docx", ".docm", ".pptx", ".ods", ".odt", ".jar", ".gz", ".bz2", ".xz",
           ".7z", ".rar", ".tar", ".tgz", ".zst")  # fmt: skip


@attrs.frozen
class Archive:
    """A zip file within the limits, and what is in it by name."""

    name: str
    content: bytes = attrs.field(repr=False)
    entries: Mapping[str, zipfile.ZipInfo] = attrs.field(repr=False)

    def chunks(self, entry: str) -> Iterator[bytes]:
        """What an entry holds, a megabyte at a time.

        Raises:
            InputError: it is damaged, or is not of the size that the directory says.
        """
        info = self.entries[entry]
        start = info.header_offset
        header = self.content[start : start + 30]
        if len(header) < 30 or header[:4] != b"PK\x03\x04":
            raise self._refused(entry, "damaged", "does not begin where the directory says.")
        start += 30 + sum(struct.unpack("<HH", header[26:]))
        packed = self.content[start : start + info.compress_size]
        size = check = 0
        for chunk in self._unpacked(entry, packed, stored=info.compress_type == zipfile.ZIP_STORED):
            size += len(chunk)
            if size > info.file_size:
                raise self._refused(entry, "wrong-size", f"holds more than the {info.file_size} bytes it says.")
            check = zlib.crc32(chunk, check)
            yield chunk
        if size != info.file_size or check != info.CRC:
            raise self._refused(entry, "damaged", "is damaged: its sum or its size is not what the directory says.")

    def read(self, entry: str) -> bytes:
        """All of an entry, likewise."""
        return b"".join(self.chunks(entry))

    def verify(self) -> None:
        """Unpack everything once, keeping nothing.

        Raises:
            InputError: an entry is damaged, or is not of the size that the directory says.
        """
        for entry in self.entries:
            for _ in self.chunks(entry):
                pass

    def _unpacked(self, entry: str, packed: bytes, *, stored: bool) -> Iterator[bytes]:
        if stored:
            yield from (packed[at : at + _CHUNK] for at in range(0, len(packed), _CHUNK))
            return
        inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            while not inflate.eof:
                chunk = inflate.decompress(packed, _CHUNK)
                packed = inflate.unconsumed_tail
                if not chunk and not packed and not inflate.eof:
                    raise self._refused(entry, "damaged", "breaks off.")
                yield chunk
        except zlib.error:
            raise self._refused(entry, "damaged", "is damaged and cannot be unpacked.") from None

    def _refused(self, entry: str, code: str, message: str) -> InputError:
        return InputError([Fault(self.name, entry, code, message, "Save or export the file again.")])


def opened(content: bytes, name: str) -> Archive:
    """The zip file of these bytes, its directory looked through; nothing has been unpacked.

    Raises:
        InputError: it is no zip file, or not one to open; `.faults` says all that is wrong with it.
    """
    if _directory_size(content) > _DIRECTORY:
        raise InputError([Fault(name, "", "too-many-entries", f"has a directory of more than {MOST_ENTRIES} entries.")])
    try:
        found = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OverflowError, struct.error) as error:
        message = "is not a zip file, or a damaged one."
        raise InputError([Fault(name, "", "not-zip", message, "Save or export it again.")]) from error
    with found:
        infos = [info for info in found.infolist() if not info.filename.endswith("/")]
        faults = list(_faults(name, infos, found.start_dir))
    if faults:
        shown, more = faults[:20], len(faults) - 20
        if more > 0:
            shown.append(Fault(name, "", "more", f"and {more} more entries like these."))
        raise InputError(shown)
    return Archive(name, content, {info.filename: info for info in infos})


def _directory_size(content: bytes) -> int:
    """What the end of the file says of its directory, before anything reads that: bytes."""
    end = content.rfind(b"PK\x05\x06", max(0, len(content) - 65_557))
    if end < 0 or len(content) < end + 22:
        return 0
    size: int = struct.unpack("<L", content[end + 12 : end + 16])[0]
    wide = content.rfind(b"PK\x06\x06", max(0, end - 1000), end)  # the same in 64 bits
    if wide >= 0 and len(content) >= wide + 56:
        size = max(size if size < 0xFFFFFFFF else 0, struct.unpack("<Q", content[wide + 40 : wide + 48])[0])
    return size


def _faults(name: str, infos: list[zipfile.ZipInfo], end: int) -> Iterable[Fault]:
    """All that is wrong with a directory; `end` is where it starts in the file."""
    if len(infos) > MOST_ENTRIES:
        yield Fault(name, "", "too-many-entries", f"holds {len(infos)} entries; {MOST_ENTRIES} are the most.")
    total = sum(info.file_size for info in infos)
    if total > MOST_UNPACKED:
        yield Fault(
            name, "", "too-large", f"unpacks to {total // 1_000_000} MB; {MOST_UNPACKED // 1_000_000} MB are the most.",
            "Delete empty rows and columns beyond the tables, or split it.",
        )  # fmt: skip
    for entry, times in Counter(info.filename for info in infos).items():
        if times > 1:
            yield Fault(
                name, _shown(entry), "doubled-entry", f"is in it {times} times.", "Which is meant? Pack it again."
            )
    for info in infos:
        yield from _entry_faults(name, info)
    begins = sorted((info.header_offset, info.compress_size, info.filename) for info in infos)
    ends = [*(offset for offset, _, _ in begins[1:]), end]
    for (offset, size, entry), bound in zip(begins, ends, strict=False):  # of none there is only the end
        if offset < 0 or offset + 30 + size > bound:
            yield Fault(name, _shown(entry), "overlap", "shares its bytes with the next entry, as zip bombs do.")


def _entry_faults(name: str, info: zipfile.ZipInfo) -> Iterator[Fault]:
    where = _shown(info.filename)
    if not info.filename:
        yield Fault(name, where, "no-name", "holds an entry without a name.", "Pack it again.")
    if info.flag_bits & 1:
        yield Fault(name, where, "encrypted", "is encrypted.", "Save it without a password.")
    if _OUTSIDE.search(info.orig_filename):
        yield Fault(name, where, "outside", "has a name that leads out of the zip's own folder.")
    if info.filename.lower().endswith(_ZIPPED):
        yield Fault(name, where, "nested", "is itself packed.", "Unpack it and give the files themselves.")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        yield Fault(
            name, where, "packed-otherwise", "is packed in a way that is not read.", "Pack it as an ordinary zip."
        )
    if info.file_size > 1_000_000 and info.file_size > MOST_RATIO * info.compress_size:
        times = info.file_size // max(info.compress_size, 1)
        yield Fault(name, where, "bomb", f"unpacks to {times} times its size; {MOST_RATIO} times are the most.")


def _shown(entry: str) -> str:
    return ascii(entry[:80])[1:-1]
