"""What anybody may see: the catalogue, doctors, free slots, the documents to sign."""

from collections.abc import Mapping

from teleconsult.api import views
from teleconsult.catalogue import rules as catalogue_rules
from teleconsult.catalogue import search as doctor_search
from teleconsult.catalogue import store as catalogue_store
from teleconsult.catalogue.model import Catalogue, Doctor
from teleconsult.consents import documents
from teleconsult.platform import clock
from teleconsult.platform.checks import collect, refuse, settle, sure
from teleconsult.platform.errors import FieldError
from teleconsult.platform.http import TEXT, Answer, Api, Request
from teleconsult.slots import rules as slot_rules
from teleconsult.slots import search

api = Api()


@api.operation("GET /catalogue", answer=views.CatalogueView, fresh_seconds=60)
def show_catalogue(request: Request) -> views.CatalogueView:
    """Kinds, specialties, doctors and prices; the documents to sign; what has to be said before."""
    return views.catalogue(catalogue_store.load())


@api.operation("GET /doctors", answer=views.DoctorsView, query=doctor_search.ASKED, fresh_seconds=60)
def show_doctors(request: Request) -> views.DoctorsView:
    """Doctors by part of the name, specialty, kind, patient's age in years, language (ISO 639-1)."""
    catalogue = catalogue_store.load()
    return views.doctors(doctor_search.find(catalogue, doctor_search.wish(catalogue, request.query)))


@api.operation(
    "GET /slots",
    answer=views.SlotsView,
    query=("doctor", "specialty", "kind", "from", "to", "time_zone"),
)
def show_slots(request: Request) -> views.SlotsView:
    """Free slots of a doctor, or of a specialty's doctors, between two of the clinic's days, for a kind of
    consultation (else: as long as the doctor's shortest). Starts are also told in `time_zone`."""
    now = clock.now()
    catalogue = catalogue_store.load()
    today = catalogue_rules.consultation_day(catalogue, now)
    faults: list[FieldError] = []
    asked = request.query
    days = collect(faults, slot_rules.asked_days, asked.get("from"), asked.get("to"), today)
    zone = collect(faults, slot_rules.shown_zone, asked.get("time_zone"), catalogue.clinic)
    doctors = collect(faults, _doctors, catalogue, asked)
    settle(faults)
    found = search.free(catalogue, sure(doctors), *sure(days), now, asked.get("kind"))
    return views.slots(found, catalogue.clinic.zone, sure(zone))


@api.operation("GET /documents/{document}/{version}", answer=str, fresh_seconds=3600)
def show_document(request: Request) -> Answer:
    """The words of one version of a document."""
    return Answer(200, documents.text(request.path["document"], request.path["version"]), TEXT)


def _doctors(catalogue: Catalogue, asked: Mapping[str, str]) -> list[Doctor]:
    kind = asked.get("kind")
    if kind is not None and kind not in catalogue.kinds:
        refuse("kind", "unknown", "Такого вида консультации нет")
    if "doctor" in asked:
        doctor = catalogue.doctors.get(asked["doctor"]) or refuse("doctor", "unknown", "Такого врача нет")
        return [doctor] if kind is None or kind in doctor.offers else []
    if "specialty" not in asked:
        refuse("doctor", "missing", "Укажите врача (doctor) или специальность (specialty)")
    if asked["specialty"] not in (*catalogue.specialties, catalogue_rules.UNSURE):
        refuse("specialty", "unknown", "Такой специальности нет")
    return catalogue_rules.doctors_for(catalogue, specialty=asked["specialty"], kind=kind)
