"""The dashboards' server: `streamlit run dashboards/server.py`. It serves app.py, the sign-in page and the headers.

Belongs here: what surrounds the pages on the way to the browser. Does not belong here: a page, or who may see it.
"""

import secrets
from typing import Any

import streamlit as st
from starlette.middleware import Middleware

from dashboards.front_door import ROUTES, FrontDoor
from dashboards.public import proof
from hub.settings import Settings, load


def secrets_of(settings: Settings) -> dict[str, Any]:
    """Return what Streamlit's `st.login` needs, from the settings: nothing of it is ever written into a file.

    The cookies that tell who came from the provider are signed by a key of this process: a restart signs them out.
    """
    if not settings.has_oidc:
        return {}
    return {
        "auth": {
            "redirect_uri": settings.oidc_redirect_uri,
            "cookie_secret": secrets.token_hex(32),
            "client_id": settings.oidc_client_id,
            "client_secret": settings.oidc_client_secret,
            "server_metadata_url": settings.oidc_metadata_url,
        }
    }


app = st.App(
    "app.py", routes=[*ROUTES, *proof.ROUTES], middleware=[Middleware(FrontDoor)], secrets=secrets_of(load())
)
