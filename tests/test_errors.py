from __future__ import annotations

import inspect
import pickle
import re

import pytest

from whispr import errors

CLASSES = [
    item
    for _name, item in inspect.getmembers(errors, inspect.isclass)
    if item.__module__ == errors.__name__
]


def required_arguments(error_class: type[errors.WhisprError]) -> dict[str, object]:
    """Values for every keyword that the class knows beyond its message."""
    parameters = inspect.signature(error_class.__init__).parameters.values()
    named = [item.name for item in parameters if item.kind is inspect.Parameter.KEYWORD_ONLY]
    return dict.fromkeys(named, 7)


def tree_of_docstring() -> list[tuple[int, str]]:
    """Depth and name of each class that the docstring draws, in order."""
    assert errors.__doc__
    lines = (re.match(r"([│ ├└─]*)(\w+Error)\b", line) for line in errors.__doc__.splitlines())
    return [(len(match[1]) // 4, match[2]) for match in lines if match]


def tree_of_classes(root: type[errors.WhisprError], depth: int = 0) -> list[tuple[int, str]]:
    """The same from the classes; subclasses come in the order of their definition."""
    tree = [(depth, root.__name__)]
    for child in root.__subclasses__():
        if child.__module__ == errors.__name__:
            tree += tree_of_classes(child, depth + 1)
    return tree


def test_docstring_is_the_tree() -> None:
    assert tree_of_docstring() == tree_of_classes(errors.WhisprError)


def test_tree_holds_every_class_of_the_module() -> None:
    drawn = [name for _depth, name in tree_of_docstring()]
    assert sorted(drawn) == sorted(item.__name__ for item in CLASSES)
    assert len(drawn) > 40


@pytest.mark.parametrize("error_class", CLASSES)
def test_class_belongs_to_the_family(error_class: type[errors.WhisprError]) -> None:
    assert issubclass(error_class, errors.WhisprError)
    assert error_class.__name__.endswith("Error")
    assert not hasattr(__builtins__, error_class.__name__)
    assert error_class.__doc__
    assert error_class.__bases__[0].__module__ in (errors.__name__, "builtins")


@pytest.mark.parametrize("error_class", CLASSES)
def test_error_is_its_message(error_class: type[errors.WhisprError]) -> None:
    assert str(error_class("no such thing", **required_arguments(error_class))) == "no such thing"


@pytest.mark.parametrize("error_class", CLASSES)
def test_error_survives_a_copy(error_class: type[errors.WhisprError]) -> None:
    original = error_class("no such thing", **required_arguments(error_class))
    copy = pickle.loads(pickle.dumps(original))
    assert type(copy) is error_class
    assert (str(copy), vars(copy)) == (str(original), vars(original))


def test_extra_facts_are_kept() -> None:
    assert errors.UnknownFrameError("new", request_id=9).request_id == 9
    assert errors.RateLimitedError("slow", retry_after_ms=500).retry_after_ms == 500
    assert errors.RateLimitedError().retry_after_ms == 0
    assert errors.WrongPinError("no", wait_seconds=2.5).wait_seconds == 2.5
