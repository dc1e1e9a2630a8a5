"""Writes the tables of `docs/running.md` from the settings and metrics: `python -m server.running_page`."""

import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

from prometheus_client.metrics_core import Metric
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from server.settings import Settings
from server.telemetry import Metrics

PAGE = Path(__file__).resolve().parent.parent / "docs" / "running.md"


def settings_table() -> str:
    """Every setting with its default and its meaning."""
    rows = [
        f"| `HEARTH_{name.upper()}` | {_default(field)} | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    return "\n".join(["| setting | default | meaning |", "|---|---|---|", *rows])


def _default(field: FieldInfo) -> str:
    if field.default_factory is not None:
        made = field.get_default(call_default_factory=True, validated_data={})
    else:
        made = field.get_default()
    match made:
        case StrEnum():
            said = made.value
        case SecretStr():
            said = ""
        case bool():
            said = str(made).lower()
        case float():
            said = f"{made:g}"
        case tuple():
            said = ",".join(made)
        case _:
            said = str(made)
    return f"`{said}`" if said else "none"


def metrics_table() -> str:
    """Every number of ours with its labels and its meaning."""
    rows = [
        f"| `{found.name}{'_total' if found.type == 'counter' else ''}` | {found.type} | {found.documentation} |"
        for found in _ours()
    ]
    return "\n".join(["| number | kind | meaning |", "|---|---|---|", *sorted(rows)])


def _ours() -> Iterator[Metric]:
    return (found for found in Metrics().registry.collect() if found.name.startswith("hearth_"))


def fresh(page: str) -> str:
    """The page with its tables as they should be."""
    for name, table in (("settings", settings_table()), ("metrics", metrics_table())):
        begin, end = f"<!-- {name}: written by python -m server.running_page -->", f"<!-- end of {name} -->"
        place = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
        if not place.search(page):
            raise ValueError(f"the page has no place for its {name}")
        inside = f"{begin}\n\n{table}\n\n{end}"
        page = place.sub(lambda _: inside, page)  # noqa: B023 - used at once
    return page


if __name__ == "__main__":
    PAGE.write_text(fresh(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
