"""The map of the flows has every module, and no other."""

from pathlib import Path

from bot import flows


def test_every_flow_is_on_the_map_once_and_nothing_else_is() -> None:
    drawn = [line.split()[0] for line in (flows.__doc__ or "").splitlines() if line.startswith("    ")]
    modules = {each.stem for each in Path(flows.__file__).parent.glob("*.py")} - {"__init__"}
    assert sorted(drawn) == sorted(modules)
