"""Headless chromium."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, sync_playwright

WAIT_SECONDS = 60
"""How long a page may take: a first load takes 13 s on a quiet machine."""

_QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def chromium() -> str | None:
    """Path of the installed chromium, if there is one."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


@contextmanager
def open_page(url: str, width: int = 1600, height: int = 1000) -> Iterator[Page]:
    """A page at `url`, of a browser that lives as long as the body runs."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=_QUIET)
        page = browser.new_page(base_url=url, viewport={"width": width, "height": height})
        page.set_default_timeout(WAIT_SECONDS * 1000)
        yield page
        browser.close()
