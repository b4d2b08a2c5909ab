"""Every query of the project stays inside the subset that runs on both engines."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("sqlglot")

from sqlglot import ErrorLevel, exp, parse_one, transpile

SOURCE = Path(__file__).resolve().parents[2] / "src" / "manara"

#: Functions that Spark lacks, or that give other answers there.
FORBIDDEN = {
    *("hash", "strip_accents"),
    *("quantile_cont", "percentile_cont"),
    *("levenshtein", "jaro_winkler_similarity", "jarowinkler_similarity"),
}


def queries() -> Iterator[tuple[str, str]]:
    """Yield the queries among the package's module-level constants, with where they stand."""
    for path in sorted(SOURCE.rglob("*.py")):
        text = path.read_text("utf-8")
        # Every worker looks for them: most files hold none and need not be parsed.
        for statement in ast.parse(text).body if "SELECT" in text else ():
            if isinstance(statement, ast.Assign | ast.AnnAssign):
                for node in ast.walk(statement):
                    if isinstance(node, ast.Constant) and is_query(node.value):
                        yield f"{path.relative_to(SOURCE)}:{node.lineno}", node.value


def is_query(value: object) -> bool:
    return isinstance(value, str) and value.split()[:1] in (["SELECT"], ["WITH"])


def faults(query: str) -> set[str]:
    """Return what in a query does not run alike on both engines."""
    tree = parse_one(query, read="duckdb")
    transpile(query, read="duckdb", write="spark", unsupported_level=ErrorLevel.RAISE)
    found = {function.sql_name().lower() for function in tree.find_all(exp.Func)}
    found |= {function.name.lower() for function in tree.find_all(exp.Anonymous)}
    found &= FORBIDDEN
    if tree.find(exp.Bracket):
        found.add("[]")
    if any(join.method == "ASOF" for join in tree.find_all(exp.Join)):
        found.add("asof")
    return found


ALL = dict(queries())


@pytest.mark.parametrize("where", ALL)
def test_a_query_runs_on_both_engines(where: str) -> None:
    assert faults(ALL[where]) == set()


def test_the_search_finds_the_queries_of_the_store() -> None:
    assert len([where for where in ALL if where.startswith("store/sql.py")]) > 15


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ("SELECT hash(a) FROM t WHERE b", "hash"),
        ("SELECT quantile_cont(a, 0.5) FROM t", "percentile_cont"),
        ("SELECT strip_accents(a) FROM t", "strip_accents"),
        ("SELECT levenshtein(a, b) FROM t", "levenshtein"),
        ("SELECT jaro_winkler_similarity(a, b) FROM t", "jarowinkler_similarity"),
        ("SELECT a[1] FROM t", "[]"),
        ("SELECT t.a FROM t ASOF JOIN u ON t.a = u.a AND t.b >= u.b", "asof"),
    ],
)
def test_what_does_not_run_alike_is_found(query: str, fault: str) -> None:
    assert fault in faults(query)
