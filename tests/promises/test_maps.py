"""The maps of the flows and of the demo have every module, and no other."""

from pathlib import Path

from bot import demo, flows


def _drawn(doc: str | None) -> list[str]:
    return sorted(line.split()[0] for line in (doc or "").splitlines() if line.startswith("    "))


def test_every_flow_is_on_the_map_once_and_nothing_else_is() -> None:
    modules = {each.stem for each in Path(flows.__file__).parent.glob("*.py")} - {"__init__"}
    assert _drawn(flows.__doc__) == sorted(modules)


def test_every_module_of_the_demo_is_on_its_map_once_and_nothing_else_is() -> None:
    folder = Path(demo.__file__).parent
    modules = [
        ".".join(each.relative_to(folder).with_suffix("").parts)
        for each in folder.rglob("*.py")
        if each.name != "__init__.py"
    ]
    assert _drawn(demo.__doc__) == sorted(modules)
