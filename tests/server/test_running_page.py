"""What operators read is what the server does."""

import re

from server.cli import app
from server.running_page import PAGE, fresh
from server.settings import Settings


def test_the_tables_of_the_page_are_fresh() -> None:
    page = PAGE.read_text()
    assert fresh(page) == page, "run `python -m server.running_page`"


def test_every_setting_is_in_the_page() -> None:
    page = PAGE.read_text()
    assert len(Settings.model_fields) > 15
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert f"`HEARTH_{name.upper()}`" in page


def test_no_setting_is_in_the_page_that_is_not_there() -> None:
    named = set(re.findall(r"HEARTH_([A-Z_]+[A-Z])", PAGE.read_text()))
    assert named <= {name.upper() for name in Settings.model_fields}


def test_every_command_is_in_the_page() -> None:
    names = [command.name for command in app.registered_commands]
    assert len(names) >= 6
    page = PAGE.read_text()
    for name in names:
        assert f"`hearth {name}" in page, name
