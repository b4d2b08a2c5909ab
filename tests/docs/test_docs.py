"""The documentation says what the code does: commands, errors, links, decisions, examples."""

from __future__ import annotations

import importlib
import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import manara
from manara.cli.main import cli
from manara.model import ManaraError
from tests.docs.preloaded import preloaded

ROOT = Path(__file__).parents[2]
INSTALLED = Path(sys.executable).parent
DOCS = ROOT / "docs"
PAGES = sorted(
    path for path in (*ROOT.glob("*.md"), *DOCS.rglob("*.md")) if "_build" not in path.parts
)
DECISIONS = sorted((DOCS / "decisions").glob("[0-9]*.md"))
BLOCK = re.compile(r"^( *)```([\w{}-]*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def blocks(path: Path, *languages: str) -> list[str]:
    """Return the fenced blocks of a page in these languages."""
    found = BLOCK.findall(path.read_text("utf-8"))
    return [text for _, language, text in found if language in languages]


def console_lines(path: Path) -> list[str]:
    """Return what the console examples of a page type, without what they print."""
    lines = [line for block in blocks(path, "console") for line in block.splitlines()]
    return [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]


def commands(group: click.Group, name: str = "manara") -> Iterator[tuple[str, click.Command]]:
    yield name, group
    context = click.Context(group)
    for child in group.list_commands(context):
        command = group.get_command(context, child)
        assert command
        if isinstance(command, click.Group):
            yield from commands(command, f"{name} {child}")
        else:
            yield f"{name} {child}", command


COMMANDS = dict(commands(cli))


def options(command: click.Command) -> list[click.Option]:
    return [param for param in command.params if isinstance(param, click.Option)]


def section(text: str, heading: str) -> str:
    """Return the part of a page from a heading to the next, ``""`` if it is not there."""
    found = re.search(rf"^#+ {re.escape(heading)}$(.*?)(?=^#|\Z)", text, re.MULTILINE | re.DOTALL)
    return found.group(1) if found else ""


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_has_its_place_in_the_reference(name: str) -> None:
    part = section((DOCS / "reference/commands.md").read_text("utf-8"), name)
    assert part, f"no section for {name}"
    for option in options(COMMANDS[name]):
        for spelling in (*option.opts, *option.secondary_opts):
            assert f"`{spelling}" in part, f"{name} {spelling} is not documented"


@pytest.mark.parametrize("name", COMMANDS)
def test_the_reference_names_no_option_that_is_gone(name: str) -> None:
    part = section((DOCS / "reference/commands.md").read_text("utf-8"), name)
    known = {"--help"}.union(*(o.opts + o.secondary_opts for o in options(COMMANDS[name])))
    stated = {
        spelling
        for line in part.splitlines()
        if line.startswith("`-")
        for spelling in re.findall(r"`(--?[a-z-]+)", line)
    }
    assert stated <= known


def test_the_reference_names_no_command_that_is_gone() -> None:
    text = (DOCS / "reference/commands.md").read_text("utf-8")
    assert set(re.findall(r"^#+ (manara.*)$", text, re.MULTILINE)) == set(COMMANDS)


def invocations(path: Path) -> Iterator[list[str]]:
    """Yield the words of each call of the program in the shell examples of a page."""
    lines = [line for block in blocks(path, "sh") for line in block.splitlines()]
    lines += console_lines(path)
    words = shlex.shlex(
        "\n".join(lines).replace("\\\n", " "), posix=True, punctuation_chars="\n;&|()"
    )
    words.whitespace, words.whitespace_split = " \t", True
    call: list[str] = []
    for word in [*words, "\n"]:
        if set(word) <= set("\n;&|()"):
            if call[:1] == ["manara"]:
                yield call
            call = []
        else:
            call.append(word)


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_shell_examples_use_commands_and_options_that_exist(path: Path) -> None:
    for words in invocations(path):
        name, known = "manara", {"--help"}
        for word in words[1:]:
            if f"{name} {word}" in COMMANDS:
                name += f" {word}"
        for part in (name, "manara"):
            known |= {s for o in options(COMMANDS[part]) for s in (*o.opts, *o.secondary_opts)}
        used = {word.split("=")[0] for word in words if word.startswith("-")}
        assert name != "manara", f"no command in {words}"
        assert used <= known, f"{' '.join(words)}: {used - known}"


def errors(root: type[ManaraError] = ManaraError) -> Iterator[type[ManaraError]]:
    yield root
    for kind in root.__subclasses__():
        yield from errors(kind)


def test_every_error_has_its_row_in_the_reference() -> None:
    for module in ("manara.console.access", "manara.client"):
        importlib.import_module(module)
    text = (DOCS / "reference/errors.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `([\w-]+)` \| `(\w+)` \| [^|]+ \|", text, re.MULTILINE))
    assert rows == {
        kind.code: kind.__name__ for kind in errors() if kind.__module__.startswith("manara.")
    }


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_every_relative_link_leads_somewhere(path: Path) -> None:
    text = BLOCK.sub("", path.read_text("utf-8"))
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not re.match(r"[a-z]+:|#", target):
            assert (path.parent / target.split("#")[0]).exists(), f"{target} is not there"


@pytest.mark.parametrize("path", DECISIONS, ids=name_of)
def test_every_decision_has_the_same_form(path: Path) -> None:
    text = path.read_text("utf-8")
    assert re.match(rf"# {path.name[:4]} \w", text)
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert headings == ["Context", "Decision", "Why", "Consequences"]
    for heading in headings:
        assert len(section(text, heading).split()) > 5, f"{heading} says nothing"
    assert path.stem in (DOCS / "decisions/index.md").read_text("utf-8")


def test_decisions_are_numbered_without_gaps() -> None:
    assert [int(path.name[:4]) for path in DECISIONS] == list(range(1, len(DECISIONS) + 1))


def dependencies() -> set[str]:
    """Return the names of everything that `pyproject.toml` asks for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    asked = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    for extra in project["project"]["optional-dependencies"].values():
        asked += extra
    return {re.split(r"[<>=!~\[; ]", one)[0] for one in asked}


@pytest.mark.parametrize("package", sorted(dependencies()))
def test_every_dependency_is_named_in_a_decision(package: str) -> None:
    word = re.compile(rf"(?<![\w-]){re.escape(package)}(?![\w-])", re.IGNORECASE)
    assert any(word.search(path.read_text("utf-8")) for path in DECISIONS)


def test_the_changelog_begins_with_this_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    released = re.findall(r"^## \[(\d[^\]]*)\] - \d{4}-\d\d-\d\d$", text, re.MULTILINE)
    assert released[0] == manara.__version__


def run_console(
    pages: list[Path], folder: Path, workspace: str = "", programs: Path = INSTALLED
) -> None:
    """Run the ``$`` lines of the console blocks of pages, in order, in one shell, in a folder.

    `programs` is where `manara` is looked for first. A line may end with status 0 or 1; anything
    else fails with the line and what it printed.
    """
    lines = [line for page in pages for line in console_lines(page)]
    assert lines, "nothing to run"
    script = "".join(f"{line}\nstatus=$?; [ $status -le 1 ] || exit $status\n" for line in lines)
    path = os.pathsep.join([str(programs), str(INSTALLED), os.environ["PATH"]])
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MANARA_")}
    done = subprocess.run(
        ["bash", "-vc", script],
        cwd=folder,
        env=environment | {"PATH": path} | ({"MANARA_WORKSPACE": workspace} if workspace else {}),
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr[-3000:]


@pytest.fixture
def beside_demo(tmp_path: Path) -> Path:
    """A folder with the demonstration material in it, as a fresh clone has it."""
    shutil.copytree(ROOT / "demo", tmp_path / "demo")
    return tmp_path


@pytest.mark.slow
def test_the_session_in_the_readme_works(beside_demo: Path) -> None:
    run_console([ROOT / "README.md"], beside_demo)
    assert (beside_demo / "office/report.html").exists()
    assert (beside_demo / "facts.csv").read_text("utf-8").count("\n") > 100


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a `manara` that need not be imported for each call."""
    with preloaded(tmp_path_factory.mktemp("programs")) as folder:
        yield folder


@pytest.fixture(scope="session")
def first_look(tmp_path_factory: pytest.TempPathFactory, programs: Path) -> Path:
    """The folder of somebody who has been through the first tutorial."""
    folder = tmp_path_factory.mktemp("first-look")
    shutil.copytree(ROOT / "demo", folder / "demo")
    run_console([DOCS / "tutorial/first-look.md"], folder, programs=programs)
    return folder


#: Guides that go on where another ends.
AFTER = {"recall-what-was-shared": "ask-a-partner"}
GUIDES = [
    page
    for page in (*sorted((DOCS / "how-to").glob("*.md")), *sorted((DOCS / "tutorial").glob("*.md")))
    if blocks(page, "console")
    and page.stem not in {"first-look", "risk-programme", *AFTER.values()}
]


@pytest.mark.parametrize("page", GUIDES, ids=name_of)
def test_a_guide_works_after_the_first_tutorial(
    page: Path, first_look: Path, tmp_path: Path, programs: Path
) -> None:
    folder = tmp_path / "folder"
    shutil.copytree(first_look, folder)
    before = [page.with_stem(AFTER[page.stem])] if page.stem in AFTER else []
    run_console([*before, page], folder, "office", programs)


def test_the_tutorial_on_a_risk_programme_works(tmp_path: Path, programs: Path) -> None:
    shutil.copytree(DOCS / "tutorial/risk", tmp_path / "docs/tutorial/risk")
    page = DOCS / "tutorial/risk-programme.md"
    run_console([page], tmp_path, programs=programs)
    report = (tmp_path / "trust/report/report.html").read_text("utf-8")
    promised = "Once Lantern Tower is hardened, Hollin Market Hall carries the largest risk"
    assert promised in report
    assert promised in page.read_text("utf-8")


@pytest.mark.parametrize("path", [page for page in PAGES if blocks(page, "python")], ids=name_of)
def test_python_examples_work(path: Path, beside_demo: Path) -> None:
    for block in blocks(path, "python"):
        done = subprocess.run(
            [sys.executable, "-c", block],
            cwd=beside_demo,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr


@pytest.mark.skipif(not importlib.util.find_spec("sphinx"), reason="needs the docs extra")
def test_the_documentation_builds_without_a_warning(tmp_path: Path) -> None:
    # The theme of `make docs` takes as long as all the rest and has nothing to warn of.
    options = ["-W", "--keep-going", "-q", "-b", "html", "-D", "html_theme=basic"]
    options += ["-d", str(tmp_path / "trees")]
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", *options, str(DOCS), str(tmp_path / "html")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "html/index.html").exists()
