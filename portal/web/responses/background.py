"""Forms that a page sends in the background, so that a lost network takes nothing of what was typed."""

from flask import Flask, Response, request

_REDIRECTS = {301, 302, 303}
_BOOSTED = "HX-Boosted"
"""What htmx says of a form with hx-boost (`form_page(…, resilient=True)`)."""


def init_background(app: Flask) -> None:
    """Let the browser itself go on to the next page after such a form.

    Left alone, htmx follows a redirect and takes over the next page's body alone, which then stands there without its
    own style and scripts. What comes back with errors is the same page again and stays in place.
    """

    @app.after_request
    def go_on(response: Response) -> Response:
        if request.headers.get(_BOOSTED) and response.status_code in _REDIRECTS:
            response.headers["HX-Redirect"] = response.headers.pop("Location")
            response.status_code = 204
            response.set_data(b"")
        return response
