"""The documentation pages, whole without the internet: their script and style come from here, not from a CDN."""

from collections.abc import Mapping
from pathlib import Path

import fastapi_offline
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.app import Service

ASSETS = Path(fastapi_offline.__file__).with_name("static")


class Documents:
    """Stands before the gateway: answers `/<service>/docs` and `/assets/…`, and lets everything else through."""

    def __init__(self, services: Mapping[str, Service], gateway: ASGIApp) -> None:
        self._gateway = gateway
        self._pages = {f"/{_spoken(name)}/docs": _page(name, service) for name, service in services.items()}
        self._assets = StaticFiles(directory=ASSETS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            await self._gateway(scope, receive, send)
        elif (page := self._pages.get(scope["path"])) is not None:
            await page(scope, receive, send)
        elif scope["path"].startswith("/assets/"):
            await self._assets({**scope, "path": scope["path"].removeprefix("/assets")}, receive, send)
        else:
            await self._gateway(scope, receive, send)


def _page(name: str, service: Service) -> Response:
    return get_swagger_ui_html(
        openapi_url=f"/{_spoken(name)}/openapi.json",
        title=f"Siyu · {service.title}",
        swagger_js_url="/assets/swagger-ui-bundle.js",
        swagger_css_url="/assets/swagger-ui.css",
        swagger_favicon_url="/assets/favicon.png",
    )


def _spoken(name: str) -> str:
    return name.replace("_", "-")
