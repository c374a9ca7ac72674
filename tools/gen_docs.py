"""Fills the generated regions of the documentation from the code; `--check` only compares.

A region lies between `<!-- generated: NAME -->` and `<!-- end -->`. What stands between them is
written from declarations: frames, error codes, limits, states, settings. Nobody edits it by hand.
"""

from __future__ import annotations

import argparse
import ast
import enum
import importlib
import inspect
import itertools
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from tools.dashboard import dashboard_json  # noqa: E402
from tools.frame_facts import RegionError, example, refusals  # noqa: E402
from tools.metric_facts import metric_rows  # noqa: E402
from tools.relay_toml import relay_toml  # noqa: E402
from whispr.config import Setting, format_value, settings  # noqa: E402
from whispr.protocol import codes, limits, states  # noqa: E402
from whispr.protocol.schema import FRAMES, Frame, Role  # noqa: E402

REGION = re.compile(r"(<!-- generated: ([a-z-]+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)
OPENING = re.compile(r"^<!-- generated: .*-->$", re.MULTILINE)


def documented(source: str) -> dict[str, str]:
    """Name -> the docstring below its assignment, in the source of a module or of a class."""
    tree = ast.parse(source)
    first = tree.body[0]
    body = first.body if isinstance(first, ast.ClassDef) else tree.body
    found: dict[str, str] = {}
    for statement, below in itertools.pairwise(body):
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
            if isinstance(statement, ast.AnnAssign):
                found[ast.unparse(statement.target)] = " ".join(str(below.value.value).split())
            elif isinstance(statement, ast.Assign):
                found[ast.unparse(statement.targets[0])] = " ".join(str(below.value.value).split())
    return found


def wire_name(cls: type[Frame] | str) -> str:
    """`StatusReport` is STATUS_REPORT on the wire."""
    name = cls if isinstance(cls, str) else cls.__name__
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).upper()


def table(headings: list[str], rows: list[list[str]]) -> str:
    """A Markdown table; a bar inside a cell is escaped."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "".join(
        f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines
    )


def all_frames() -> list[type[Frame]]:
    """Every declared frame, in the order of the codes."""
    return [FRAMES[code] for code in sorted(FRAMES)]


def purpose(cls: type[Frame]) -> str:
    """The first sentence of a declaration."""
    return inspect.getdoc(cls) or ""


def frames_region() -> str:
    """All frames at a glance."""
    rows = []
    for cls in all_frames():
        scope = states.REQUIRED_SCOPE.get(cls)
        rows.append(
            [
                f"`0x{cls.code:02x}`",
                f"[{wire_name(cls)}](#{wire_name(cls).lower()})",
                cls.sender.value,
                scope.name.lower() if scope else "–",
                ", ".join(wire_name(name) for name in cls.answers) or "–",
                purpose(cls),
            ]
        )
    return table(["code", "frame", "sent by", "scope", "answered by", "purpose"], rows)


def frame_fields_region() -> str:
    """One section for each frame, with its fields in order."""
    return "\n".join(_frame_section(cls) for cls in all_frames())


def _frame_section(cls: type[Frame]) -> str:
    meanings = documented(inspect.getsource(cls))
    allowed = [state.value for state in states.State if cls in states.TRANSITIONS[state]]
    scope = states.REQUIRED_SCOPE.get(cls)
    facts = [f"Code `0x{cls.code:02x}`", f"sent by the {cls.sender.value}"]
    facts.append("in the states " + ", ".join(allowed))
    if scope:
        facts.append(f"after an AUTH for {scope.name.lower()}")
    answers = " or ".join(wire_name(name) for name in cls.answers)
    if cls.sender is Role.CLIENT:
        facts.append(f"answered by {answers} or ERROR")
    rows = [
        [str(position), f"`{name}`", str(constraint), meanings[name]]
        for position, (name, constraint) in enumerate(cls.constraints, start=2)
    ]
    fields = table(["item", "field", "type", "meaning"], rows) if rows else "No fields.\n"
    head = f"#### {wire_name(cls)}\n\n{purpose(cls)} {'; '.join(facts)}."
    return f"{head}{refusals(cls)}\n\n{fields}{example(cls)}"


def errors_region() -> str:
    """Error codes, the exception of each, and whether the connection ends."""
    rows = [
        [
            str(int(code)),
            f"`{code.name.lower()}`",
            f"`{codes.ERROR_CLASSES[code].__name__}`",
            "yes" if code in codes.FATAL_CODES else "no",
        ]
        for code in codes.ErrorCode
    ]
    return table(["number", "code", "exception of the library", "connection closed"], rows)


def _members(kind: type[enum.IntEnum]) -> str:
    meanings = documented(inspect.getsource(kind))
    rows = [[str(int(item)), item.name.lower(), meanings[item.name]] for item in kind]
    return table(["number", "name", "meaning"], rows)


def goaway_region() -> str:
    """Reasons of GOAWAY."""
    return _members(codes.GoawayReason)


def limits_region() -> str:
    """The numbers of the protocol."""
    meanings = documented(inspect.getsource(limits))
    rows = [
        [f"`{name}`", f"{value:,}" if isinstance(value, int) else value, meanings.get(name, "")]
        for name, value in vars(limits).items()
        if name.isupper()
    ]
    return table(["limit", "value", "meaning"], rows)


def states_region() -> str:
    """The diagram of states and what may pass in each."""
    meanings = documented(inspect.getsource(states.State))
    lines = ["```mermaid", "stateDiagram-v2", "    [*] --> connected"]
    lines += [f"    {before} --> {after}: {name}" for before, after, name in _changes()]
    lines += ["```", ""]
    rows = [
        [
            state.value,
            f"{states.MAX_BODY_BYTES[state]:,}",
            _passing(state),
            meanings[state.name],
        ]
        for state in states.State
    ]
    return "\n".join(lines) + "\n" + table(["state", "frame bytes", "frames", "meaning"], rows)


def _changes() -> Iterator[tuple[str, str, str]]:
    for before, row in states.TRANSITIONS.items():
        for cls, after in row.items():
            if after is not before:
                yield _identifier(before), _identifier(after), wire_name(cls)


def _identifier(state: states.State) -> str:
    return state.value.replace(" ", "_")


def _passing(state: states.State) -> str:
    allowed = states.TRANSITIONS[state]
    missing = [wire_name(cls) for cls in all_frames() if cls not in allowed]
    if len(missing) < len(allowed):
        return "all but " + ", ".join(missing)
    return ", ".join(wire_name(cls) for cls in all_frames() if cls in allowed)


def configuration_region() -> str:
    """Every setting of the relay."""
    try:
        config = importlib.import_module("whispr.relay.config")
    except ImportError as error:
        raise RegionError(f"whispr.relay.config does not load: {error}") from error
    rows = [
        [f"`{item.name}`", f"`{item.default_text or '(empty)'}`", _range(item), item.help]
        for item in settings(config.RelayConfig)
    ]
    return table(["setting", "default", "allowed", "meaning"], rows)


def _range(item: Setting) -> str:
    if item.choices:
        return ", ".join(f"`{choice}`" for choice in item.choices)
    low, high = (
        "" if value is None else format_value(item, int(value) if value == int(value) else value)
        for value in (item.minimum, item.maximum)
    )
    return f"{low} … {high}".strip() if low or high else "–"


def metrics_region() -> str:
    """Every metric of a relay."""
    headings = ["metric", "type", "labels", "meaning", "what to look for"]
    return table(headings, metric_rows())


REGIONS: dict[str, Callable[[], str]] = {
    "frames": frames_region,
    "frame-fields": frame_fields_region,
    "errors": errors_region,
    "goaway": goaway_region,
    "limits": limits_region,
    "states": states_region,
    "configuration": configuration_region,
    "metrics": metrics_region,
}

FILES: dict[str, Callable[[], str]] = {
    "deploy/relay.toml": relay_toml,
    "deploy/grafana/whispr.json": dashboard_json,
}
"""Files that are generated as a whole, where they exist."""


def filled(text: str) -> str:
    """The text with every region written anew.

    Raises:
        RegionError: a region without an end, or one that nobody can fill.
    """
    if len(OPENING.findall(text)) != len(REGION.findall(text)):
        raise RegionError("a region has no end or an unknown form")

    def fill(match: re.Match[str]) -> str:
        if match[2] not in REGIONS:
            raise RegionError(f"nothing generates the region {match[2]}")
        return f"{match[1]}\n{REGIONS[match[2]]()}\n{match[4]}"

    return REGION.sub(fill, text)


def stale(root: Path, *, write: bool) -> list[str]:
    """What is out of date below `root`, one line each; with `write` it is so no longer."""
    findings = []
    for path in sorted([*root.glob("docs/**/*.md"), *root.glob("*.md")]):
        old = path.read_text(encoding="utf-8")
        try:
            new = filled(old)
        except RegionError as error:
            findings.append(f"{path.relative_to(root).as_posix()}: {error}")
            continue
        if new != old:
            done = "brought up to date" if write else "generated regions are stale"
            findings.append(f"{path.relative_to(root).as_posix()}: {done}")
            if write:
                path.write_text(new, encoding="utf-8", newline="\n")
    return findings + _stale_files(root, write=write)


def _stale_files(root: Path, *, write: bool) -> list[str]:
    findings = []
    for name, make in FILES.items():
        path = root / name
        if path.exists() and path.read_text(encoding="utf-8") != make():
            findings.append(f"{name}: {'brought up to date' if write else 'is stale'}")
            if write:
                path.write_text(make(), encoding="utf-8", newline="\n")
    return findings


def main(arguments: list[str] | None = None) -> int:
    """0 when everything is up to date, or was brought there; 1 otherwise."""
    parser = argparse.ArgumentParser(description="Fill the generated regions of the documentation.")
    parser.add_argument("--check", action="store_true", help="only compare; 1 if anything is stale")
    options = parser.parse_args(arguments)
    findings = stale(ROOT, write=not options.check)
    for finding in findings:
        print(finding)
    if options.check:
        return 1 if findings else 0
    return 1 if stale(ROOT, write=False) else 0


if __name__ == "__main__":
    sys.exit(main())
