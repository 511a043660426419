"""Check a bundle that `frontdoor prove` made: that the events in it are those of the log that a key has signed.

    python -I check.py [FOLDER] [--vkey KEY]

-I has Python pass over whatever lies beside the script. It needs Python 3.8 and nothing else: no network, no package, nothing of frontdoor. FOLDER is where it lies itself, unless
another is given. KEY is the public key as you had it from whoever keeps the log, or read it where they published it, or a
file of it; without it, what is found holds only as far as key.txt does. Exit status: 0 all is as it was signed; 1 it is not, in one sentence.

What it does, step by step:

1. checkpoint.txt is a signed note (c2sp.org/signed-note): the log's name, how many events it had, the root of the Merkle
   tree over them (RFC 6962). The signature is verified by the key in key.txt (Ed25519, RFC 8032).
2. Each event in events.json is hashed anew from what it says. The hash goes over that of the case's event before, so that
   of the versions from 1 on none can be missing between two others.
3. Its proof in proofs.json leads from that hash and the event's position to the root that was signed.
4. case.txt, where there is one, is a note signed by the same key: how many events the case had then, the hash of the last,
   and the digest of the page for people, index.html. Without it events at the end may have been left out.
5. Where details are sealed, an event has a digest of them, made with a salt. words.json, where there is one, has the details and
   the salt of some: they are hashed anew, and must be what was sealed.
"""

from __future__ import annotations

__all__ = ["Wrong", "check", "main"]

import base64
import hashlib
import json
import os
import re
import stat
import sys
from typing import Any

HASHED = (
    "event_id", "case_id", "version", "event", "happened_at", "recorded_at", "actor", "role", "episode", "family", "cause",
    "digest", "details_digest",
)  # fmt: skip
TEXTS = {*HASHED, "details", "hash", "salt"} - {"version"}
FILES = {"index.html", "events.json", "proofs.json", "checkpoint.txt", "key.txt", "case.txt", "words.json", "check.py"}
MOST = 1 << 28  # bytes of a file, which are no more than a case that anybody could read
SIGNATURES = 100


class Wrong(Exception):
    """The bundle does not show what it should: one sentence."""


# ---- Ed25519, as section 5.1 of RFC 8032 has it ----

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def point(data: bytes) -> tuple[int, int, int, int] | None:
    """The point of a curve that 32 bytes stand for, in extended coordinates; None: there is none."""
    y = int.from_bytes(data, "little") & (1 << 255) - 1
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or (x * x - square) % P or (not x and data[31] >> 7):
        return None
    if x & 1 != data[31] >> 7:
        x = P - x
    return x, y, 1, x * y % P


def add(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """The sum of two points."""
    a, b = (one[1] - one[0]) * (other[1] - other[0]) % P, (one[1] + one[0]) * (other[1] + other[0]) % P
    c, d = 2 * one[3] * other[3] * D % P, 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(factor: int, one: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """A point added to itself."""
    total = (0, 1, 1, 0)
    while factor:
        if factor & 1:
            total = add(total, one)
        one, factor = add(one, one), factor >> 1
    return total


def has_signed(key: bytes, text: bytes, signature: bytes) -> bool:
    """Whether 64 bytes are the signature of a text by a public key of 32."""
    public, base = point(key), point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))
    scalar = int.from_bytes(signature[32:], "little")
    if public is None or base is None or len(signature) != 64 or scalar >= ORDER:
        return False
    if not times(8, public)[0]:  # of a small order: what it signs could be any text
        return False
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + key + text).digest(), "little") % ORDER
    minus = (P - public[0], public[1], 1, P - public[3])
    x, y, z, _ = add(times(scalar, base), times(challenge, minus))
    x, y = x * pow(z, P - 2, P) % P, y * pow(z, P - 2, P) % P
    return (y | (x & 1) << 255).to_bytes(32, "little") == signature[:32]


# ---- the files of a bundle ----


def read(folder: str, name: str) -> str:
    """The text of a file, which stands in the folder itself."""
    path = os.path.join(folder, name)
    try:
        found = os.lstat(path)
        if not stat.S_ISREG(found.st_mode):
            raise Wrong(f"{name} is no plain file.")
        if found.st_size > MOST:
            raise Wrong(f"{name} is larger than any that was written.")
        with open(path, "rb") as file:
            return file.read().decode("utf-8")
    except OSError as error:
        raise Wrong(f"{name} cannot be read: {error.strerror}.") from None
    except ValueError:
        raise Wrong(f"{name} is not the text that was written.") from None


def read_json(folder: str, name: str) -> Any:
    """What a file of JSON holds, if it is written as `frontdoor prove` writes it, to the byte."""
    text = read(folder, name)
    try:
        found = json.loads(text)
        is_ours = text == json.dumps(found, ensure_ascii=False, indent=1) + "\n"
    except (ValueError, RecursionError):
        is_ours = False
    if not is_ours:
        raise Wrong(f"{name} is not as it was written.")
    return found


def unbase64(text: str) -> bytes:
    """What base64 stands for, if it is written in the one way it can be; else nothing."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        return b""
    return data if base64.b64encode(data).decode() == text else b""


def read_key(folder: str) -> tuple[str, bytes, bytes]:
    """Of the key in key.txt: its name, four bytes of its digest, and itself."""
    held = re.fullmatch(r"([!-*,-~]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)\n?", read(folder, "key.txt"))
    name, digest, encoded = held.groups() if held else ("", "", "")
    data = unbase64(encoded)
    whole = hashlib.sha256(name.encode() + b"\n" + data).digest()[:4]
    if len(data) != 33 or data[0] != 1 or digest != whole.hex():
        raise Wrong("key.txt is no public key of Ed25519.")
    return name, whole, data[1:]


def given_key(given: str) -> str:
    """The public key that was given, or that is in the file that was."""
    names_a_file = given.strip() and "+" not in given  # else it may be a private key, which is not said again
    shape, text = r"\s*[!-*,-~]+\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+\s*", given
    if not re.fullmatch(shape, given) and os.path.isfile(given):  # a file that is called as a key never stands for it
        try:
            with open(given, "rb") as file:
                held = file.read(1 << 16)
        except OSError as error:
            raise Wrong(f"{given} cannot be read: {error.strerror}.") from None
        text = held.decode("utf-16" if held[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig", errors="replace")
    elif names_a_file and not os.path.exists(given):
        raise Wrong(f"--vkey: there is no file {given!r}, and it is no public key: that is written NAME+DIGEST+KEY.")
    if not re.fullmatch(shape, text):
        raise Wrong("what you gave with --vkey is no public key, nor a file of one: it is written NAME+DIGEST+KEY.")
    return text.strip()


def read_note(folder: str, file: str, key: tuple[str, bytes, bytes]) -> list[str]:
    """The lines of a note that the key has signed; signatures of others may stand beside, and nothing else."""
    text, _, signed = read(folder, file).rpartition("\n\n")
    *lines, rest = signed.split("\n")
    found = [re.fullmatch(r"— (\S+) (\S+)", line) for line in lines]
    if rest or not found or not all(found):
        raise Wrong(f"{file} is not a text, an empty line and signatures, and nothing else.")
    if len(found) > SIGNATURES:
        raise Wrong(f"{file} has more than {SIGNATURES} signatures.")
    held = [(one.group(1), unbase64(one.group(2))) for one in found if one]
    ours = [data[4:] for name, data in held if (name, data[:4]) == key[:2]]
    if not ours:
        raise Wrong(f"{file} is not signed by the key in key.txt.")
    if not all(has_signed(key[2], (text + "\n").encode(), signature) for signature in ours):
        raise Wrong(f"{file} is not what the key in key.txt has signed.")
    return text.split("\n")


# ---- what is checked ----


def root_of(leaf: bytes, index: int, size: int, proof: list[bytes]) -> bytes:
    """Where a proof leads to from a leaf (section 2.1.3.2 of RFC 9162); nothing where it is too long or too short."""
    last, node = size - 1, hashlib.sha256(b"\0" + leaf).digest()
    for digest in proof:
        if not last:
            return b""
        if index & 1 or index == last:
            node = hashlib.sha256(b"\1" + digest + node).digest()
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            node = hashlib.sha256(b"\1" + node + digest).digest()
        index, last = index >> 1, last >> 1
    return b"" if last else node


def check_event(event: Any, version: int, case: str, before: str, least: int, size: int) -> str:
    """The hash of an event that is what it says it is, and next in its case."""
    this = f"event {version} of the case"
    if type(event) is not dict or set(event) != TEXTS | {"position", "version"}:
        raise Wrong(f"{this} has not the fields that were recorded.")
    if any(type(value) is not (str if name in TEXTS else int) for name, value in event.items()):
        raise Wrong(f"{this} is not as it was recorded: a value is of another type.")
    if any("\0" in event[name] for name in TEXTS):  # which parts what is hashed: it could be read in two ways
        raise Wrong(f"{this} holds a NUL, as none that was recorded does.")
    if event["case_id"] != case or event["version"] != version:
        raise Wrong(f"{this} is missing: version {event['version']} of {event['case_id']!r} stands in its place.")
    if not least < event["position"] <= size:
        raise Wrong(f"{this} is at position {event['position']}, out of order or beyond the {size} that were signed.")
    if hashlib.sha256(f"{event['salt']}\n{event['details']}".encode()).hexdigest() != event["details_digest"]:
        raise Wrong(f"the details of {this} are not those that were recorded.")
    said = "\0".join([before, "frontdoor event 1", *(str(event[name]) for name in HASHED)])
    found = hashlib.sha256(said.encode()).hexdigest()
    if found != event["hash"]:
        raise Wrong(f"{this} is not as it was recorded, or not in its place: its hash does not fit it.")
    return found


def fits(shown: Any, said: Any) -> bool:
    """Whether what stands in the open of sealed details is what the details say; [] stands for what is sealed."""
    if type(shown) is dict and type(said) is dict:
        return set(shown) == set(said) and all(fits(shown[name], said[name]) for name in shown)
    return bool(shown == [] or shown == said)


def check_words(folder: str, events: list[Any]) -> list[str]:
    """What is to be said of the events whose details are sealed: of how many the words are here, and are what was sealed."""
    sealed = {event["version"]: event["details"] for event in events if not event["salt"]}
    found = read_json(folder, "words.json") if os.path.lexists(os.path.join(folder, "words.json")) else []
    if type(found) is not list or not all(
        type(one) is dict and set(one) == {"version", "salt", "details"} for one in found
    ):
        raise Wrong("words.json is not the list that was written.")
    opened = set()
    for one in found:
        if type(one["version"]) is not int or one["version"] not in sealed or one["version"] in opened:
            raise Wrong("words.json has words of what is no event whose details are sealed, or has them twice.")
        this = f"event {one['version']} of the case"
        try:
            held = json.loads(sealed[one["version"]])
            digest = hashlib.sha256(f"{one['salt']}\n{one['details']}".encode()).hexdigest()
            is_so = digest == held["digest"] and fits(held["shown"], json.loads(one["details"]))
        except (ValueError, TypeError, KeyError, RecursionError):
            is_so = False
        if not is_so:
            raise Wrong(f"the words of {this} in words.json are not those that were sealed.")
        opened.add(one["version"])
    said = [f"The words of {len(opened)} of them were sealed, and are those in words.json."] if opened else []
    if len(sealed) > len(opened):
        said.append(f"The words of {len(sealed) - len(opened)} of them are sealed, and not in this folder.")
    return said


def check(folder: str, vkey: str | None = None) -> list[str]:
    """What the bundle in a folder shows, in sentences.

    Raises:
        Wrong: it is not as it was signed.
    """
    key = read_key(folder)
    named = read(folder, "key.txt").strip()
    if vkey is not None and vkey.strip() != named:
        raise Wrong("the key in key.txt is another than the one you gave.")
    lines = read_note(folder, "checkpoint.txt", key)
    root = unbase64(lines[2]) if len(lines) == 3 else b""
    if len(root) != 32 or not re.fullmatch("[1-9][0-9]{0,17}", lines[1]):
        raise Wrong("checkpoint.txt is no checkpoint of a log that has events.")
    if lines[0] != key[0]:
        raise Wrong(f"checkpoint.txt is of {lines[0]!r}, and the key of {key[0]}.")
    size = int(lines[1])
    events, proofs = read_json(folder, "events.json"), read_json(folder, "proofs.json")
    if type(events) is not list or type(proofs) is not list or not events or type(events[0]) is not dict:
        raise Wrong("events.json and proofs.json are not the lists that were written.")
    if len(events) != len(proofs):
        raise Wrong(f"events.json has {len(events)}, and proofs.json {len(proofs)}: the list was cut.")
    case, last, position = str(events[0].get("case_id")), "", 0
    for version, (event, proof) in enumerate(zip(events, proofs), 1):  # noqa: B905  # older Pythons know no strict
        last = check_event(event, version, case, last, position, size)
        position = event["position"]
        if type(proof) is not list or not all(type(one) is str and re.fullmatch("[0-9a-f]{64}", one) for one in proof):
            raise Wrong(f"the proof of event {version} of the case is none.")
        if root_of(bytes.fromhex(last), position - 1, size, [bytes.fromhex(one) for one in proof]) != root:
            raise Wrong(f"event {version} of the case is not in the log that was signed: its proof leads elsewhere.")
    many = len(events)
    ask = f"That holds if this key is the log's, which you should ask for elsewhere: {named}"
    is_stated = os.path.lexists(os.path.join(folder, "case.txt"))
    these = f"{'All' if is_stated else 'The'} {many} events" if many > 1 else "The one event"
    said = [
        f"{these} of the case {case!r} {'are as they were' if many > 1 else 'is as it was'} recorded in {key[0]}, "
        + (f"among its first {size} events." if size > 1 else "its first event."),
        *check_words(folder, events),
        ask if vkey is None else "The key is the one you gave.",
        "What was recorded later than those events is not covered.",
    ]
    others = ", ".join(sorted(ascii(name) for name in os.listdir(folder) if name not in FILES))
    beside = [f"Also in the folder, and not covered: {others}."] if others else []
    if not is_stated:
        more = f"Whether the case had more than {many} then is not shown, nor is index.html: there is no case.txt."
        return [*said, more, *beside]
    stated = read_note(folder, "case.txt", key)
    if stated[:1] != [f"{key[0]}/case"] or stated[2:4] != lines[1:3]:
        raise Wrong("case.txt is no statement about that checkpoint.")
    if stated[1:2] + stated[4:6] != [json.dumps(case, ensure_ascii=False), str(many), last]:
        raise Wrong("the events are not all that case.txt says the case had: the list was cut, or is of another case.")
    if stated[6:] != [hashlib.sha256(read(folder, "index.html").encode()).hexdigest()]:
        raise Wrong("index.html is not the page that was written.")
    page = "The key has also signed that these were all events of the case then, and index.html as their page."
    return [*said, page, *beside]


def main(words: list[str]) -> int:
    """Say what a bundle shows, or what is wrong with it; give the exit status."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")  # a name that a terminal cannot show is no reason to stop
    vkey = None
    if "--vkey" in words[:-1]:
        at = words.index("--vkey")
        vkey, words = words[at + 1], words[:at] + words[at + 2 :]
    folder = words[0] if words else os.path.dirname(os.path.abspath(__file__))
    if len(words) > 1 or folder.startswith("-"):
        print("Give it as: python -I check.py [FOLDER] [--vkey KEY]", file=sys.stderr)
        return 1
    try:
        print("\n".join(check(folder, None if vkey is None else given_key(vkey))))
    except Wrong as error:
        print(f"Not proved: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
