"""Whether a log keeps its word: processes that are killed, power that is cut, disks that fail or are full, crowds of checkers.

`work` is what is done and how it is looked at afterwards; `nursery` begins processes quickly; `disk` is a disk that forgets
what was not synced, and `adapter` runs frontdoor's own connection upon it; `figures` is what each harness counts.
"""
