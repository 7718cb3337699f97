"""`make screenshots`: the live page as a picture, on a desktop and a phone, light and dark. Needs chromium.

python -m tests.web.screenshots FOLDER          all views
python -m tests.web.screenshots FOLDER --docs   those of the documentation
"""

import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from qcaas_sdk._base.clock import SystemClock
from qcaas_sdk.web import Dashboard
from qcaas_sdk.web.source import Journaled
from tests.docs.browser import CHROMIUM, DESKTOP, HEIGHTS, PHONE, browser
from tests.web.campaign import BEGIN, busy
from tests.web.pages import Serve, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, FloatRect, Page

NOW = BEGIN + timedelta(seconds=136)
VIEWS = {"all": ("#/", "#grid .body [role=row]"), "job": ("#/job/40", ".counts"), "failed": ("#/job/102", ".error")}
DOCS = {"live-page": ("all", 1330), "live-page-job": ("job", 1010)}
"""Name, view, and how much of it is shown."""


class Stopped(SystemClock):
    """A clock whose time of day is always the same, so that a picture is too."""

    def wall(self) -> datetime:
        """The moment of the picture."""
        return NOW


def page_of(path: Path) -> Serve:
    @asynccontextmanager
    async def serve() -> AsyncIterator[Dashboard]:
        dashboard = Dashboard(Journaled(path, "20261128-1159-a3f2"), clock=Stopped())
        yield dashboard
        dashboard.close()

    return serve


@contextmanager
def shown(chromium: "Browser", url: str, width: int, scheme: str, view: str) -> Iterator["Page"]:
    with chromium.new_context(
        viewport={"width": width, "height": HEIGHTS[width]},
        color_scheme="dark" if scheme == "dark" else "light",
        is_mobile=width == PHONE,
        device_scale_factor=2 if width == PHONE else 1,
        reduced_motion="reduce",
        timezone_id="UTC",
        locale="en-GB",
    ) as context:
        page = context.new_page()
        page.clock.set_fixed_time(NOW)
        hash_, ready = VIEWS[view]
        page.goto(url + hash_)
        page.wait_for_selector(ready)
        page.wait_for_selector("[data-state=live]")
        if view == "all":
            page.wait_for_selector("#usage:not(:empty)")
        yield page


def saved(picture: bytes, file: Path) -> None:
    """With a palette, which makes it a third as large."""
    Image.open(BytesIO(picture)).convert("RGB").quantize(128, dither=Image.Dither.NONE).save(file, optimize=True)
    print(file)


def main(folder: Path, *, docs: bool) -> int:
    """Take the pictures."""
    if CHROMIUM is None:
        print("there is no chromium: apt-get install chromium", file=sys.stderr)
        return 2
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "campaign.db"
        with busy(path) as campaign, serving(page_of(path)) as served, browser() as chromium:
            campaign.write()
            if docs:
                for name, (view, high) in DOCS.items():
                    with shown(chromium, served.url, DESKTOP, "light", view) as page:
                        clip: FloatRect = {"x": 0, "y": 0, "width": DESKTOP, "height": high}
                        saved(page.screenshot(full_page=True, clip=clip), folder / f"{name}.png")
                return 0
            for width, size in ((DESKTOP, "desktop"), (PHONE, "phone")):
                for scheme in ("light", "dark"):
                    for view in VIEWS:
                        with shown(chromium, served.url, width, scheme, view) as page:
                            saved(page.screenshot(full_page=True), folder / f"live-page-{view}-{size}-{scheme}.png")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), docs="--docs" in sys.argv))
