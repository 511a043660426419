"""Files that were damaged on their way: any bytes of a sound one changed, taken out, doubled or cut off."""

from __future__ import annotations

from hypothesis import strategies as st


@st.composite
def damaged(draw: st.DrawFn, sound: bytes) -> bytes:
    """The bytes of a file after some accidents."""
    content = bytearray(sound)
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, max(len(content) - 1, 0)))
        how = draw(st.sampled_from(["change", "cut", "out", "in", "again"]))
        if how == "change" and content:
            content[place] = draw(st.integers(0, 255))
        elif how == "cut":
            del content[place:]
        elif how == "out":
            del content[place : place + draw(st.integers(1, 40))]
        elif how == "in":
            content[place:place] = draw(
                st.binary(min_size=1, max_size=8) | st.sampled_from([b"\x00", b"<", b'"', b"\xff\xfe", b"&#0;", b"]]>"])
            )
        else:
            content[place:place] = content[place : place + draw(st.integers(1, 60))]
    return bytes(content)
