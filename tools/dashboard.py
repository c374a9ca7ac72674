"""The Grafana dashboard of `deploy/grafana/whispr.json`, of the panels in `dashboard.toml`.

`tools/gen_docs.py` writes the file from here, and its `--check` notices when one was edited.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TITLE, IDENTIFIER = "Whispr relays", "whispr-relays"
COLUMNS, HEIGHT = 24, 8
CHOSEN = 'job="$job", instance=~"$instance"'
PANELS = Path(__file__).with_name("dashboard.toml")


@dataclass(frozen=True, slots=True)
class Panel:
    """One picture: `targets` are expressions with their legends."""

    title: str
    text: str
    """What a reader should see in it."""
    targets: Sequence[tuple[str, str]]
    unit: str = "short"
    kind: str = "timeseries"
    width: int = 8
    stacked: bool = False
    thresholds: Sequence[float] = ()


def rows() -> list[tuple[str, list[Panel]]]:
    """The rows with their panels, as `dashboard.toml` declares them."""
    declared = tomllib.loads(PANELS.read_text(encoding="utf-8"))["row"]
    return [(row["title"], [_read(panel) for panel in row["panel"]]) for row in declared]


def _read(declared: dict[str, Any]) -> Panel:
    targets = [
        (expression.replace("@", CHOSEN), legend) for expression, legend in declared["targets"]
    ]
    return Panel(**{**declared, "targets": targets})


ANNOTATIONS = (("Starts", f"changes(process_start_time_seconds{{{CHOSEN}}}[2m]) > 0"),)


def expressions() -> Iterator[str]:
    """Every expression of the dashboard, variables as they stand in it."""
    for _, panels in rows():
        for panel in panels:
            yield from (expression for expression, _ in panel.targets)
    yield from (expression for _, expression in ANNOTATIONS)


def dashboard_json() -> str:
    """The whole file."""
    return json.dumps(_dashboard(), indent=1, ensure_ascii=False) + "\n"


def _dashboard() -> dict[str, object]:
    source = {"type": "prometheus", "uid": "${datasource}"}
    return {
        "title": TITLE,
        "uid": IDENTIFIER,
        "description": "Made by tools/dashboard.py; edit there.",
        "schemaVersion": 38,
        "version": 1,
        "editable": True,
        "refresh": "30s",
        "time": {"from": "now-24h", "to": "now"},
        "timezone": "browser",
        "tags": ["whispr"],
        "annotations": {
            "list": [
                {"name": name, "datasource": source, "enable": True, "expr": expression}
                for name, expression in ANNOTATIONS
            ]
        },
        "templating": {"list": list(_variables(source))},
        "panels": list(_panels(source)),
    }


def _variables(source: dict[str, str]) -> Iterator[dict[str, object]]:
    yield {"name": "datasource", "type": "datasource", "query": "prometheus"}
    yield {
        "name": "job",
        "type": "query",
        "datasource": source,
        "query": "label_values(whispr_build_info, job)",
        "refresh": 2,
    }
    yield {
        "name": "instance",
        "type": "query",
        "datasource": source,
        "query": 'label_values(whispr_build_info{job="$job"}, instance)',
        "refresh": 2,
        "multi": True,
        "includeAll": True,
        "allValue": ".*",
        "current": {"text": "All", "value": "$__all"},
    }


def _panels(source: dict[str, str]) -> Iterator[dict[str, object]]:
    identifier, top = 0, 0
    for title, panels in rows():
        identifier += 1
        place: dict[str, int] = {"h": 1, "w": COLUMNS, "x": 0, "y": top}
        yield {"id": identifier, "type": "row", "title": title, "gridPos": place, "panels": []}
        top, left = top + 1, 0
        height = HEIGHT if panels[0].kind != "stat" else HEIGHT // 2
        for panel in panels:
            identifier += 1
            if left + panel.width > COLUMNS:
                top, left = top + height, 0
            place = {"h": height, "w": panel.width, "x": left, "y": top}
            left += panel.width
            yield {"id": identifier, "gridPos": place, **_panel(panel, source)}
        top += height


def _panel(panel: Panel, source: dict[str, str]) -> dict[str, object]:
    steps: list[dict[str, object]] = [{"color": "green", "value": None}]
    colours = ("orange", "red")
    steps += [
        {"color": colour, "value": value}
        for colour, value in zip(colours, panel.thresholds, strict=False)
    ]
    custom = {"stacking": {"mode": "normal"}, "fillOpacity": 30} if panel.stacked else {}
    return {
        "type": panel.kind,
        "title": panel.title,
        "description": panel.text,
        "datasource": source,
        "fieldConfig": {
            "defaults": {
                "unit": panel.unit,
                "min": 0,
                "custom": custom,
                "thresholds": {"mode": "absolute", "steps": steps},
            },
            "overrides": [],
        },
        "options": {"calculate": False} if panel.kind == "heatmap" else {},
        "targets": [
            {
                "refId": chr(ord("A") + index),
                "datasource": source,
                "expr": expression,
                "legendFormat": legend,
                "format": "heatmap" if panel.kind == "heatmap" else "time_series",
                # Figures of an hour or a day are those of now.
                "instant": panel.kind == "stat",
            }
            for index, (expression, legend) in enumerate(panel.targets)
        ],
    }
