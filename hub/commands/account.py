"""`hub account`: the first accounts of a city, before there is anybody who could make them on the pages."""

from __future__ import annotations

from typing import Annotated

import typer

from ..console import say

accounts = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="""Make the first accounts of a city, and a new password where nobody can sign in any more.

    Example: hub account create --help
    """,
)


@accounts.command("create")
def create(
    sign_in_name: Annotated[str, typer.Argument(help="Small letters, digits and . _ - @")],
    *,
    full_name: Annotated[str, typer.Option(help="The person's name.")],
    role: Annotated[str, typer.Option(help="Such as system_administrator, security_administrator, auditor.")],
    id_number: Annotated[str, typer.Option(help="The person's identity number.")] = "",
    volunteer_no: Annotated[str, typer.Option(help="Or the person's volunteer number.")] = "",
    area: Annotated[str, typer.Option(help="Area code, where the role has one; an official: city.")] = "",
    oidc_subject: Annotated[
        str, typer.Option(help="What the provider of OpenID Connect calls the person.")
    ] = "",
) -> None:
    """Make an account with a role, and print the password drawn for it.

    The first three are the system administrator, who makes the other accounts on the pages, the security
    administrator, who grants their roles, and the auditor: three different people.

    Example: hub account create wang.min --full-name 王敏 --id-number 330106... --role system_administrator
    """
    from operations.access import Actor, Role
    from operations.commands.accounts import create_account
    from operations.commands.refusals import Refused
    from operations.commands.roles import grant_role
    from operations.database import migrate, open_database, writing
    from operations.model import utc_now

    from ..failures import HubError
    from ..home import make
    from ..settings import load

    settings = load()
    make(settings)
    engine = open_database(settings.operations_url)
    migrate(engine)
    by_hand = Actor("hub account", Role.SYSTEM)
    try:
        with writing(engine) as session:
            made = create_account(
                session,
                by_hand,
                sign_in_name=sign_in_name,
                full_name=full_name,
                id_number=id_number or None,
                volunteer_no=volunteer_no or None,
                oidc_subject=oidc_subject or None,
                at=utc_now(),
                reason="hub account create",
            )
            grant_role(
                session,
                by_hand,
                account_id=made.account.account_id,
                role=role,
                area_code=area,
                at=utc_now(),
                reason="hub account create",
            )
    except Refused as problem:
        raise HubError(f"No account was made: {problem}.") from None
    say(f"{made.account.sign_in_name} is {role.replace('_', ' ')}.")
    say(f"  Password for the first sign-in, which asks for a new one: {made.password}")


@accounts.command("reset-password")
def reset(
    sign_in_name: Annotated[str, typer.Argument(help="Whose password.")],
    *,
    reason: Annotated[str, typer.Option(help="Why; the audit log keeps it.")],
) -> None:
    """Draw a new password for an account, and print it: for when no system administrator can sign in.

    Example: hub account reset-password wang.min --reason "left without handing over"
    """
    from sqlalchemy import select

    from operations.access import Actor, Role
    from operations.commands.accounts import reset_password
    from operations.database import must_be_there, open_database, reading, writing
    from operations.model import Account, utc_now

    from ..failures import HubError
    from ..settings import load

    settings = load()
    must_be_there(settings.operations_url)
    engine = open_database(settings.operations_url)
    with reading(engine) as session:
        account_id = session.scalar(select(Account.account_id).where(Account.sign_in_name == sign_in_name))
    if account_id is None:
        raise HubError(f"There is no account {sign_in_name}.")
    with writing(engine) as session:
        made = reset_password(
            session, Actor("hub account", Role.SYSTEM), account_id=account_id, reason=reason, at=utc_now()
        )
    say(f"  Password of {sign_in_name} for the next sign-in, which asks for a new one: {made.password}")
