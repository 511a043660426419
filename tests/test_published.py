"""Published tables are read as they are: every fault of a folder at once, and nothing for what was not published."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

import pytest

from frontdoor.calibration.published import (
    ASSESSMENT_BANDS,
    CONFERENCE_BANDS,
    MONTHS,
    SOURCES,
    TABLES,
    read_published,
    year_of,
)
from frontdoor.errors import InputError

SHARED = Path(__file__).parents[2] / "shared/data/stats"
KEYS = ("time_period", "geographic_level", "region_name", "old_la_code", "new_la_code", "la_name")


def folder(
    path: Path, *, places: tuple[str, ...] = ("Ashby", ""), years: tuple[int, ...] = (2020, 2021), **values: object
):
    """A folder of tables in which every value is 24 (12 of each month's), but `values`: 'Police=c' in all rows."""
    for table, columns in TABLES.items():
        rows = []
        for year in years:
            for number, place in enumerate(places):
                level = "Local authority" if place else "National"
                keys = [
                    year,
                    level,
                    "North" if place else "",
                    900 + number if place else "",
                    f"E{number}" if place else "",
                    place,
                ]
                row = {column: 12 if column in MONTHS else 24 for column in columns}
                if "Referrals" in row:
                    row |= {"Referrals": 144, "Referrals_rate": "480.0"}
                rows.append([*keys, *(row | {name: one for name, one in values.items() if name in row}).values()])
        write(path / f"t_{table}_2020_to_2021.csv", columns, rows)
    return path


def write(file: Path, columns: tuple[str, ...], rows: list[list[object]]) -> None:
    with file.open("w", newline="", encoding="utf-8") as opened:
        csv.writer(opened).writerows([[*KEYS, *columns], *rows])


def faults(path: Path) -> Mapping[str, list[str]]:
    """What is wrong with a folder, by code."""
    with pytest.raises(InputError) as raised:
        read_published(path)
    found: dict[str, list[str]] = {}
    for fault in raised.value.faults:
        found.setdefault(fault.code, []).append(str(fault))
    return found


def test_an_authority_has_its_years_with_every_figure_of_the_five_tables(tmp_path):
    tables = read_published(folder(tmp_path))
    ashby = tables.authorities["Ashby"]
    assert (ashby.name, ashby.region, ashby.codes, list(ashby.years)) == ("Ashby", "North", ("900", "E0"), [2020, 2021])
    year = ashby.years[2021]
    assert year.months == (12,) * 12
    assert year.sources == (24,) * len(SOURCES)
    assert year.assessment_bands == (24,) * len(ASSESSMENT_BANDS)
    assert year.conference_bands == (24,) * len(CONFERENCE_BANDS)
    assert (year.referrals, year.assessments, year.section_47s, year.conferences) == (144, 24, 24, 24)


def test_the_children_of_an_area_are_those_that_its_rate_of_referrals_is_of(tmp_path):
    year = read_published(folder(tmp_path)).of("Ashby").years[2021]
    assert year.children == 144 / 480 * 10_000
    assert year.re_referred == 24 / 144


def test_england_stands_beside_the_authorities_and_not_among_them(tmp_path):
    tables = read_published(folder(tmp_path))
    assert list(tables.authorities) == ["Ashby"]
    assert tables.england is not None and tables.england.name == "England"
    assert read_published(folder(tmp_path, places=("Ashby",))).england is None


@pytest.mark.parametrize("code", ["c", "z", "x", ":", "u", "low", "[c]", "~", ""])
def test_what_is_not_published_is_none_and_never_nought(tmp_path, code):
    year = read_published(folder(tmp_path, Police=code, Re_referrals=code, July=code)).of("Ashby").years[2020]
    assert year.sources[SOURCES.index("Police")] is None
    assert (year.re_referrals, year.re_referred, year.months[MONTHS.index("July")]) == (None, None, None)
    assert year.months[0] == 12


def test_a_nought_that_is_published_stays_a_nought(tmp_path):
    year = read_published(folder(tmp_path, Police="0")).of("Ashby").years[2020]
    assert year.sources[SOURCES.index("Police")] == 0


def test_a_year_that_one_table_lacks_has_nothing_of_it(tmp_path):
    path = folder(tmp_path, places=("Ashby",))
    file = next(path.glob("*by_source*"))
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    file.write_text("".join(line for line in lines if not line.startswith("2020")), encoding="utf-8")
    years = read_published(path).of("Ashby").years
    assert years[2020].sources == (None,) * len(SOURCES)
    assert years[2021].sources == (24,) * len(SOURCES)


@pytest.mark.parametrize("name", ["Ashby", " ashby ", "900", "e0"])
def test_an_authority_is_found_by_its_name_or_a_code(tmp_path, name):
    assert read_published(folder(tmp_path)).of(name).name == "Ashby"


def test_an_authority_that_is_not_there_is_said_with_what_was_probably_meant(tmp_path):
    with pytest.raises(InputError, match=r"no authority called 'Ashbi' in the tables. Did you mean Ashby\?"):
        read_published(folder(tmp_path)).of("Ashbi")


def test_years_may_be_spread_over_several_files_of_a_table(tmp_path):
    folder(tmp_path)
    later = tmp_path / "later"
    later.mkdir()
    for file in folder(later, years=(2022,)).glob("*.csv"):
        file.rename(tmp_path / f"later_{file.name}")
    assert list(read_published(tmp_path).of("Ashby").years) == [2020, 2021, 2022]


def test_all_that_is_wrong_with_a_folder_is_told_at_once(tmp_path):
    folder(tmp_path, April="many", Housing="-3")
    next(tmp_path.glob("*duration*")).unlink()
    rereferrals = next(tmp_path.glob("*rereferrals*"))
    rereferrals.write_text(rereferrals.read_text(encoding="utf-8").replace("Re_referrals", "Again"), encoding="utf-8")
    found = faults(tmp_path)
    assert "whose name has 'assessments_duration' in it" in found["no-table"][0]
    assert found["missing-column"] == [
        f"{rereferrals.name}: header: has no column Re_referrals. Use the file as it was published."
    ]
    assert any("row 2, column April: 'many' is neither a count nor a code" in one for one in found["wrong-number"])
    assert any("row 2, column Housing: '-3'" in one for one in found["wrong-number"])


@pytest.mark.parametrize("value", ["1_000", "nan", "inf", "12.5", "1,2000", "1e99"])
def test_a_count_is_a_whole_number(tmp_path, value):
    assert set(faults(folder(tmp_path, June=value))) == {"wrong-number"}


def test_of_many_faults_of_a_kind_the_first_are_told_and_how_many_more(tmp_path):
    found = faults(folder(tmp_path, places=tuple("ABCDEFG"), March="?"))
    assert len(found["wrong-number"]) == 6
    assert "there are 9 more of these." in found["wrong-number"][-1]


def test_an_authority_that_is_there_twice_for_a_year_is_a_fault(tmp_path):
    found = faults(folder(tmp_path, places=("Ashby", "Ashby"), years=(2021,)))
    assert len(found["twice"]) == len(TABLES)
    assert "row 3, column la_name: Ashby is there twice for 2021." in found["twice"][0]


def test_a_number_may_have_commas_between_its_thousands(tmp_path):
    assert (
        read_published(folder(tmp_path, June="1,204", Referrals="12,345,678")).of("Ashby").years[2020].months[2]
        == 1_204
    )


@pytest.mark.parametrize(
    ("said", "year"),
    [("2022", 2022), ("202122", 2022), ("2021/22", 2022), ("2021-22", 2022), ("199900", 2000),
     ("202123", None), ("2021-2022", None), ("20212", None), ("22", None), ("", None), ("９999", None)],
)  # fmt: skip
def test_a_year_is_that_in_which_it_ends_or_both_of_its_years(said, year):
    assert year_of(said) == year


def test_a_row_without_a_year_or_a_name_is_a_fault(tmp_path):
    path = folder(tmp_path, places=("Ashby",), years=(2021,))
    file = next(path.glob("*by_month*"))
    columns = TABLES["referrals_by_month"]
    write(file, columns, [[2021, "Local authority", "", "", "", ""]])
    assert set(faults(path)) == {"ragged"}
    write(
        file,
        columns,
        [[one, "Local authority", "", "", "", name, *[1] * 12] for one, name in (("202023", "A"), (2021, ""))],
    )
    found = faults(path)
    said = "'202023' is no year. Write the year in which it ends, as 2021, or both of its years, as 202021."
    assert said in found["no-year"][0]
    assert "row 3, column la_name: an authority has no name." in found["no-name"][0]


# ---- later years, published otherwise ----


def altered(path: Path, change) -> Path:
    """A folder with every file's rows, the header's among them, changed."""
    for file in path.glob("*.csv"):
        with file.open(newline="", encoding="utf-8") as opened:
            rows = [*csv.reader(opened)]
        with file.open("w", newline="", encoding="utf-8") as opened:
            csv.writer(opened).writerows(change(rows))
    return path


def test_columns_may_come_in_any_order_in_other_capitals_and_among_others(tmp_path):
    def change(rows):
        header = [name.lower().replace("-", "_").replace("+", "_plus") for name in rows[0]]
        return [[*reversed(row), "more"] for row in [header, *rows[1:]]]

    plain, other = tmp_path / "plain", tmp_path / "other"
    plain.mkdir()
    other.mkdir()
    assert read_published(altered(folder(other), change)) == read_published(folder(plain))


def test_a_column_that_is_there_twice_is_a_fault(tmp_path):
    found = faults(altered(folder(tmp_path), lambda rows: [[*row, row[-1]] for row in rows]))
    assert any("header: has twice the column March. Use the file" in one for one in found["column-twice"])


@pytest.mark.parametrize("label", ["202122", "2021/22", "2022"])
def test_a_later_file_with_new_authorities_and_other_labels_goes_on_from_the_first(tmp_path, label):
    folder(tmp_path, places=("Northshire", ""), years=(2020, 2021))
    later = tmp_path / "later"
    later.mkdir()
    for file in folder(later, places=("North Northshire", "West Northshire"), years=(label,)).glob("*.csv"):
        file.rename(tmp_path / f"later_{file.name}")
    found = read_published(tmp_path)
    assert {name: list(one.years) for name, one in found.authorities.items()} == {
        "Northshire": [2020, 2021], "North Northshire": [2022], "West Northshire": [2022],
    }  # fmt: skip
    assert found.years == (2020, 2021, 2022)


def test_an_authority_whose_name_is_written_otherwise_later_is_one_by_its_code(tmp_path):
    def change(rows):
        names = {"2020": "Ashby, Town of", "2021": "Ashby"}
        return [rows[0], *([*row[:4], "E06000099", names[row[0]], *row[6:]] for row in rows[1:])]

    found = read_published(altered(folder(tmp_path, places=("Ashby",)), change))
    assert list(found.authorities) == ["Ashby"]
    assert list(found.of("ashby, town of").years) == list(found.of("E06000099").years) == [2020, 2021]


def test_of_a_year_that_two_files_have_the_one_that_goes_on_for_longer_is_believed(tmp_path):
    folder(tmp_path, June=7)
    later = tmp_path / "later"
    later.mkdir()
    for file in folder(later, years=(2021, 2022), June=9).glob("*.csv"):
        file.rename(tmp_path / f"a_later_{file.name}")
    years = read_published(tmp_path).of("Ashby").years
    assert [years[year].months[2] for year in (2020, 2021, 2022)] == [7, 9, 9]


def test_two_files_of_the_same_years_that_say_different_things_are_a_fault_and_two_alike_are_none(tmp_path):
    folder(tmp_path, June=7)
    other = tmp_path / "other"
    other.mkdir()
    for file in folder(other, June=7).glob("*.csv"):
        file.rename(tmp_path / f"u_{file.name}")
    assert read_published(tmp_path).of("Ashby").years[2021].months[2] == 7
    for file in folder(other, June=8).glob("*.csv"):
        file.rename(tmp_path / f"u_{file.name}")
    found = faults(tmp_path)
    assert "Ashby is there twice for 2020, otherwise in t_referrals_by_month_2020_to_2021.csv." in found["twice"][0]


def test_a_region_is_known_by_its_name(tmp_path):
    def change(rows):
        regional = [[row[0], "Regional", "North", "", "", "", *row[6:]] for row in rows[1:] if row[5]]
        return [*rows, *regional]

    found = read_published(altered(folder(tmp_path), change))
    assert found.regions["North"].years[2021].months == (12,) * 12
    assert list(found.authorities) == ["Ashby"]


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b'a,b\n"1,2\n'])
def test_a_file_that_is_no_table_is_said_to_be_none(tmp_path, content):
    path = folder(tmp_path)
    next(path.glob("*by_month*")).write_bytes(content)
    assert set(faults(path)) <= {"not-text", "missing-column"}


def test_a_folder_that_is_not_there_is_one_fault(tmp_path):
    assert list(faults(tmp_path / "nowhere")) == ["no-folder"]


def test_the_shared_tables_are_read_whole_and_add_up():
    if not SHARED.is_dir():
        pytest.skip("the shared folder with the published tables is not beside this checkout")
    tables = read_published(SHARED)
    assert len(tables.authorities) == 153
    for authority in tables.authorities.values():
        for year in authority.years.values():
            if None not in year.months:
                assert sum(year.months) == year.referrals, (authority.name, year.year)
    assert tables.england is not None
    for number, year in tables.england.years.items():
        of_all = [one.years[number].referrals for one in tables.authorities.values() if number in one.years]
        if None not in of_all:
            assert year.referrals is not None and abs(sum(of_all) - year.referrals) <= 5, number
