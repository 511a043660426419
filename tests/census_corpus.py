"""Censuses at random: small ones, whose days are few and close together, so that boundaries are met as often as missed."""

from __future__ import annotations

__all__ = ["REFERENCE", "census"]

from collections.abc import Callable
from datetime import date, timedelta
from random import Random

REFERENCE = date(2024, 3, 31)
"""A Sunday, after Good Friday and before Easter Monday."""
_NEAR = [date(2023, 3, 30) + timedelta(days) for days in range(4)] + [
    date(2023, 6, 9) + timedelta(days) for days in range(4)
]
_YEAR_END = [REFERENCE + timedelta(days) for days in (-1, 0, 1)]
_LATE = [date(2024, 1, 22) + timedelta(days) for days in range(6)] + [
    date(2024, 3, 5) + timedelta(days) for days in range(6)
]
_REASONS = ("RC1", "RC2", "RC7", "RC8", "RC9")
_FACTORS = ("1A", "2B", "21", "24A")


def census(seed: int, children: int = 40, *, orderly: bool = False) -> str:
    """A return of so many children. `orderly`: each group has its start, no case is closed before it was
    referred, and nothing happens after the reference date.
    """
    random = Random(seed)
    each = "\n".join(_child(random, f"C{seed}-{n}", orderly) for n in range(children))
    header = (
        f"<CollectionDetails><Collection>CIN</Collection><Year>2024</Year><ReferenceDate>{REFERENCE}</ReferenceDate>"
    )
    source = "<SourceLevel>L</SourceLevel><LEA>201</LEA><SoftwareCode>none</SoftwareCode><Release>1</Release>"
    more = f"<Source>{source}<SerialNo>001</SerialNo><DateTime>2024-05-01T00:00:00</DateTime></Source>"
    return f"<Message><Header>{header}</CollectionDetails>{more}</Header>\n<Children>\n{each}\n</Children></Message>\n"


def _child(random: Random, name: str, orderly: bool) -> str:
    days = random.choice((_NEAR, _NEAR + _YEAR_END, _LATE, _LATE + _YEAR_END, _NEAR + _LATE))

    if orderly:
        days = [day for day in days if day <= REFERENCE]
    start = 1 if orderly else 0.95

    def day() -> date:
        return random.choice(days)

    def maybe(tag: str, often: float = 0.6, said: Callable[[], object] = day) -> str:
        return f"<{tag}>{said()}</{tag}>" if random.random() < often else ""

    def some(make: Callable[[], str], most: int = 2) -> str:
        return "".join(make() for _ in range(random.choice((0, 0, *range(1, most + 1)))))

    def assessment() -> str:
        factors = "".join(
            f"<AssessmentFactors>{random.choice(_FACTORS)}</AssessmentFactors>" for _ in range(random.randrange(3))
        )
        found = f"<FactorsIdentifiedAtAssessment>{factors}</FactorsIdentifiedAtAssessment>" if factors else ""
        dates = maybe("AssessmentActualStartDate", start) + maybe("AssessmentAuthorisationDate", 0.7)
        return f"<Assessments>{dates}{found}</Assessments>"

    def need() -> str:
        return f"<CINPlanDates>{maybe('CINPlanStartDate', start)}{maybe('CINPlanEndDate')}</CINPlanDates>"

    def enquiry() -> str:
        required = random.choice(("false", "false", "true", "0", "1"))
        dates = maybe("S47ActualStartDate", start) + maybe("InitialCPCtarget", 0.4) + maybe("DateOfInitialCPC", 0.5)
        return f"<Section47>{dates}<ICPCnotRequired>{required}</ICPCnotRequired></Section47>"

    def protection() -> str:
        reviews = some(lambda: "<Reviews>" + (maybe("CPPreviewDate", 0.85) or "<CPPreviewDate/>") + "</Reviews>")
        dates = maybe("CPPstartDate", start) + maybe("CPPendDate")
        said = "<InitialCategoryOfAbuse>NEG</InitialCategoryOfAbuse><LatestCategoryOfAbuse>NEG</LatestCategoryOfAbuse>"
        return f"<ChildProtectionPlans>{dates}{said}<NumberOfPreviousCPP>0</NumberOfPreviousCPP>{reviews}</ChildProtectionPlans>"

    def referral() -> str:
        nfa = random.choice(("false", "false", "0", "true", "1", ""))
        received, closed = day(), day()
        closed = max(received, closed) if orderly else closed
        parts = [
            maybe("CINreferralDate", start, lambda: received), "<ReferralSource>6</ReferralSource>",
            maybe("PrimaryNeedCode", 0.9, lambda: "N1"), maybe("CINclosureDate", 0.5, lambda: closed),
            maybe("ReasonForClosure", 0.5, lambda: random.choice(_REASONS)), maybe("DateOfInitialCPC", 0.2),
            some(assessment), some(need), some(enquiry), f"<ReferralNFA>{nfa}</ReferralNFA>" if nfa else "", some(protection),
        ]  # fmt: skip
        return f"<CINdetails>{''.join(parts)}</CINdetails>"

    born = maybe(
        "PersonBirthDate", 0.8, lambda: random.choice((date(2012, 2, 1), date(2024, 1, 4), date(2024, 1, 5), day()))
    )
    born += maybe("ExpectedPersonBirthDate", 0.1, lambda: date(2024, 3, 16))
    who = f"<LAchildID>{name}</LAchildID><UPNunknown>UN3</UPNunknown>{born}<Sex>U</Sex>{maybe('PersonDeathDate', 0.15)}"
    referrals = "".join(referral() for _ in range(random.choice((1, 1, 1, 2, 3))))
    ethnicity = "<ChildCharacteristics><Ethnicity>NOBT</Ethnicity></ChildCharacteristics>"
    return f"<Child><ChildIdentifiers>{who}</ChildIdentifiers>{ethnicity}{referrals}</Child>"
