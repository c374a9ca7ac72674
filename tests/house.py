"""The rules of the house: each `check_*` reads a source tree and returns what breaks the rule.

A finding is one line, `path:line: what is wrong`. Nothing here imports what it checks, except
`house_files.check_loaded_modules`, which does so in another process.
"""

from __future__ import annotations

import ast
import builtins
import functools
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests import house_plan as plan

SOURCE_FOLDERS = ("whispr", "tools", "certs", "bench", "examples")
PRINTING = ("whispr/cli/", "tools/", "certs/", "bench/", "examples/", "start.py")
Findings = list[str]
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Module:
    """One Python file, parsed once."""

    path: str
    name: str
    text: str
    tree: ast.Module

    def at(self, node: ast.AST | None, message: str) -> str:
        return f"{self.path}:{getattr(node, 'lineno', 1)}: {message}"


@functools.cache
def _parse(path: Path, relative: str, _changed_ns: int) -> Module:
    text = path.read_text(encoding="utf-8")
    name = relative.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    return Module(relative, name, text, ast.parse(text, relative))


def modules(root: Path, *folders: str) -> Iterator[Module]:
    """Every Python file below the folders (a file is its own folder), in order."""
    for folder in folders:
        top = root / folder
        for path in [top] if top.is_file() else sorted(top.rglob("*.py")):
            yield _parse(path, path.relative_to(root).as_posix(), path.stat().st_mtime_ns)


def _is_in(name: str, places: Iterable[str]) -> bool:
    return any(name == place or name.startswith(place + ".") for place in places)


def imports(tree: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    """Every import, in whatever function it hides, as the dotted name of a module or its member."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level:
            yield node, "." * node.level + (node.module or "")
        elif isinstance(node, ast.ImportFrom) and node.module != "__future__":
            yield from ((node, f"{node.module}.{alias.name}") for alias in node.names)


def check_arrows(root: Path) -> Findings:
    """Imports inside Whispr follow the plan."""
    found = []
    for module in modules(root, "whispr"):
        fitting = [name for name in plan.ARROWS if _is_in(module.name, [name])]
        if not fitting and not module.path.endswith("__init__.py"):
            found.append(module.at(None, "has no place in the plan (ARROWS)"))
        allowed = plan.ARROWS[max(fitting, key=len)] if fitting else ()
        for node, name in imports(module.tree):
            if name.startswith("."):
                found.append(module.at(node, "relative import"))
            elif name in ("whispr", "whispr.__version__"):
                continue
            elif _is_in(name, ["whispr"]) and not _is_in(name, allowed):
                found.append(module.at(node, f"must not import {name}"))
    return found


def check_pens(root: Path) -> Findings:
    """Outside modules are imported only where the plan says; unknown ones nowhere."""
    found = []
    for module in modules(root, "whispr"):
        for node, name in imports(module.tree):
            fitting = [pen for pen in plan.PENS if _is_in(name, [pen])]
            top = name.partition(".")[0]
            if fitting and not _is_in(module.name, plan.PENS[fitting[0]]):
                found.append(module.at(node, f"must not import {fitting[0]}"))
            elif not fitting and top not in {*sys.stdlib_module_names, "whispr", ""}:
                found.append(module.at(node, f"{top} has no pen in the plan (PENS)"))
            elif _is_in(module.name, ["whispr.protocol"]) and top in plan.PROTOCOL_WITHOUT:
                found.append(module.at(node, f"whispr.protocol has no {top}"))
    return found


def check_cycles(root: Path) -> Findings:
    """No module needs itself through others; names for the type checker alone do not count."""
    by_name = {module.name: module for module in modules(root, "whispr")}
    needs: dict[str, set[str]] = {}
    for module in by_name.values():
        for_types = {
            found
            for node in ast.walk(module.tree)
            if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")
            for found, _name in imports(node)
        }
        names = {name for node, name in imports(module.tree) if node not in for_types}
        names |= {name.rpartition(".")[0] for name in names}
        needs[module.name] = {name for name in names if name in by_name and "." in name}
    ready: set[str] = set()
    while free := {name for name in needs if name not in ready and needs[name] <= ready}:
        ready |= free
    stuck = sorted(set(needs) - ready)
    return [by_name[stuck[0]].at(None, f"import cycle among {', '.join(stuck)}")] if stuck else []


def check_package_files(root: Path) -> Findings:
    """Every folder is a package whose `__init__.py` imports nothing."""
    found = []
    for module in modules(root, "whispr"):
        if module.path.endswith("/__init__.py"):
            found += [
                module.at(node, "__init__.py imports") for node, _name in imports(module.tree)
            ]
        elif not (root / module.path).with_name("__init__.py").exists():
            found.append(module.at(None, "its folder has no __init__.py"))
    return found


def check_length(root: Path) -> Findings:
    """A module stays readable in one sitting."""
    found = []
    for module in modules(root, *SOURCE_FOLDERS, "start.py"):
        lines = module.text.count("\n")
        if lines > plan.LONG_MODULES.get(module.path, plan.MAX_MODULE_LINES):
            found.append(module.at(None, f"{lines} lines: split it by collaborator"))
    return found


def check_mirror(root: Path) -> Findings:
    """Every module has its test file at the same place."""
    found = []
    for module in modules(root, "whispr"):
        path = Path(module.path)
        if path.stem in plan.WITHOUT_TESTS:
            continue
        expected = Path("tests", *path.parts[1:-1], f"test_{path.name}").as_posix()
        expected = plan.SHARED_TESTS.get(module.name, expected)
        if not (root / expected).exists():
            found.append(module.at(None, f"has no {expected}"))
    return found


def check_future_import(root: Path) -> Findings:
    """`from __future__ import annotations` comes first."""
    found = []
    for module in modules(root, *SOURCE_FOLDERS, "tests", "start.py"):
        body = module.tree.body[1:] if ast.get_docstring(module.tree) else module.tree.body
        if body and not (isinstance(body[0], ast.ImportFrom) and body[0].module == "__future__"):
            if not module.path.endswith("__init__.py"):
                found.append(module.at(body[0], "begins without the __future__ import"))
    return found


def check_names(root: Path) -> Findings:
    """No Manager, Helper, Utils or server, and no single letters."""
    found = []
    for module in modules(root, *SOURCE_FOLDERS, "start.py"):
        for node, name in _defined_names(module):
            word = next((word for word in plan.NAMES_REFUSED if word in name.lower()), None)
            if word:
                found.append(module.at(node, f"{name}: no {word} here"))
            elif len(name) == 1 and name != "_":
                found.append(module.at(node, f"{name} is a single letter"))
    return found


def _defined_names(module: Module) -> Iterator[tuple[ast.AST | None, str]]:
    yield None, module.name.rpartition(".")[2]
    for node in ast.walk(module.tree):
        if isinstance(node, Definition):
            yield node, node.name
        elif isinstance(node, ast.arg):
            yield node, node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node, node.id


def check_exception_handling(root: Path) -> Findings:
    """Nothing is caught by accident: no bare except, and a broad one tells or raises."""
    found = []
    for module in modules(root, *SOURCE_FOLDERS, "tests", "start.py"):
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ExceptHandler):
                if node.type is None:
                    found.append(module.at(node, "bare except"))
                elif _is_broad(node.type) and not _tells_or_raises(node):
                    found.append(module.at(node, "a broad except that swallows"))
            elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("suppress"):
                if any(_is_broad(argument) for argument in node.args):
                    found.append(module.at(node, "a broad suppress"))
    return found


def _is_broad(kind: ast.expr) -> bool:
    kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    return any(ast.unparse(item) in ("Exception", "BaseException") for item in kinds)


def _tells_or_raises(handler: ast.ExceptHandler) -> bool:
    """Whether the handler raises, logs, fails the test, or hands the exception itself on."""
    for node in (node for statement in handler.body for node in ast.walk(statement)):
        if isinstance(node, ast.Raise):
            return True
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func).rpartition(".")[2]
            handed_on = [item.id for item in node.args if isinstance(item, ast.Name)]
            if called in ("exception", "critical", "error", "fail"):
                return True
            if handler.name in handed_on and called not in dir(builtins):
                return True
    return False


def check_sleep(root: Path) -> Findings:
    """Nobody blocks in `time.sleep`; tests feed clocks instead of letting time pass."""
    found = []
    for module in modules(root, *SOURCE_FOLDERS, "tests", "start.py"):
        found += [
            module.at(node, "time.sleep")
            for node, name in imports(module.tree)
            if name == "time.sleep"
        ]
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.Call):
                continue
            name = ast.unparse(node.func)
            if name == "time.sleep":
                found.append(module.at(node, "time.sleep"))
            elif name == "asyncio.sleep" and module.path.startswith("tests/"):
                pause = node.args[0] if node.args else None
                if isinstance(pause, ast.Constant) and pause.value > 0.05:
                    found.append(module.at(node, "a test that waits for time to pass"))
    return found


def check_print(root: Path) -> Findings:
    """Only the command line and the tools print."""
    return [
        module.at(node, "print")
        for module in modules(root, *SOURCE_FOLDERS, "start.py")
        if not module.path.startswith(PRINTING)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Name) and node.id == "print"
    ]


def check_environment(root: Path) -> Findings:
    """Only the command line reads the environment."""
    return [
        module.at(node, "reads the environment")
        for module in modules(root, "whispr")
        if not _is_in(module.name, plan.READS_ENVIRONMENT)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute | ast.Name)
        and ast.unparse(node).rpartition(".")[2] in ("environ", "environb", "getenv")
    ]


def check_docstrings(root: Path) -> Findings:
    """A module says what it owns; public functions, classes and methods say what they do.

    A method of a class with bases may inherit what is said there; one of a single statement says
    it itself.
    """
    found = []
    for module in modules(root, *SOURCE_FOLDERS, "start.py"):
        if not ast.get_docstring(module.tree):
            found.append(module.at(None, "no module docstring"))
        if module.path.startswith(("whispr/", "tools/")):
            found += [
                module.at(node, f"{node.name} has no docstring")
                for node in _public(module.tree.body)
                if not ast.get_docstring(node)
            ]
    return found


def _public(body: list[ast.stmt]) -> Iterator[Definition]:
    for node in body:
        if isinstance(node, Definition) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef) and not node.bases:
                yield from (
                    method
                    for method in _public(node.body)
                    if len(method.body) > 1
                    and not any("setter" in ast.unparse(item) for item in method.decorator_list)
                )
