"""The measuring protocol of the screening benchmark, on an engine whose answers are known."""

from __future__ import annotations

import json
import random
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
from bench import _screening_figures as figures
from bench import screening
from bench._screening_data import Listed, Name, origin_of, read_lists, script_of, word_pairs
from bench._screening_engine import Entry, Found, score_of
from bench._screening_names import recombined, typing_error
from bench._screening_plot import growth_svg
from bench._screening_quality import case_figures
from bench._screening_sets import left_out, list_sets, name_sets
from hypothesis import given
from hypothesis import strategies as st

from manara.identity.names import name_key

SCORES = st.lists(st.floats(0, 1), min_size=1, max_size=60)


class Exact:
    """A stand-in: 0.9 for a name of equal words, 0.4 for one word in common, else nothing."""

    default_threshold = 0.8

    def build(self, entries: Iterable[Entry]) -> list[Entry]:
        return list(entries)

    def ask(
        self, index: list[Entry], names: Sequence[str], limit: int = 10, kinds: Sequence[str] = ()
    ) -> list[list[Found]]:
        return [self._one(index, name_key(name), limit) for name in names]

    @staticmethod
    def _one(index: list[Entry], key: str, limit: int) -> list[Found]:
        best: dict[str, float] = {}
        for entry in index:
            other = name_key(entry.name)
            score = 0.9 if other == key else 0.4 * bool({*other.split()} & {*key.split()})
            best[entry.entity_id] = max(score, best.get(entry.entity_id, 0.0))
        ranked = sorted(best.items(), key=lambda item: -item[1])
        return [Found(*item) for item in ranked[:limit] if item[1]]


def edits(a: str, b: str) -> int:
    """Return the optimal-string-alignment distance (Damerau 1964), the plain way."""
    rows = [[i + j if i * j == 0 else 0 for j in range(len(b) + 1)] for i in range(len(a) + 1)]
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            cost = a[i - 1] != b[j - 1]
            rows[i][j] = min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + cost)
            if i > 1 and j > 1 and a[i - 2 : i] == b[j - 2 : j][::-1]:
                rows[i][j] = min(rows[i][j], rows[i - 2][j - 2] + 1)
    return rows[-1][-1]


# Figures.


def test_threshold_lets_as_many_clean_people_alert_as_allowed() -> None:
    scores = [at / 1000 for at in range(1000)]
    threshold = figures.threshold_for(scores, 0.003)
    assert [score for score in scores if score >= threshold] == [0.997, 0.998, 0.999]


def test_threshold_keeps_ties_below_the_rate() -> None:
    assert figures.at_least([0.5] * 10, figures.threshold_for([0.5] * 10, 0.3)) == 0.0


@given(SCORES, st.floats(0, 1))
def test_threshold_never_alerts_more_than_allowed(scores: list[float], rate: float) -> None:
    alerts = sum(score >= figures.threshold_for(scores, rate) for score in scores)
    assert alerts <= rate * len(scores) + 1e-6


def test_precision_recall_by_hand() -> None:
    found = figures.precision_recall([0.9, 0.8, 0.7, 0.1], [True, False, True, True], 0.7)
    assert found == {"n": 4, "precision": 0.6667, "recall": 0.6667, "f1": 0.6667}


def test_best_threshold_separates_what_can_be_separated() -> None:
    scores, labels = [0.2, 0.3, 0.6, 0.9], [False, False, True, True]
    assert 0.3 < figures.best_threshold(scores, labels) <= 0.6


def test_calibration_by_hand() -> None:
    # Two bins: four pairs at 0.95 of which three are true, two at 0.25 of which none is.
    found = figures.calibration([0.95] * 4 + [0.25] * 2, [True] * 3 + [False] * 3)
    assert found["ece"] == pytest.approx(4 / 6 * 0.20 + 2 / 6 * 0.25, abs=1e-4)
    assert (found["top_score"], found["share_at_top"]) == (0.95, 0.6667)
    assert found["bins"] == [[2, 0.25, 0.0], [4, 0.95, 0.75]]


def test_groups_above_twice_the_mean_are_named() -> None:
    alerts = [True] * 30 + [False] * 70 + [True] * 2 + [False] * 298
    found = figures.groups(alerts, ["a"] * 100 + ["b"] * 300)
    assert found["mean"] == 0.08
    assert found["rates"] == {"a": [100, 30, 0.3], "b": [300, 2, 0.0067]}
    assert found["above_twice_the_mean"] == found["certain"] == ["a"]


def test_small_and_unknown_groups_are_not_judged() -> None:
    assert figures.groups([True, False] * 60, ["few"] * 20 + [""] * 100)["rates"] == {}


def test_wilson_interval_as_published() -> None:
    # 5 of 10: 0.2366 to 0.7634 (Agresti and Coull 1998 give the formula).
    assert figures.wilson_low(5, 10) == pytest.approx(0.2366, abs=1e-4)


def test_percentiles_are_nearest_ranks_in_milliseconds() -> None:
    times = [at / 1000 for at in range(1, 201)]
    assert figures.percentiles(times) == {"p50": 100.0, "p95": 190.0, "p99": 198.0}


def test_cases_are_reported_on_the_half_the_threshold_was_not_chosen_on() -> None:
    row = {"schema": "Person", "quality": "MEDIUM", "case_group": "synth_people"}
    cases = [row | {"is_match": str(at % 2 == 0).lower()} for at in range(40)]
    cases[0] |= {"quality": "STRONG"}
    found = case_figures(cases, [0.9 if at % 2 == 0 else 0.1 for at in range(40)])
    assert found["other_half"]["all"] == {"n": 20, "precision": 1.0, "recall": 1.0, "f1": 1.0}
    assert found["all_pairs"]["people"]["n"] == 40
    assert found["strong_right"] == [1, 1]


# Names.


@pytest.mark.parametrize(
    ("text", "script"),
    [("Zoé Éclair", "LATIN"), ("محمد", "ARABIC"), ("김민준 Kim", "HANGUL"), ("", ""), ("12", "")],
)
def test_script_of_a_name(text: str, script: str) -> None:
    assert script_of(text) == script


@given(st.integers(0, 10**6))
def test_typing_error_is_one_edit_in_one_long_word(seed: int) -> None:
    changed = typing_error("ALI BENSALEM", random.Random(seed))
    assert changed.split()[0] == "ALI"
    assert edits(changed, "ALI BENSALEM") == 1


def test_short_names_have_no_typing_error() -> None:
    assert typing_error("Ali Omar", random.Random(1)) == "Ali Omar"


def test_typing_errors_are_the_same_in_every_run() -> None:
    assert typing_error("Jamila Nasser", random.Random(7)) == typing_error(
        "Jamila Nasser", random.Random(7)
    )


def test_word_pairs_leave_out_what_was_seen_once(tmp_path: Path) -> None:
    lines = "omar\tع م ر\t2\nomer\tع م ر\t5\numar\tع م ر\t1\nonce\tم ر ة\t1\nc.j.\tس ي\t4\n"
    (tmp_path / "pairs.tsv").write_text(lines, encoding="utf-8")
    (pair,) = word_pairs(tmp_path / "pairs.tsv")
    assert (pair.word, pair.latin) == ("عمر", ("omer", "omar", "umar"))
    ((name, latin),) = recombined([pair], 1, random.Random(1))
    assert name == "عمر عمر"
    assert latin[0] == "omer omer" and len(latin) == 4


def test_origin_is_what_all_known_words_share() -> None:
    origins = {"omar": frozenset({"Arab", "English"}), "haddad": frozenset({"Arab"})}
    assert origin_of("Omar HADDAD", origins) == "Arab"
    assert origin_of("Omar", origins) == origin_of("", origins) == ""


def test_left_out_alias_is_off_its_list_and_on_no_other() -> None:
    names = [
        Name("Omar Haddad", "primary", "LATIN"),
        Name("Abu Salim", "good", "LATIN"),
        Name("Umar al-Haddad", "good", "LATIN"),
        Name("عمر حداد", "primary", "ARABIC"),
    ]
    listed = [
        Listed("one", "person", tuple(names)),
        Listed("two", "person", (Name("Abu Salim", "good", "LATIN"),)),
    ]
    found = left_out("set", "list", listed, "good")
    assert [trial.queries for trial in found.trials] == [
        [("Abu Salim", "one")],
        [("Umar al-Haddad", "one")],
    ]
    assert len(found.whole) == 4
    for trial in found.trials:
        ((text, entity),) = trial.queries
        left = [entry for entry in found.whole if entry not in trial.entries]
        assert [(entry.name, entry.entity_id) for entry in left] == [(text, entity)]


def test_score_of_an_entity_that_was_not_found_is_nothing() -> None:
    assert score_of([Found("a", 0.9)], "a") == 0.9
    assert score_of([Found("a", 0.9)], "b") == score_of([], "a") == 0.0


# Whole runs.

PERSON = """<INDIVIDUAL><DATAID>{id}</DATAID><FIRST_NAME>{first}</FIRST_NAME>
<SECOND_NAME>{last}</SECOND_NAME><NAME_ORIGINAL_SCRIPT>{original}</NAME_ORIGINAL_SCRIPT>
<INDIVIDUAL_ALIAS><QUALITY>Good</QUALITY><ALIAS_NAME>{alias}</ALIAS_NAME></INDIVIDUAL_ALIAS>
</INDIVIDUAL>"""
CLEAN = ["full_name", "Omar Haddad", *[f"Nobody N{at}" for at in range(399)]]


@pytest.fixture
def samples(tmp_path: Path) -> Path:
    """A folder laid out like the shared samples, with invented content."""
    people = [
        ("1", "Omar", "Haddad", "عمر حداد", "Abu Salim Haddad"),
        ("2", "Jamila", "Nasser", "جميلة ناصر", "Jamileh Nasir"),
    ]
    keys = ("id", "first", "last", "original", "alias")
    rows = "".join(PERSON.format(**dict(zip(keys, person, strict=True))) for person in people)
    head = '<CONSOLIDATED_LIST dateGenerated="2025-04-19T00:00:00Z">'
    union = f"{head}<INDIVIDUALS>{rows}</INDIVIDUALS><ENTITIES/></CONSOLIDATED_LIST>"
    canada = (Path(__file__).parent / "formats/data/lists/ca_sema.xml").read_text("utf-8")
    row = '{},"{}","individual","SDGT",' + ",".join(["-0- "] * 8)
    ofac = "\n".join([row.format(9001, "HADDAD, Omar"), row.format(9002, "EZE, Chidi")])
    cases = "case_group,schema,name1,name2,is_match,quality\n"
    cases += "a,Person,Omar Haddad,Haddad Omar,true,STRONG\na,Person,Omar,Chidi Eze,false,MEDIUM\n"
    texts = {
        "lists/un_sc_2025-04-19.xml": union,
        "lists/ca_sema_2025.xml": canada,
        "lists/ofac_sdn.csv": ofac + "\n",
        "lists/ofac_alt.csv": '9001,1,"aka","HADAD, Umar",-0- \n',
        "identity/names/clean_people_dev.csv": "\n".join(CLEAN) + "\n",
        "identity/names/name_cases_dev.csv": cases,
        "identity/names/popular_forenames_by_country.csv": (
            "Country,Localized Name,Romanized Name\nTN,عمر,Omar\n"
        ),
        "identity/names/popular_surnames_by_country.csv": (
            "Country,Localized Name,Romanized Name\nTN,حداد,Haddad\n"
        ),
    }
    for name, text in texts.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def test_a_run_measures_the_parts_asked_for(samples: Path) -> None:
    parts = ["lists", "cases", "calibration", "fairness"]
    words = ["--json", "--no-peers", *(w for part in parts for w in ("--part", part))]
    found = screening.run(screening.arguments(words), samples, Exact())
    assert set(found) == {"benchmark", *parts}, found.get("skipped")
    json.dumps(found)
    arabic = found["lists"]["un_arabic_primary"]
    assert (arabic["queries"], arabic["recall"], arabic["top_10"]) == (2, 0.0, 0.0)
    left = found["lists"]["un_good_left_out"]
    assert (left["queries"], left["top_1"]) == (2, 0.5)  # "Abu Salim Haddad" shares a word
    assert found["cases"]["ours"]["all_pairs"]["all"]["f1"] == 1.0
    assert found["fairness"]["default"]["threshold"] == 0.8


def test_clean_people_who_bear_a_listed_name_count_as_alerts(samples: Path) -> None:
    options = screening.arguments(["--part", "lists", "--no-peers"])
    rates = screening.run(options, samples, Exact())["lists"]["un_arabic_primary"]["by_rate"]
    # "Omar Haddad" is among the 200 of the first half: at 0.3 % none of them may alert, at 0.5 %
    # this one may.
    assert rates["0.003"]["threshold"] > 0.9
    assert 0 < rates["0.005"]["threshold"] <= 0.9


def test_without_samples_every_part_says_that_it_was_skipped() -> None:
    found = screening.run(screening.arguments(["--part", "lists"]), None)
    assert "MANARA_SHARED_DATA" in found["skipped"]["lists"]


def test_a_part_whose_sample_is_missing_says_which(samples: Path) -> None:
    found = screening.run(screening.arguments(["--part", "names", "--no-peers"]), samples, Exact())
    assert "wd_russian_16.tsv" in found["skipped"]["names"]


def test_growth_is_drawn_with_a_point_for_every_size() -> None:
    rows = [
        {
            "names": 10**power,
            "ours": {
                "one_query_cpu_ms": {"p50": 0.1 * power, "p99": 0.5 * power},
                "build_cpu_s": 10**power / 1e5,
                "file_mib": 10**power / 1e4,
                "index_memory_mib": 0.0,
            },
        }
        for power in (4, 5, 6)
    ]
    root = ET.fromstring(growth_svg(rows))
    circles = root.findall(".//{http://www.w3.org/2000/svg}circle")
    assert len(circles) == 3 * (2 + 1 + 2)


@pytest.mark.shared
def test_every_target_of_the_real_sets_is_on_its_list(shared: Path) -> None:
    counts = {}
    for qset in [*list_sets(shared), *name_sets(shared)]:
        counts[qset.name] = qset.size
        for trial in qset.trials:
            assert {target for _, target in trial.queries} <= {e.entity_id for e in trial.entries}
    assert counts["un_arabic_primary"] > 300
    assert counts["ofac_left_out"] == 3000


@pytest.mark.shared
def test_real_list_has_a_primary_latin_name_for_every_person(shared: Path) -> None:
    listed = read_lists(shared / "lists" / "un_sc_2025-04-19.xml")
    assert all(entity.latin("primary") for entity in listed if entity.kind == "person")
