"""What the wiring joins by name is complete."""

import pytest

from bot.alerting.kinds import KINDS
from bot.model import CardKind
from bot.wiring import VIEWS
from bot.wiring.drawings import DRAWINGS


@pytest.mark.parametrize("kind", CardKind)
def test_every_kind_of_card_has_its_view_and_its_drawing(kind: CardKind) -> None:
    row = KINDS[kind]
    assert row.view in VIEWS
    assert row.drawing in DRAWINGS


def test_no_view_and_no_drawing_is_of_no_kind() -> None:
    assert {row.view for row in KINDS.values()} == set(VIEWS)
    assert {row.drawing for row in KINDS.values()} == set(DRAWINGS)
