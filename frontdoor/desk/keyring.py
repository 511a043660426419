"""The keys of a log's details, as its doctor finds them: whether they are there, each case's among them, and who may read them."""

from __future__ import annotations

__all__ = ["keyring"]

import os
from collections.abc import Iterator

from frontdoor.desk.footing import Finding
from frontdoor.errors import Busy, KeysError
from frontdoor.log import health
from frontdoor.log.keys import Destroyed
from frontdoor.log.sqlite import SqliteLog
from frontdoor.log.tally import Tally

_COPIES = "Which copies of it there are is not known: keep one as new as the log's last backup, and none that is older."


def keyring(log: SqliteLog, keys: str | None, *, full: bool) -> Iterator[Finding]:
    """What is found of the keys in a file (None: it was not named); with `full` every box is opened by them.

    Raises:
        LogTampered: with `full`, one does not open by the key of its case.
    """
    marked, gone = health.sealed_cases(log.path)
    cases = list(dict.fromkeys(case_id for case_id, _ in marked))
    if not cases and not log.is_sealed:
        yield Finding("keys", "ok", "no details are sealed: what is written of a case stands in the open, for good.")
        return
    sealed = _cases(len(cases), "has", "have") + " sealed details"
    if keys is None:
        yield Finding(
            "keys", "warn", f"{sealed}; whether their keys are there was not looked at.", f"frontdoor doctor {log.path} --keys FILE"
        )  # fmt: skip
        return
    try:
        with SqliteLog(log.path, read_only=True, keys=keys) as opened:
            assert opened.keys is not None
            held, mark = opened.sealing.held([*cases, *gone]), opened.keys.mark
            is_newest = opened.seals_by(opened.keys.keys_id)
            if full:
                for _ in Tally(opened.sealing).watch(opened.records()):
                    pass
    except (Busy, KeysError) as error:
        yield Finding(
            "keys", "bad", f"{sealed}, and {error}", "Without them words are neither read nor recorded; breaches are.",
        )  # fmt: skip
        return
    mine = [case_id for case_id, by in marked if by == mark]
    if others := len({case_id for case_id, by in marked if by != mark}):
        sealed += f"; of {others:,} there are words under other keys than these"
    if not is_newest:
        yield Finding(
            "keys in use", "warn", f"the log has gone on with other keys since {keys} was given up for lost: by it words are only read.",
            "Name the newest; keep this no longer than what it seals is to be read.",
        )  # fmt: skip
    yield _of_cases(
        sealed, keys, missing=[one for one in mine if one not in held],
        destroyed=sum(isinstance(held.get(one), Destroyed) for one in cases),
        back=[one for one in gone if isinstance(held.get(one), bytes)],
    )  # fmt: skip
    if health.is_readable_by_others(keys):
        yield Finding("keys' permissions", "warn", f"others than its owner may read {keys}.", f"chmod 600 {keys}")
    else:
        yield Finding("keys' permissions", "ok", f"only its owner may read {keys}. {_COPIES}")


def _of_cases(sealed: str, keys: str, *, missing: list[str], destroyed: int, back: list[str]) -> Finding:
    count = "none" if not destroyed else f"{destroyed:,}"
    said = f"{sealed}; {count} of their keys {'were' if destroyed > 1 else 'was'} destroyed"
    if missing:
        return Finding(
            "keys", "bad", f"{said}, and {keys} has none of {_some(missing)}: it is an older copy, or not whole.",
            "Bring back the newest.",
        )  # fmt: skip
    if back:
        return Finding(
            "keys", "bad", f"{said}, and of {_some(back)} the key is there again, from an older copy.",
            "'frontdoor forget' destroys it anew; destroy that copy, too.",
        )  # fmt: skip
    return Finding("keys", "ok", f"{said}, and {os.path.basename(keys)} has all others that are its own.")


def _cases(n: int, one: str, more: str) -> str:
    return f"no case {one}" if n == 0 else f"one case {one}" if n == 1 else f"{n:,} cases {more}"


def _some(cases: list[str]) -> str:
    return ", ".join(cases[:5]) + (f" and {len(cases) - 5:,} more cases" if len(cases) > 5 else "")
