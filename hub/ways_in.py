"""How to sign in to what is running: said when the servers are up."""

from __future__ import annotations

from .console import complain, say
from .settings import Settings

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def say_how_to_sign_in(settings: Settings) -> None:
    """Print the accounts of a sample city, or how the first account of a real one is made."""
    from sqlalchemy import func, select

    from operations.database import OperationsUnavailable, open_database, reading
    from operations.model import Account
    from operations.sample_city.accounts import DEMO_ACCOUNTS, DEMO_PASSWORD, demo_password_hash

    engine = open_database(settings.operations_url)
    try:
        with reading(engine) as session:
            count = session.scalar(select(func.count()).select_from(Account))
            demo = set(
                session.scalars(
                    select(Account.sign_in_name).where(
                        Account.password_hash == demo_password_hash(), Account.disabled_at.is_(None)
                    )
                )
            )
    except OperationsUnavailable as problem:
        complain(str(problem))
        return
    finally:
        engine.dispose()
    if not count:
        say("Nobody can sign in yet. The first accounts: hub account create --help")
    if not demo:
        return
    say(f"To sign in to the sample city (password of all: {DEMO_PASSWORD}):", style="bold")
    for account in DEMO_ACCOUNTS:
        if account.sign_in_name in demo:
            say(f"  {account.sign_in_name:<14} {account.role.replace('_', ' ')}")
    complain(
        "Everybody can read this password: never put real people's data here, and never open it to others."
    )
    if settings.host not in LOOPBACK:
        complain(f"This sample city listens on {settings.host}: whoever reaches it can sign in to it.")
