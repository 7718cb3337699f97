"""The live page in a real browser: what it shows and does, on a desktop and a phone, by mouse and by keyboard."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from qcaas_sdk import Job, JobState, OqcSdk
from qcaas_sdk.sdk import factory_of
from qcaas_sdk.web import Dashboard
from qcaas_sdk.web.in_process import OwnJobs, numbered_from_0
from qcaas_sdk.web.source import Journaled
from tests.docs.browser import CHROMIUM, DESKTOP, HEIGHTS, PHONE, SCHEMES, browser, need_axe, not_accessible
from tests.support.hostile import NASTY
from tests.support.programs import BELL
from tests.web.campaign import Campaign, busy
from tests.web.pages import journal, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("live page"),
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on this machine"),
]

BROKEN = "Failed to load resource: "
"""What the browser itself says about an answer with an error, or none."""


@pytest.fixture(scope="module")
def chromium() -> Iterator["Browser"]:
    with browser() as started:
        yield started


@contextmanager
def opened(chromium: "Browser", url: str, width: int = DESKTOP, scheme: Any = "light") -> Iterator["Page"]:
    """A page in a window; whatever its scripts complain about fails the test, and so do requests to other hosts."""
    troubles: list[str] = []
    with chromium.new_context(
        viewport={"width": width, "height": HEIGHTS[width]},
        color_scheme=scheme,
        is_mobile=width == PHONE,
        has_touch=width == PHONE,
        device_scale_factor=2 if width == PHONE else 1,
    ) as context:
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda said: troubles.append(said.text) if said.type in {"error", "warning"} else None)
        host = url.split("/")[2]
        page.on("request", lambda sent: None if sent.url.split("/")[2] == host else troubles.append(sent.url))
        page.goto(url)
        page.wait_for_selector("[data-state=live]")
        yield page
        assert [one for one in troubles if not one.startswith(BROKEN)] == []


def text(page: "Page", selector: str) -> str:
    return page.locator(selector).inner_text()


def seen(page: "Page", selector: str, expected: str) -> None:
    """Wait until an element holds a text."""
    from playwright.sync_api import expect

    expect(page.locator(selector)).to_contain_text(expected, timeout=15_000)


def rows(page: "Page") -> list[list[str]]:
    """What the table shows, from top to bottom: number, name, state, tag."""
    read = """() => [...document.querySelectorAll('.body [role=row]')].filter((row) => !row.hidden)
        .sort((one, other) => one.ariaRowIndex - other.ariaRowIndex)
        .map((row) => [...row.querySelectorAll('[role=gridcell]')].slice(0, 4).map((cell) => cell.textContent))"""
    found: list[list[str]] = page.evaluate(read)
    return found


def numbers(page: "Page") -> list[int]:
    return [int(row[0]) for row in rows(page)]


@pytest.fixture
def campaign(tmp_path: Path) -> Iterator[Campaign]:
    with Campaign(tmp_path / "campaign.db") as made:
        made.made(range(1, 4), tag="scan", label="rabi.qasm")
        made.made(range(4, 7), tag="bell", label="bell.qasm", qpu="qpu:jp:3:toshiko")
        made.submitted(range(1, 6), 0.0)
        made.completed([1], 3.0)
        made.failed([2], "the QPU has no gate ccx", 4.0)
        made.write()
        yield made


def test_the_counts_are_live(chromium: "Browser", campaign: Campaign) -> None:
    with serving(journal(campaign.path)) as served, opened(chromium, served.url) as page:
        seen(page, "#ended", "2 of 6 jobs ended")
        assert text(page, "h1") == "20261128-1"
        assert page.locator("#bar").get_attribute("aria-label") == ("1 created, 3 submitted, 1 completed, 1 failed")
        assert page.locator(".node.state-submitted .count").text_content() == "3"
        assert [row[:4] for row in rows(page)][1] == ["2", "rabi.qasm", "failed", "scan"]
        campaign.completed([3, 4], 5.0)
        campaign.write()
        seen(page, "#ended", "4 of 6 jobs ended")
        assert page.locator(".node.state-completed .count").text_content() == "3"
        assert [row[2] for row in rows(page)] == [
            "completed", "failed", "completed", "completed", "submitted", "created",
        ]  # fmt: skip
        seen(page, "#qpus tbody tr:first-child", "qpu:jp:3:toshiko")
        seen(page, "#usage", "5 runs · 5,000 shots")
        campaign.submitted([6], 6.0)
        campaign.running([6], 7.0)
        campaign.write()
        seen(page, ".node.state-running .count", "1")
        assert page.locator("#said").get_attribute("aria-live") == "polite"
        assert text(page, "#said")


def test_the_search_finds_by_tag_state_name_and_error(chromium: "Browser", campaign: Campaign) -> None:
    with serving(journal(campaign.path)) as served, opened(chromium, served.url) as page:
        seen(page, "#ended", "2 of 6")
        for query, found in {
            "tag:scan": [1, 2, 3],
            "state:submitted": [3, 4, 5],
            "name:bell": [4, 5, 6],
            'error:"no gate"': [2],
            "CCX": [2],
            "toshiko submitted": [4, 5],
            "failed": [2],
            campaign.task(5): [5],
            "job:6": [6],
            "http://x": [],
            "tag:": [1, 2, 3, 4, 5, 6],
            "": [1, 2, 3, 4, 5, 6],
        }.items():
            page.locator("#search").fill(query)
            assert numbers(page) == found, query
            assert text(page, "#found") == ("" if len(found) == 6 else f"{len(found)} of 6 jobs")
            assert page.locator(".nothing").is_visible() is (not found)
        page.get_by_role("button", name="failed").click()
        page.get_by_role("button", name="created").click()
        assert numbers(page) == [2, 6]
        page.locator("#search").fill("bell")
        assert numbers(page) == [6]
        campaign.submitted([6], 9.0)
        campaign.write()
        page.wait_for_selector(".nothing:not([hidden])")
        page.get_by_role("button", name="created").click()
        page.get_by_role("button", name="failed").click()
        page.locator("#search").fill("")
        page.get_by_label("Order").select_option("latest")
        assert numbers(page)[0] == 6


def test_one_job(chromium: "Browser", campaign: Campaign) -> None:
    with serving(journal(campaign.path)) as served, opened(chromium, served.url) as page:
        seen(page, "#ended", "2 of 6")
        page.locator("#row-1").click()
        seen(page, "#job h2", "Job 1 completed")
        assert page.evaluate("document.activeElement.tagName") == "H2"
        assert [line.split() for line in page.locator(".counts tbody tr").all_inner_texts()] == [
            ["11", "511", "51.1", "%"],
            ["00", "489", "48.9", "%"],
        ]
        assert "cx q[0], q[1];" in text(page, "#job pre")
        assert page.locator(".history li").count() == 2
        assert "Steps: 1. created to submitted by submit" in (
            page.locator("#job svg.picture").get_attribute("aria-label") or ""
        )
        page.get_by_role("link", name="All jobs").click()
        seen(page, "#ended", "2 of 6")
        page.goto(f"{served.url}#/job/3")
        seen(page, "#job h2", "Job 3 submitted")
        campaign.failed([3], "out of shots", 8.0)
        campaign.write()
        seen(page, "#job h2", "failed")
        seen(page, "#job .error", "out of shots")
        page.goto(f"{served.url}#/job/77")
        seen(page, "#job", "there is no such job")


@pytest.mark.parametrize(("width", "scheme"), [(DESKTOP, "light"), (PHONE, "dark")])
def test_one_composite(chromium: "Browser", campaign: Campaign, width: int, scheme: str) -> None:
    need_axe()
    campaign.composed(8, [2, 3, 4, 5], "the scan")
    campaign.write()
    with serving(journal(campaign.path)) as served, opened(chromium, served.url, width, scheme) as page:
        page.get_by_role("link", name="the scan").click()
        seen(page, "#composite h2", "Composite 8 running")
        assert page.evaluate("document.activeElement.tagName") == "H2"
        seen(page, "#composite p.name", "the scan · 4 jobs")
        seen(page, "#composite .facts dd:nth-of-type(5)", "1")
        campaign.failed([4], "out of shots", 9.0)
        campaign.write()
        seen(page, "#composite .facts dd:nth-of-type(5)", "2")
        assert page.locator("#composite svg").count() == 2
        assert not not_accessible(page)
        page.get_by_role("link", name="All jobs").click()
        seen(page, "#ended", "of 6")
        page.goto(f"{served.url}#/composite/99")
        seen(page, "#composite", "there is no such composite")


@pytest.mark.parametrize(
    ("kind", "number", "answer"), [("composite", 99, "no such composite"), ("job", 3, "Job 3 running")]
)
def test_a_reading_that_is_overtaken_by_the_next_one_is_not_missed(
    chromium: "Browser", campaign: Campaign, kind: str, number: int, answer: str
) -> None:
    held: list[Route] = []

    def until_there_are_two(route: "Route") -> None:
        held.append(route)
        if len(held) == 2:
            for one in reversed(held):
                one.continue_()

    with serving(journal(campaign.path)) as served, opened(chromium, served.url) as page:
        seen(page, "#ended", "2 of 6")
        page.route(f"**/api/{kind}s/{number}", until_there_are_two)
        with page.expect_request(f"**/api/{kind}s/{number}"):
            page.goto(f"{served.url}#/{kind}/{number}")
        campaign.running([3], 6.0)
        campaign.write()
        seen(page, f"#{kind}", answer)
        assert page.evaluate("document.activeElement.tagName") == "H2"


def test_it_is_used_by_keyboard(chromium: "Browser", campaign: Campaign) -> None:
    with serving(journal(campaign.path)) as served, opened(chromium, served.url) as page:
        seen(page, "#ended", "2 of 6")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        page.wait_for_selector("#jobs-title:focus")
        for _ in range(12):
            page.keyboard.press("Tab")
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", page.evaluate("document.activeElement.outerHTML")
            if page.evaluate("document.activeElement.id") == "grid":
                break
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowUp")
        assert page.locator("#grid").get_attribute("aria-activedescendant") == "row-2"
        page.keyboard.press("Enter")
        seen(page, "#job h2", "Job 2 failed")
        page.go_back()
        page.wait_for_selector("#grid:focus")
        page.keyboard.press("End")
        assert page.locator("#grid").get_attribute("aria-activedescendant") == "row-6"


def test_ten_thousand_jobs_are_few_elements(chromium: "Browser", tmp_path: Path) -> None:
    with (
        busy(tmp_path / "campaign.db") as campaign,
        serving(journal(campaign.path)) as served,
    ):
        campaign.write()
        with opened(chromium, served.url) as page:
            seen(page, "#ended", "8,000 of 10,000 jobs ended")
            assert page.locator("#grid").get_attribute("aria-rowcount") == "10001"
            page.locator("#grid").focus()
            page.keyboard.press("End")
            assert numbers(page)[-1] == 9999
            page.locator("#search").fill("state:cancelled")
            assert text(page, "#found") == "26 of 10,000 jobs"
            assert page.evaluate("document.querySelectorAll('*').length") < 1000


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_axe_finds_nothing_serious(chromium: "Browser", campaign: Campaign, width: int) -> None:
    need_axe()
    with serving(journal(campaign.path)) as served, opened(chromium, served.url, width) as page:
        seen(page, "#ended", "2 of 6")
        seen(page, "#usage", "5 runs")  # submitted, as usage() counts them
        for view, ready in {"#/": "#grid", "#/job/1": "#job .counts", "#/job/2": "#job .error"}.items():
            page.evaluate("(view) => { location.hash = view; }", view)
            page.wait_for_selector(ready)
            for scheme in SCHEMES:
                page.emulate_media(color_scheme=scheme)
                assert not_accessible(page) == [], (view, scheme)


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_nothing_is_cut_off(chromium: "Browser", campaign: Campaign, width: int) -> None:
    campaign.made([7], tag="w" * 300, label="long name " * 40, qpu="q" * 200)
    campaign.submitted([7])
    campaign.failed([7], "m" * 3000)
    campaign.write()
    with serving(journal(campaign.path)) as served, opened(chromium, served.url, width) as page:
        seen(page, "#ended", "3 of 7")
        for view, ready in {"#/": "#grid", "#/job/1": "#job .counts", "#/job/7": "#job .error"}.items():
            page.evaluate("(view) => { location.hash = view; }", view)
            page.wait_for_selector(ready)
            assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), view


def test_on_a_phone_the_chart_stands_and_a_job_is_a_card(chromium: "Browser", campaign: Campaign) -> None:
    with serving(journal(campaign.path)) as served, opened(chromium, served.url, PHONE) as page:
        seen(page, "#ended", "2 of 6")
        box = page.locator("#chart svg").bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= PHONE
        smallest = page.evaluate(
            "Math.min(...[...document.querySelectorAll('#chart text')]"
            ".filter((text) => text.textContent.trim()).map((text) => text.getBoundingClientRect().height))"
        )
        assert smallest >= 9.5
        page.locator("#row-2").tap()
        seen(page, "#job h2", "Job 2 failed")


def test_light_and_dark(chromium: "Browser", campaign: Campaign) -> None:
    grounds = {}
    with serving(journal(campaign.path)) as served:
        for scheme in ("light", "dark"):
            with opened(chromium, served.url, DESKTOP, scheme) as page:
                seen(page, "#ended", "2 of 6")
                read = "(name) => getComputedStyle(document.querySelector(name)).getPropertyValue('background-color')"
                grounds[scheme] = [page.evaluate(read, name) for name in ("body", ".card", "#grid .heads")]
    assert all(one != other for one, other in zip(grounds["light"], grounds["dark"], strict=True))


def test_foreign_text_is_text(chromium: "Browser", tmp_path: Path) -> None:
    image = (
        "<img src=x onerror=window.broken=1><script>window.broken=1</script><a href=javascript:window.broken=1>x</a>"
    )
    texts = [image, *(one.encode(errors="replace").decode() for one in NASTY)]
    with Campaign(tmp_path / "campaign.db") as campaign:
        for number, one in enumerate(texts, 1):
            campaign.made([number], tag=one, label=one, qpu=f"q{one}", program=f"OPENQASM 2.0; // {one}")
            campaign.submitted([number])
        campaign.failed(range(1, len(texts)), image)
        campaign.completed([len(texts)], data={image: {"0": 1}, "other": {"1": 2}})
        campaign.write()
        with serving(journal(campaign.path)) as served, opened(chromium, served.url) as page:
            seen(page, "#ended", f"{len(texts)} of {len(texts)}")
            assert rows(page)[0][1] == image
            assert rows(page)[0][3] == image
            for number in (1, 2, len(texts)):
                page.evaluate("(number) => { location.hash = `#/job/${number}`; }", number)
                seen(page, "#job h2", f"Job {number}")
                assert "OPENQASM 2.0;" in text(page, "#job pre")
                assert page.evaluate("window.broken") is None
                assert page.locator("#job img, #job script, #job a:not(.back a)").count() == 0
            seen(page, "#job caption >> nth=0", image)
            assert page.evaluate("document.querySelectorAll('script').length") == 1


def test_a_server_that_comes_back_is_found_again(chromium: "Browser", campaign: Campaign) -> None:
    with serving(journal(campaign.path)) as served:
        port = int(served.url.split(":")[2].rstrip("/"))
        with opened(chromium, served.url) as page:
            seen(page, "#ended", "2 of 6")
            served.stop()
            page.wait_for_selector("[data-state=lost]")
            assert text(page, "#ended") == "2 of 6 jobs ended", "what it knew stays"
            campaign.completed([3], 9.0)
            campaign.write()
            with serving(journal(campaign.path, port)):
                page.wait_for_selector("[data-state=live]")
                seen(page, "#ended", "3 of 6 jobs ended")


def test_jobs_are_changed_with_the_token_and_only_looked_at_without(chromium: "Browser", tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    jobs: list[Job] = []

    @asynccontextmanager
    async def serve() -> AsyncIterator[Dashboard]:
        async with OqcSdk.local(journal=path) as sdk:
            jobs.extend(sdk.create_job(program=BELL) for _ in range(2))
            dashboard = Dashboard(
                Journaled(path, "mine"), handles=OwnJobs(numbered_from_0(factory_of(sdk).recovery.job))
            )
            yield dashboard
            dashboard.close()

    with serving(serve) as served:
        plain = served.url.partition("?")[0]
        with opened(chromium, plain) as page:
            seen(page, "#service", "read-only here")
            page.goto(f"{plain}#/job/0")
            seen(page, "#job h2", "Job 0 created")
            assert page.locator("#job button").count() == 0
            refused = page.evaluate("fetch('/api/jobs/0/cancel', {method: 'POST'}).then((answer) => answer.status)")
            assert refused == 403
        with opened(chromium, served.url) as page:
            assert page.url == plain, "the token does not stay in the address"
            seen(page, "#service", "this page may change jobs")
            assert page.evaluate("document.cookie") == ""
            page.goto(f"{plain}#/job/0")
            page.get_by_role("button", name="Cancel").click()
            assert "If it finishes first, its result is kept." in text(page, "#ask")
            page.get_by_role("button", name="Back").click()
            assert jobs[0].state is JobState.CREATED
            page.get_by_role("button", name="Cancel").click()
            page.get_by_role("button", name="Cancel the job").click()
            seen(page, "#job h2", "cancelled")
            page.get_by_role("button", name="Run again").click()
            assert "paid for" in text(page, "#ask")
            page.get_by_role("button", name="Run it again").click()
            seen(page, "#job h2", "completed")
            seen(page, "#job .counts", "1,000 shots")
            page.goto(f"{plain}#/job/1")
            page.get_by_role("button", name="Continue").focus()
            page.keyboard.press("Enter")
            page.locator("#ask-yes").focus()
            page.keyboard.press("Enter")
            seen(page, "#job h2", "Job 1 completed")
        with chromium.new_context() as context:
            other = context.new_page()
            other.goto(served.url)
            assert "works once" in other.inner_text("body")
    assert [job.state for job in jobs] == [JobState.COMPLETED] * 2
