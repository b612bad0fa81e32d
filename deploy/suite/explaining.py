"""`siyu explain`: why something is so, at the terminal."""

from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
import uvloop
from rich.console import Console

from deploy.suite import explain as why
from deploy.suite.demo import office_file
from shared.settings import Settings
from shared.words import Language


def explain(
    what: Annotated[why.What, typer.Argument(help="what is asked about")],
    its_id: Annotated[UUID, typer.Argument(metavar="ID", help="its id; of a split: the ticket's")],
    credential: Annotated[
        Path | None,
        typer.Option(help="file with the body of a request for a token; the demo's head office if left out"),
    ] = None,
    url: Annotated[str | None, typer.Option(help="where the suite answers; this machine if left out")] = None,
    language: Annotated[Language, typer.Option(help="the language of the answer")] = "en",
) -> None:
    """Say why a coupon, points, a share, a reward or a membership is here, back to the ticket or scan it came of."""
    now = Settings()
    address = url or f"http://127.0.0.1:{now.port}"
    console = Console()
    try:
        grant = why.read_credential(credential or office_file(now.home))
        console.print(uvloop.run(why.explain(address, grant, language, what, its_id)).tree())
    except why.Unexplained as error:
        console.print(str(error), style="bold red")
        raise typer.Exit(1) from error
