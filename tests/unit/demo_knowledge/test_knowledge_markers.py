from bot.demo.knowledge.answers.text import bare, linked, marker, raw, unmarked

TEXT = f"Twenty days.{marker(1)} Ask early.{marker(12)}"


def test_bare_markers_are_numbers() -> None:
    assert bare(TEXT) == "Twenty days. [1] Ask early. [12]"


def test_linked_markers_lead_to_their_source() -> None:
    assert linked(TEXT, {1: "http://x/record/a"}) == "Twenty days. [1](http://x/record/a) Ask early. [12]"


def test_raw_markers_are_those_of_a_model() -> None:
    assert raw(TEXT) == "Twenty days. [source](ref1) Ask early. [source](ref12)"


def test_unmarked_text_has_none() -> None:
    assert unmarked(TEXT) == "Twenty days. Ask early."
