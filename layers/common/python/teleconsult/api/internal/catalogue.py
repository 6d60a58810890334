"""The clinic's catalogue as an administrator loads and reads it."""

import re

from teleconsult.api import views
from teleconsult.api.internal.caller import ADMIN, entry_of, log
from teleconsult.catalogue import store as catalogue_store
from teleconsult.catalogue.text import NotJson
from teleconsult.platform import clock
from teleconsult.platform.checks import refuse
from teleconsult.platform.dynamo import Write
from teleconsult.platform.http import Access, Api, Malformed, Request
from teleconsult.trail import store as trail

api = Api()

_LARGEST_CATALOGUE = 512 * 1024  # bytes


@api.operation(
    "PUT /internal/catalogue",
    answer=views.CatalogueVersion,
    access=Access.STAFF,
    groups=(ADMIN,),
    headers=("If-Match",),
    largest_body=_LARGEST_CATALOGUE,
)
def load_catalogue(request: Request) -> views.CatalogueVersion:
    """Check a whole catalogue, and put it in the place of the one in force.

    With `If-Match: "<version>"`, only if that version is still the one in force.
    """
    from teleconsult.catalogue.document import read_document  # brings pydantic, which no other call needs

    seen = _version_seen(request)
    try:
        document = read_document(request.body)
    except NotJson:
        raise Malformed from None
    now = clock.now()

    def entered(version: int) -> list[Write]:
        return [trail.entered(entry_of(request, "catalogue", "catalogue_loaded", version=version))]

    version = catalogue_store.replace(document, now, seen, entered)
    log(request, "catalogue loaded", version=version)
    return views.CatalogueVersion(version=version)


@api.operation("GET /internal/catalogue", answer=views.CatalogueInForce, access=Access.STAFF, groups=(ADMIN,))
def show_whole_catalogue(request: Request) -> views.CatalogueInForce:
    """The catalogue in force as it was loaded, and its version."""
    document, version = catalogue_store.load_document()
    log(request, "catalogue read", version=version)
    return views.CatalogueInForce(version=version, document=document)


def _version_seen(request: Request) -> int | None:
    """The version of the catalogue that the caller has changed; None: whatever is in force."""
    condition = request.headers.get("if-match")
    if condition is None:
        return None
    version = re.fullmatch(r'"([0-9]{1,9})"', condition.strip())
    return int(version[1]) if version else refuse("If-Match", "version", 'Нужна версия в кавычках: "5"')
