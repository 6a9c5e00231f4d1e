"""The backlog of an earlier system: what a row becomes, and what is said of one that cannot be taken."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import os
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from services.chassis.errors import ConfigError, InvalidArgument, Retryable
from services.cli.importing import mapping as mappings
from services.cli.importing.deadlines import Deadlines
from services.cli.importing.journal import Journal, key_of
from services.cli.importing.mapping import MappingFile, RowError, body_of
from services.cli.importing.report import Figures, Rejects
from services.cli.importing.rows import read
from services.cli.importing.run import Import
from services.cli.importing.versions import rows_of

ROOT = Path(__file__).resolve().parents[3]
SAMPLES = ROOT / "samples" / "import"
CORPUS = Path(os.environ.get("AMENDS_CORPUS", ROOT.parent / "shared" / "data"))
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
BASE: dict[str, Any] = {
    "source": "desk",
    "id": "id",
    "text": "text",
    "occurred_at": {"column": "at"},
    "customer": {"email": "mail"},
}
ROW = {"id": "1", "text": "Too late", "at": "2026-08-03T09:15:00+01:00", "mail": "ana@example.com"}


def mapping(**changed: Any) -> MappingFile:
    return msgspec.convert({**BASE, **changed}, MappingFile)


def body(row: dict[str, str], *, acknowledge: bool = False, **changed: Any) -> Any:
    return json.loads(body_of(mapping(**changed), row, acknowledge=acknowledge, now=NOW))


class Platform:
    """Takes complaints in memory as the API does: one case per key, another body under it is refused."""

    def __init__(self, dies_after: int | None = None) -> None:
        self.cases: dict[str, bytes] = {}
        self.calls = 0
        self.at_once = self.most_at_once = 0
        self._dies_after = dies_after

    async def hand_in(self, key: str, body: bytes) -> str:
        if self._dies_after is not None and self.calls >= self._dies_after:
            raise Retryable("platform_away")
        self.calls += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        if self.cases.setdefault(key, body) != body:
            raise RowError("idempotency_key_reused", "leave it out")
        return key


@contextmanager
def taking_over(
    file: Path, terms: MappingFile, platform: Platform | None
) -> Iterator[tuple[Import, io.StringIO]]:
    """A run with its journal beside the file, and the text of its report."""
    report = io.StringIO()
    with Journal.open(file.with_suffix(".journal"), "http://x", "main", terms.source) as journal:
        yield (
            Import(terms, "main", False, NOW, journal, Rejects(report), platform, lambda _, __: None),
            report,
        )


def run(
    file: Path,
    terms: MappingFile,
    platform: Platform | None,
    concurrency: int = 4,
    count: tuple[str, ...] = (),
) -> tuple[Figures, list[list[str]]]:
    """Figures and the lines of the report."""
    with taking_over(file, terms, platform) as (work, report):
        work.figures.counts = {column: Counter() for column in count}
        figures = asyncio.run(work.run(rows_of(file, terms, count), concurrency))
    return figures, list(csv.reader(io.StringIO(report.getvalue())))[1:]


def export(tmp_path: Path, *rows: str, head: str = "id,text,at,mail") -> Path:
    file = tmp_path / "export.csv"
    file.write_text("\n".join((head, *rows)) + "\n", encoding="utf-8")
    return file


def good(number: int) -> str:
    return f"{number},late,2026-08-03T09:15:00Z,a{number}@example.com"


# ------------------------------------------------------------------------------------------ mapping


def test_the_sample_becomes_what_it_says(tmp_path: Path) -> None:
    terms = mappings.load(SAMPLES / "backlog.yaml")
    file = tmp_path / "backlog.csv"
    file.write_bytes((SAMPLES / "backlog.csv").read_bytes())
    platform = Platform()
    figures, rejected = run(file, terms, platform)
    assert (figures.taken_over, figures.left_out, rejected) == (3, 1, [])
    first = json.loads(platform.cases[key_of("main", "old-desk", "T-1001")])
    assert first == {
        "text": "We sat at the gate for four hours.\n\nNobody told us why.",
        "customer": {
            "name": "Marisol Etxeberria",
            "email": "marisol@example.com",
            "phone": "+442079460871",
        },
        "occurred_at": "2026-08-03T08:15:00Z",
        "imported_from": "old-desk",
        "subject": "Flight four hours late",
        "severity": "critical",
    }


def test_a_row_is_the_same_bytes_every_time_and_asks_for_an_acknowledgement_only_when_told() -> None:
    assert body(ROW) == body(ROW)
    assert "acknowledge" not in body(ROW)
    assert body(ROW, acknowledge=True)["acknowledge"] is True


def test_values_are_translated_by_exact_text_and_the_rest_has_a_default() -> None:
    field = {"column": "kind", "values": {"Mortgage": "loans"}, "default": "other"}
    assert body({**ROW, "kind": "Mortgage"}, category=field)["category"] == "loans"
    assert body({**ROW, "kind": "mortgage"}, category=field)["category"] == "other"
    assert "category" not in body({**ROW, "kind": ""}, category="kind")


@pytest.mark.parametrize(
    ("changed", "row", "rule"),
    [
        ({}, {"text": " "}, "no_text"),
        ({}, {"text": "x" * 64_001}, "text_too_long"),
        ({}, {"mail": ""}, "no_party"),
        ({}, {"at": ""}, "bad_time"),
        ({}, {"at": "03/08/2026"}, "bad_time"),
        ({}, {"at": "2026-08-03T09:15:00"}, "no_offset"),
        ({}, {"at": "2027-08-03T09:15:00Z"}, "time_in_future"),
        ({}, {"at": "0001-01-01T00:00:00+23:00"}, "bad_time"),
    ],
)
def test_a_row_that_lacks_something_is_refused_by_its_rule(
    changed: dict[str, Any], row: dict[str, str], rule: str
) -> None:
    with pytest.raises(RowError) as refused:
        body({**ROW, **row}, **changed)
    assert refused.value.rule == rule


@pytest.mark.parametrize(
    "wrong",
    [
        {"source": "Old Desk"},
        {"customer": {"name": "n"}},
        {"occurred_at": {"column": "at", "zone": "Mars/Olympus"}},
        {"encoding": "no-such"},
        {"colour": "blue"},
        {"delimiter": ";;"},
    ],
)
def test_a_mapping_that_cannot_work_is_refused_before_anything_is_read(
    wrong: dict[str, Any], tmp_path: Path
) -> None:
    file = tmp_path / "m.yaml"
    file.write_text(yaml.safe_dump({**BASE, **wrong}))
    with pytest.raises(ConfigError, match="bad_mapping"):
        mappings.load(file)


def test_the_published_schema_is_the_mappings_own_and_accepts_the_samples() -> None:
    published = json.loads(Path(mappings.__file__).with_name("mapping.schema.json").read_text())
    assert published == mappings.schema()
    for sample in SAMPLES.glob("*.yaml"):
        Draft202012Validator(published).validate(yaml.safe_load(sample.read_text()))


@given(st.dictionaries(st.sampled_from(["id", "text", "at", "mail"]), st.text(max_size=40)))
def test_a_row_of_any_text_becomes_a_request_or_is_refused(row: dict[str, str]) -> None:
    with suppress(RowError):
        assert body({**ROW, **row})["imported_from"] == "desk"


# ------------------------------------------------------------------------------------------ reading


def test_a_line_number_is_where_the_row_begins_even_after_rows_of_several_lines(tmp_path: Path) -> None:
    file = export(tmp_path, '1,"a\nb\nc",x,y', "", "2,late,soon")
    assert [one.line for one in read(file, mapping())] == [2, 6]
    _, rejected = run(file, mapping(), Platform())
    assert [(line, rule) for line, rule, *_ in rejected] == [("2", "bad_time"), ("6", "columns")]


@pytest.mark.parametrize("name", ["=cmd|'/c calc'!A0", "+1", "-1", "@SUM(1)", "\t=1", " =1", "＝1"])
def test_the_report_holds_no_formula_and_what_a_customer_said_is_taken_as_it_is(
    tmp_path: Path, name: str
) -> None:
    terms = mapping(occurred_at={"column": name}, text=name)
    file = export(tmp_path, f"1,{name},2026-08-03T09:15:00Z,a@example.com", head=f"id,{name},at,mail")
    _, rejected = run(file, terms, Platform())
    assert rejected == [["2", "bad_time", f"'{name}", "write it as the mapping's format says"]]
    platform = Platform()
    figures, rejected = run(export(tmp_path, f"1,{name},2026-08-03T09:15:00Z,a@x.y"), mapping(), platform)
    assert (figures.taken_over, rejected) == (1, [])
    assert [json.loads(case)["text"] for case in platform.cases.values()] == [name.strip()]


def test_what_the_service_says_of_a_row_is_no_formula_either() -> None:
    report = io.StringIO()
    rejects = Rejects(report)
    rejects.add(2, RowError("=1+1", "-2+3"))
    rejects.add(3, RowError("no_text", "give it one", "Beschwerde"))
    assert list(csv.reader(io.StringIO(report.getvalue())))[1:] == [
        ["2", "'=1+1", "", "'-2+3"],
        ["3", "no_text", "Beschwerde", "give it one"],
    ]


def test_a_missing_column_or_a_broken_quote_ends_the_run_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument, match="line 1 has no column at, mail"):
        list(read(export(tmp_path, "1,x", head="id,text"), mapping()))
    with pytest.raises(InvalidArgument, match="line 3"):
        list(read(export(tmp_path, good(1), '2,"la"te"', good(3)), mapping()))


def test_a_file_that_was_cut_off_is_taken_up_to_the_row_it_ends_in(tmp_path: Path) -> None:
    figures, rejected = run(export(tmp_path, good(1), '2,"late', good(3)), mapping(), Platform())
    assert figures.taken_over == 1
    assert [row[:2] for row in rejected] == [["3", "open_quote"]]


def test_what_is_no_text_in_the_encoding_is_one_rows_error(tmp_path: Path) -> None:
    file = export(tmp_path, good(1), good(2))
    file.write_bytes(file.read_bytes().replace(b"2,late", b"2,l\xe4te"))
    figures, rejected = run(file, mapping(), Platform())
    assert figures.taken_over == 1
    assert [row[:3] for row in rejected] == [["3", "bad_encoding", "text"]]
    (tmp_path / "export.journal").unlink()
    assert run(file, mapping(encoding="latin-1"), Platform())[0].taken_over == 2


def test_json_lines_are_read_by_dotted_paths_and_each_bad_line_alone(tmp_path: Path) -> None:
    file = tmp_path / "export.jsonl"
    rows = [{**ROW, "id": 7, "who": {"mail": "ana@example.com"}}, [1], {"id": 8}]
    file.write_text("\n".join([*map(json.dumps, rows), "{", ""]))
    platform = Platform()
    figures, rejected = run(file, mapping(customer={"email": "who.mail"}), platform)
    assert [(line, rule) for line, rule, *_ in rejected] == [
        ("2", "not_an_object"),
        ("3", "no_text"),
        ("4", "malformed_json"),
    ]
    assert figures.taken_over == 1
    assert key_of("main", "desk", "7") in platform.cases


def test_read_bytes_end_at_the_size_of_the_file(tmp_path: Path) -> None:
    file = export(tmp_path, *map(good, range(9)))
    assert list(read(file, mapping()))[-1].read_bytes == file.stat().st_size


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument, match="unknown_format"):
        list(read(tmp_path / "export.xlsx", mapping()))


# ------------------------------------------------------------------------------------------ running


def test_a_run_that_ends_in_the_middle_goes_on_where_it_was(tmp_path: Path) -> None:
    file = export(tmp_path, *map(good, range(40)))
    first = Platform(dies_after=13)
    with pytest.raises(BaseExceptionGroup) as ended:
        run(file, mapping(), first)
    assert ended.value.subgroup(Retryable)
    again = Platform()
    again.cases = dict(first.cases)
    figures, _ = run(file, mapping(), again)
    assert len(again.cases) == 40
    assert again.calls < 40
    assert figures.already + figures.taken_over == 40


def test_without_its_journal_a_second_run_sends_everything_again_and_doubles_nothing(tmp_path: Path) -> None:
    file, platform = export(tmp_path, *map(good, range(5))), Platform()
    run(file, mapping(), platform)
    (tmp_path / "export.journal").unlink()
    figures, _ = run(file, mapping(), platform)
    assert (figures.taken_over, len(platform.cases), platform.calls) == (5, 5, 10)


def test_a_journal_that_a_kill_cut_short_is_read_up_to_the_cut(tmp_path: Path) -> None:
    file, platform = export(tmp_path, *map(good, range(2))), Platform()
    run(file, mapping(), platform)
    journal = tmp_path / "export.journal"
    for cut in range(0, len(journal.read_bytes()), 5):
        kept = journal.read_bytes()
        journal.write_bytes(kept[:cut])
        figures, _ = run(file, mapping(), platform)
        assert figures.already + figures.taken_over == 2
        assert len(platform.cases) == 2
        assert run(file, mapping(), platform)[0].already == 2
        journal.write_bytes(kept)


def test_a_journal_of_another_import_is_not_believed(tmp_path: Path) -> None:
    file = export(tmp_path, good(1))
    run(file, mapping(), Platform())
    with pytest.raises(ConfigError, match="other_journal"):
        run(file, mapping(source="other"), Platform())


def test_two_rows_of_one_id_are_one_case_and_one_rejected_line(tmp_path: Path) -> None:
    file, platform = export(tmp_path, good(1), good(1).replace("late", "later"), ",late,x,y"), Platform()
    for _ in range(2):
        _, rejected = run(file, mapping(), platform, concurrency=1)
        assert [row[:3] for row in rejected] == [["3", "repeated_id", "id"], ["4", "no_id", "id"]]
    assert len(platform.cases) == 1


def test_where_the_last_version_counts_those_before_it_go_with_it(tmp_path: Path) -> None:
    again = [good(1).replace("late", text) for text in ("later", "later", "lost")]
    file, platform = export(tmp_path, good(1), again[0], good(2), good(2), *again[1:]), Platform()
    figures, rejected = run(file, mapping(same_id="last_wins"), platform)
    assert (figures.taken_over, figures.superseded, figures.changed, rejected) == (2, 4, 1, [])
    changed = json.loads(platform.cases[key_of("main", "desk", "1")])
    assert changed["text"] == "lost"
    assert [one["text"] for one in changed["earlier_versions"]] == ["late", "later"]
    assert "earlier_versions" not in json.loads(platform.cases[key_of("main", "desk", "2")])


def test_what_was_closed_there_is_counted_by_its_due_time_and_becomes_no_case(tmp_path: Path) -> None:
    at, soon, later, before = (f"2026-08-{day}T09:00:00Z" for day in ("03", "04", "05", "01"))
    rows = [
        f"{number},late,{at},a@example.com,{due},{closed}"
        for number, (due, closed) in enumerate(
            [(later, soon), (soon, later), (soon, soon), ("", soon), (soon, before), (later, ""), ("", "")]
        )
    ]
    file, platform = export(tmp_path, *rows, head="id,text,at,mail,due,closed"), Platform()
    terms = mapping(due_at={"column": "due"}, closed_at={"column": "closed"})
    figures, _ = run(file, terms, platform)
    assert (figures.closed, figures.taken_over) == (5, 2)
    assert figures.deadlines == Deadlines(
        closed_in_time=3,
        closed_late=1,
        closed_without_due=1,
        closed_before_made=1,
        open_with_due=1,
        open_without_due=1,
    )
    assert json.loads(platform.cases[key_of("main", "desk", "5")])["due_at"] == later
    assert "due_at" not in json.loads(platform.cases[key_of("main", "desk", "6")])


def test_the_values_of_a_column_are_counted_whether_the_mapping_reads_it_or_not(tmp_path: Path) -> None:
    file = export(tmp_path, good(1) + ",x", good(2) + ",y", good(3) + ",x", head="id,text,at,mail,kind")
    figures, _ = run(file, mapping(), None, count=("kind",))
    assert figures.counts == {"kind": {"x": 2, "y": 1}}
    with pytest.raises(InvalidArgument, match="colour"):
        list(read(file, mapping(), ("colour",)))


def test_no_more_requests_run_at_a_time_than_allowed(tmp_path: Path) -> None:
    platform = Platform()
    run(export(tmp_path, *map(good, range(40))), mapping(), platform, concurrency=3)
    assert platform.most_at_once == 3


def test_a_check_sends_nothing_and_notes_nothing(tmp_path: Path) -> None:
    file = export(tmp_path, good(1), "2,,,")
    figures, rejected = run(file, mapping(), None)
    assert (figures.taken_over, len(rejected)) == (1, 1)
    assert run(file, mapping(), Platform())[0].already == 0


def test_the_report_holds_nothing_a_customer_said_or_is_called(tmp_path: Path) -> None:
    file = export(tmp_path, "7,Secret words,never,secret@example.com")
    _, rejected = run(file, mapping(), Platform())
    assert len(rejected) == 1
    assert "ecret" not in str(rejected)


@given(st.text(), st.text(), st.text())
def test_a_key_fits_the_header_and_tells_nobody_the_id(tenant: str, source: str, row_id: str) -> None:
    key = key_of(tenant, source, row_id)
    assert key.startswith("import-")
    assert len(key) == 55
    assert key == key_of(tenant, source, row_id) != key_of(tenant, source, row_id + "x")


# ------------------------------------------------------------------------------------------ real exports

_CFPB_TIME = {"column": "Date received", "zone": "America/New_York"}
REAL: dict[str, dict[str, Any]] = {
    "cfpb_2023-08.csv": {
        "source": "cfpb",
        "id": "Complaint ID",
        "text": ["Consumer complaint narrative", "Issue", "Sub-issue"],
        "occurred_at": _CFPB_TIME,
        "customer": {"crm_id": "Complaint ID"},
        "category": {"column": "Product", "values": {}, "default": "credit"},
    },
    "cfpb_2014-11.csv": {
        "source": "cfpb",
        "id": "Complaint ID",
        "text": ["Issue", "Sub-issue"],
        "occurred_at": {**_CFPB_TIME, "format": "%m/%d/%Y"},
        "customer": {"crm_id": "Complaint ID"},
    },
    "nyc311_rodent.csv": yaml.safe_load((SAMPLES / "nyc311.yaml").read_text()),
    "twcs_sample.csv": {
        "source": "twitter",
        "id": "tweet_id",
        "text": "text",
        "occurred_at": {"column": "created_at", "format": "%a %b %d %H:%M:%S %z %Y"},
        "customer": {"handle": "author_id"},
        "only": {"column": "inbound", "values": ["True"]},
    },
    "tweets_us_airline.csv": yaml.safe_load((SAMPLES / "tweets.yaml").read_text()),
}


def real(kind: str, name: str) -> Path | None:
    file = CORPUS / kind / name
    if not file.is_file():
        warnings.warn(f"no {kind}/{name} beside the checkout: only the samples are read", stacklevel=2)
        return None
    return file


@pytest.mark.parametrize("name", sorted(REAL))
def test_a_real_export_is_taken_over_or_refused_row_by_row(name: str, tmp_path: Path) -> None:
    found = real("complaint_text", name)
    if found is None:
        return
    file = tmp_path / name
    file.write_bytes(found.read_bytes())
    platform, terms = Platform(), msgspec.convert(REAL[name], MappingFile)
    figures, rejected = run(file, terms, platform, concurrency=8)
    with file.open(encoding="utf-8", newline="") as source:
        rows = sum(1 for row in csv.reader(source) if row) - 1  # a cut last one too
    assert figures.rows == rows
    assert figures.taken_over == len(platform.cases) > 0
    assert {rule for _, rule, *_ in rejected} <= {"repeated_id", "no_text", "open_quote"}


def test_the_figures_of_real_exports_come_out_of_the_import(tmp_path: Path) -> None:
    """Tweets, each once and as it was judged last; complaints about rats by what the city had promised."""
    found = real("", "expected_figures.json")
    if found is None:
        return
    told = json.loads(found.read_text(encoding="utf-8"))
    tweets, _ = run_real("tweets_us_airline.csv", tmp_path, count=("airline_sentiment",))
    wanted = told["tweets"]
    assert (tweets.rows, tweets.taken_over) == (wanted["rows"], wanted["distinct_tweet_id"])
    assert (tweets.superseded, tweets.changed) == (
        wanted["ids_seen_more_than_once"],
        wanted["repeat_ids_with_differing_content"],
    )
    assert tweets.counts["airline_sentiment"] == wanted["sentiment"]
    only = {"column": "airline_sentiment", "values": ["negative"]}
    negative, _ = run_real("tweets_us_airline.csv", tmp_path, count=("airline", "negativereason"), only=only)
    assert negative.counts == {
        "airline": wanted["negative_by_airline"],
        "negativereason": wanted["negativereason"],
    }
    rats, rejected = run_real("nyc311_rodent.csv", tmp_path, count=("Descriptor", "Status"))
    wanted, due = told["nyc311"], rats.deadlines
    assert (rats.rows, rats.taken_over, rats.closed, rejected) == (985, 76, wanted["with_closed"], [])
    assert (due.closed_late, due.closed_in_time) == (wanted["breached_closed_after_due"], wanted["met"])
    assert (due.open_with_due, due.closed_before_made) == (
        wanted["open_with_due"],
        wanted["closed_before_created"],
    )
    assert rats.counts == {"Descriptor": wanted["descriptor"], "Status": wanted["status"]}


def run_real(
    name: str, tmp_path: Path, count: tuple[str, ...], **changed: object
) -> tuple[Figures, list[list[str]]]:
    """A run over a real export, without a journal of a run before."""
    file = tmp_path / name
    file.write_bytes((CORPUS / "complaint_text" / name).read_bytes())
    file.with_suffix(".journal").unlink(missing_ok=True)
    return run(file, msgspec.convert({**REAL[name], **changed}, MappingFile), Platform(), 8, count)


def test_the_cases_of_a_crm_are_taken_over(tmp_path: Path) -> None:
    found = real("crm", "salesforce_ecars_Cases.json")
    if found is None:
        return
    file = tmp_path / "cases.jsonl"
    records = [{**one, "at": "2024-01-01T00:00:00Z"} for one in json.loads(found.read_text())["records"]]
    file.write_text("\n".join(map(json.dumps, records)))
    terms = mapping(
        source="crm", id="attributes.referenceId", text="Description", subject="Subject",
        customer={"crm_id": "ContactId"},
    )  # fmt: skip
    assert run(file, terms, Platform())[0].taken_over == len(records)
