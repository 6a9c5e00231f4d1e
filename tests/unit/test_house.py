"""The rules of the house that no linter knows, checked on every file of the checkout."""

from __future__ import annotations

import ast
import re
import statistics
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILE_WALL = 600
FUNCTION_WALL = 50
FUNCTION_MEDIAN = 8
FUNCTION_P90 = 25
SHAPE = ("__init__.py", "__main__.py", "bootstrap.py", "config.py", "adapters", "app", "domain", "migrations")
BESIDE_THE_SERVICES = {"chassis", "cli", "standalone"}
CARD = (
    "faust-streaming",
    "kafka-python",
    "grpcio",
    "protobuf",
    "asyncpg",
    "opentelemetry-sdk",
    "pytest-asyncio",
    "testcontainers",
)
TOP_LEVEL = (
    "services/intake",
    "services/resolution",
    "services/followup",
    "services/metrics",
    "protos",
    "deploy/k8s",
    "tests",
    "docker-compose.yml",
    "README.md",
)
# One letter of each word in brackets, so that this file does not break the rules it checks.
UNFINISHED = re.compile("TO[D]O|FIX[M]E|XX[X]|NotImplemented[E]rror")
LEFT_OUT = re.compile(r"mark\.(s[k]ip|x[f]ail)|\.s[k]ip\(|import[o]rskip")
NAP = re.compile(r"\btime\.s[l]eep\(|asyncio\.s[l]eep\((0\.[1-9]|[1-9])")
SOMEBODYS_FOLDER = re.compile("/[r]oot/|/[h]ome/[a-z]+/")
REGISTRY = re.compile(
    r"https?://[a-z0-9.-]*(p[y]pi|python[h]osted|npm[j]s|repo1?\.m[a]ven|c[r]ates|de[b]ian)\.[a-z.]+"
)
IMPURE = {"asyncio", "logging", "os", "random", "secrets", "socket", "subprocess", "threading", "time"}
CLOCK_CALLS = re.compile(r"\b(datetime\.(utc)?now|date\.today|uuid[147])\(")


@cache
def checkout() -> tuple[Path, ...]:
    """Every file of the checkout that git tracks or would track."""
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    files = (ROOT / name for name in listed.stdout.split("\0") if name)
    return tuple(file for file in files if file.is_file())


@cache
def text_of(file: Path) -> str:
    """The file as text, or nothing when it is not text."""
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


@cache
def tree_of(file: Path) -> ast.Module:
    return ast.parse(text_of(file), filename=str(file))


def python_files(*folders: str) -> list[Path]:
    """Hand-written Python below the folders, or everywhere."""
    written = [
        file
        for file in checkout()
        if file.suffix == ".py" and not file.is_relative_to(ROOT / "protos" / "gen")
    ]
    return [
        file
        for file in written
        if not folders or any(file.is_relative_to(ROOT / folder) for folder in folders)
    ]


def lines_matching(pattern: re.Pattern[str], files: list[Path] | tuple[Path, ...]) -> list[str]:
    return [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()[:120]}"
        for file in files
        for number, line in enumerate(text_of(file).splitlines(), start=1)
        if pattern.search(line)
    ]


def services() -> list[Path]:
    return sorted(path.parent for path in (ROOT / "services").glob("*/domain"))


def functions(file: Path) -> Iterator[tuple[str, int]]:
    """Each function's place and the lines of its body, the docstring not counted."""
    for node in ast.walk(tree_of(file)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) is not None else node.body
            lines = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
            yield f"{file.relative_to(ROOT)}:{node.lineno}: {node.name}", lines


def bases(node: ast.ClassDef) -> list[str]:
    return [ast.unparse(base).split("[")[0].rsplit(".", 1)[-1] for base in node.bases]


def classes() -> Iterator[tuple[str, ast.ClassDef]]:
    for file in python_files("services"):
        for node in ast.walk(tree_of(file)):
            if isinstance(node, ast.ClassDef):
                yield f"{file.relative_to(ROOT)}:{node.lineno}: {node.name}", node


def test_no_file_is_longer_than_the_wall() -> None:
    counted = {str(file.relative_to(ROOT)): len(text_of(file).splitlines()) for file in python_files()}
    assert {name: lines for name, lines in counted.items() if lines > FILE_WALL} == {}


def test_no_function_is_longer_than_the_wall() -> None:
    sized = [function for file in python_files("services") for function in functions(file)]
    assert [f"{place} ({lines} lines)" for place, lines in sized if lines > FUNCTION_WALL] == []


def test_most_functions_are_short() -> None:
    lengths = [lines for file in python_files("services") for _, lines in functions(file)]
    assert statistics.median(lengths) <= FUNCTION_MEDIAN
    assert statistics.quantiles(lengths, n=10)[-1] <= FUNCTION_P90


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        str(file.relative_to(ROOT))
        for file in python_files("services")
        if not ast.get_docstring(tree_of(file))
    ]
    assert silent == []


def test_every_port_method_states_its_contract() -> None:
    methods = [
        f"{place}.{method.name}"
        for place, node in classes()
        if "Protocol" in bases(node)
        for method in node.body
        if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef) and not ast.get_docstring(method)
    ]
    assert methods == []


def test_every_error_says_what_happened_and_what_to_do() -> None:
    named = ("Error", "Exception", "Rejected", "Retryable")
    errors = [(place, node) for place, node in classes() if any(base.endswith(named) for base in bases(node))]
    assert [place for place, node in errors if not ast.get_docstring(node)] == []


def test_every_service_has_the_same_shape() -> None:
    missing = [
        f"{service.name}/{part}" for service in services() for part in SHAPE if not (service / part).exists()
    ]
    # Folders of data (playbooks, rule packs) are a service's own; code has its place.
    beyond = [
        str(file.relative_to(ROOT))
        for service in services()
        for file in python_files(f"services/{service.name}")
        if file.relative_to(service).parts[0] not in SHAPE
    ]
    assert (missing, beyond) == ([], [])


def test_the_import_contracts_name_every_service() -> None:
    contracts = tomllib.loads(text_of(ROOT / "pyproject.toml"))["tool"]["importlinter"]["contracts"]
    layered = next(contract["containers"] for contract in contracts if contract["id"] == "layers")
    assert sorted(layered) == [f"services.{service.name}" for service in services()]
    folders = {path.parent.name for path in (ROOT / "services").glob("*/__init__.py")}
    assert folders - {service.name for service in services()} <= BESIDE_THE_SERVICES


def test_the_domain_imports_only_the_standard_library_and_nothing_that_acts() -> None:
    found = [
        f"{file.relative_to(ROOT)}: {name}"
        for service in services()
        for file in python_files(f"services/{service.name}/domain")
        for name in imported(file)
        if not is_pure(name, own=f"services.{service.name}.domain")
    ]
    assert found == []


def is_pure(name: str, own: str) -> bool:
    top = name.partition(".")[0]
    return (top in sys.stdlib_module_names and top not in IMPURE) or f"{name}.".startswith(f"{own}.")


def imported(file: Path) -> Iterator[str]:
    """The absolute names of the modules that a file imports."""
    package = file.relative_to(ROOT).parts[:-1]
    for node in ast.walk(tree_of(file)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else []
            yield ".".join([*start, *([node.module] if node.module else [])])


def test_the_domain_is_told_the_time_and_the_ids() -> None:
    domains = [file for service in services() for file in python_files(f"services/{service.name}/domain")]
    assert lines_matching(CLOCK_CALLS, domains) == []


def test_nothing_is_left_unfinished() -> None:
    assert lines_matching(UNFINISHED, python_files()) == []


def test_no_test_is_left_out() -> None:
    # but for what a package of the machine's own system checks: not every system has it
    files = [file for file in python_files("tests") if file != ROOT / "tests/support/prometheus.py"]
    assert lines_matching(LEFT_OUT, files) == []


def test_no_test_waits_by_the_clock() -> None:
    assert lines_matching(NAP, python_files("tests")) == []


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    here = re.compile(re.escape(f"{ROOT}/"))
    assert lines_matching(SOMEBODYS_FOLDER, checkout()) + lines_matching(here, checkout()) == []


def test_no_file_names_a_package_registry() -> None:
    assert lines_matching(REGISTRY, checkout()) == []


@pytest.mark.parametrize("lock", sorted((ROOT / "requirements").glob("*.txt")), ids=lambda lock: lock.stem)
def test_every_wanted_package_is_locked_by_version_and_hash(lock: Path) -> None:
    locked = re.split(r"\n(?=[a-z0-9])", text_of(lock).strip())
    assert [
        entry for entry in locked if not re.match(r"[a-z0-9.-]+==\S+", entry) or "--hash=sha256:" not in entry
    ] == []
    names = {entry.split("==")[0] for entry in locked}
    wanted = re.findall(r"^[A-Za-z0-9-]+", text_of(lock.with_suffix(".in")), flags=re.MULTILINE)
    assert {name.lower() for name in wanted} <= names


@pytest.mark.parametrize("place", TOP_LEVEL)
def test_the_tree_has_what_the_design_promises(place: str) -> None:
    assert (ROOT / place).exists()


@pytest.mark.parametrize("package", CARD)
def test_the_readme_says_what_each_promised_package_does(package: str) -> None:
    assert re.search(rf"(?<![\w-]){package}(?![\w-])", text_of(ROOT / "README.md"))


@pytest.mark.parametrize("command", ["make demo", "make test"])
def test_the_readme_starts_with_the_two_commands(command: str) -> None:
    assert command in text_of(ROOT / "README.md")


@pytest.mark.parametrize(
    "folder", sorted(ROOT.glob("services/*/migrations")), ids=lambda one: one.parent.name
)
def test_every_migration_has_a_number_of_its_own(folder: Path) -> None:
    numbers = [file.name[:4] for file in folder.glob("*.sql")]
    assert len(numbers) == len(set(numbers)), sorted(numbers)
