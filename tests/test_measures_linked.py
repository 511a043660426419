"""What led to what follows the record's own link where it has one: a census has a conference inside its enquiry."""

from __future__ import annotations

from frontdoor import audit
from frontdoor.formats import Source, cin_census
from frontdoor.replay import facts
from frontdoor.replay.facts import Facts
from frontdoor.replay.measures import conversion


def census(*enquiries: str) -> Source:
    held = "".join(f"<Section47>{one}</Section47>" for one in enquiries)
    return cin_census.read(
        f"""<Message><Header><ReferenceDate>2024-03-31</ReferenceDate></Header><Children><Child>
        <ChildIdentifiers><LAchildID>A</LAchildID></ChildIdentifiers><CINdetails>
        <CINreferralDate>2024-01-05</CINreferralDate><ReferralNFA>0</ReferralNFA>{held}</CINdetails></Child></Children>
        </Message>""".encode(),
        "census.xml",
    )


def on(day: str) -> str:
    return f"<S47ActualStartDate>2024-{day}</S47ActualStartDate>"


CONFERENCE = "<DateOfInitialCPC>2024-02-12</DateOfInitialCPC>"


def came_from(found: Facts, name: str) -> str | None:
    names = dict(found.episodes.select("e", "name").iter_rows())
    return names.get(dict(found.episodes.select("name", "parent").iter_rows())[name])


def to_conference(found: Facts) -> tuple[float | None, int]:
    rows = {row.group["step"]: row for row in conversion.conversion(found)[0].rows}
    return rows["section 47 to conference"].numerator, rows["section 47 to conference"].n


def test_a_conference_came_of_the_enquiry_that_it_stands_in_and_not_of_a_later_one() -> None:
    found = facts.of(audit(census(on("01-10") + CONFERENCE, on("02-05"))))
    assert came_from(found, "cin 1 conference 1") == "cin 1 section 47 1"
    assert came_from(found, "cin 1 section 47 1") == "cin 1"
    assert to_conference(found) == (1, 2)


def test_each_of_two_conferences_came_of_its_own_enquiry() -> None:
    """By their dates both would be of the second, and one enquiry of the two had led to a conference."""
    second = CONFERENCE.replace("02-12", "02-20")
    assert to_conference(facts.of(audit(census(on("01-10") + CONFERENCE, on("02-05") + second)))) == (2, 2)


def test_a_conference_dated_before_its_enquiry_came_of_it_all_the_same() -> None:
    assert to_conference(facts.of(audit(census(on("02-20") + CONFERENCE)))) == (1, 1)


def test_a_conference_in_an_enquiry_without_a_day_came_of_no_other() -> None:
    found = facts.of(audit(census(CONFERENCE, on("02-05"))))
    assert came_from(found, "cin 1 conference 1") is None
    assert to_conference(found) == (0, 1)
    assert any(
        "by the record's own links, or else by dates, 1 of 1" in note for note in conversion.conversion(found)[0].notes
    )
