"""`make screenshots`: every page of the built site as a picture, for people to look at."""

import sys
from pathlib import Path

from tests.docs.browser import CHROMIUM, DESKTOP, PHONE, browser, pages, sticking_out, window


def main(site: Path, folder: Path) -> int:
    """Take the pictures; the exit code says whether something sticks out of a page."""
    if CHROMIUM is None:
        print(
            "there is no chromium on this machine: install it first (Debian: apt-get install chromium)",
            file=sys.stderr,
        )
        return 2
    troubles = 0
    with browser() as chromium:
        for width, size in ((DESKTOP, "desktop"), (PHONE, "phone")):
            for scheme in ("light", "dark"):
                with window(chromium, width, scheme) as page:
                    for file in pages(site):
                        page.goto(file.as_uri())
                        name = "-".join(file.relative_to(site).with_suffix("").parts)
                        picture = folder / f"{size}-{scheme}" / f"{name}.png"
                        picture.parent.mkdir(parents=True, exist_ok=True)
                        page.screenshot(path=picture, full_page=True)
                        for out in sticking_out(page):
                            print(f"{picture}: {out}", file=sys.stderr)
                            troubles += 1
    print(f"{len(list(folder.rglob('*.png')))} pictures in {folder}")
    return 1 if troubles else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve(), Path(sys.argv[2])))
