"""Going from page to page as a reader does: the next page is there before it is looked at."""

from playwright.sync_api import Locator


def follow(link: Locator) -> None:
    """Click a link, or a button that sends a form, and wait until the page it leads to is there.

    A click alone does not wait for it: what is counted at once may be the page in between.
    """
    with link.page.expect_navigation():
        link.click()
