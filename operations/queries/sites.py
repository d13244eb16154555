"""Sites as administrators list them and look at them."""

from __future__ import annotations

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, aliased

from operations.access import Action, Actor, Scope, scope_of
from operations.model import Area, Organisation, Site

from .paging import Listing, equals
from .visible import within

District = aliased(Area)
Township = aliased(Area)


def visible_sites(scope: Scope) -> ColumnElement[bool]:
    """The condition for the sites within a scope."""
    return within(
        scope,
        district_code=Site.district_code,
        township_code=Site.township_code,
        organisation_id=Site.organisation_id,
    )


SITES = Listing(
    name="sites",
    action=Action.VIEW_SITES,
    select=select(
        Site.site_id,
        Site.name,
        Site.kind,
        Site.organisation_id,
        Organisation.name.label("organisation"),
        Site.district_code,
        District.name.label("district"),
        Site.township_code,
        Township.name.label("township"),
        Site.community_code,
        Site.received_lon.label("lon"),
        Site.received_lat.label("lat"),
        Site.position_system,
        Site.radius_m,
        Site.opened_on,
        Site.closed_on,
        Site.succeeds_site_id,
    )
    .outerjoin(Organisation, Organisation.organisation_id == Site.organisation_id)
    .outerjoin(District, District.area_code == Site.district_code)
    .outerjoin(Township, Township.area_code == Site.township_code),
    key=Site.site_id,
    visible=visible_sites,
    sorts={"site_id": Site.site_id, "name": Site.name},
    default_sort="name",
    filters={
        "district_code": equals(Site.district_code),
        "kind": equals(Site.kind),
        "organisation_id": equals(Site.organisation_id),
        "state": lambda value: Site.closed_on.is_(None) if value == "open" else Site.closed_on.is_not(None),
    },
    search=(Site.name,),
)


def successor_of(session: Session, actor: Actor, site_id: int) -> int | None:
    """The id of the site as which this one goes on, if there is one that the actor may see."""
    within_reach = visible_sites(scope_of(actor, Action.VIEW_SITES))
    return session.scalar(select(Site.site_id).where(Site.succeeds_site_id == site_id, within_reach))
