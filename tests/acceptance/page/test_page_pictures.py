"""Pictures of every view in both colours, wide and narrow, for somebody to look at."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.acceptance.page.conftest import Api
from tests.acceptance.page.rooms import fill, settle
from tests.support.browser import Window

pytestmark = [pytest.mark.browser, pytest.mark.campaign]
WIDTHS = (360, 1280)
SMALLEST = 5_000  # bytes: a picture of nothing has fewer


@pytest.mark.timeout(600)
def test_every_view_has_its_pictures(alice: Window, api: Api, tmp_path: Path) -> None:
    """They are left in the folder that BARBICAN_TEST_PICTURES names."""
    folder = Path(os.environ.get("BARBICAN_TEST_PICTURES", tmp_path))
    taken = []
    for place, heading in fill(api, "a name", "x").items():
        alice.go(place, heading)
        settle(alice)
        for width in WIDTHS:
            alice.page.set_viewport_size({"width": width, "height": 800})
            for colours in ("light", "dark"):
                alice.page.evaluate(f"document.documentElement.dataset.theme = '{colours}'")
                path = folder / f"{place.replace('/', '-')}-{width}-{colours}.png"
                alice.page.screenshot(path=path, full_page=True)
                taken.append(path)
    assert len(taken) > 60
    assert all(path.stat().st_size > SMALLEST for path in taken)
