"""The cabinet: the way in, bookings and what is done with one, money, people."""

from playwright.sync_api import expect

from tests.browser.at_cabinet import CHILDRENS_DOCTOR, Patient, child, chooses_another_time, heading
from tests.browser.screens import Stage, screen


def _patient(stage: Stage) -> Patient:
    return Patient(stage.world, stage.stack)


@screen("cabinet-sign-in")
def sign_in(stage: Stage) -> None:
    stage.open("/cabinet/")


@screen("cabinet-code")
def code(stage: Stage) -> None:
    stage.open("/cabinet/")
    stage.page.get_by_label("Мобильный телефон").fill(_patient(stage).phone)
    stage.page.get_by_role("button", name="Получить код").click()
    expect(stage.page.get_by_label("Код", exact=True)).to_be_focused()
    stage.page.get_by_label("Код", exact=True).fill("000000")
    stage.page.get_by_role("button", name="Войти").click()
    expect(stage.page.get_by_text("Осталось попыток: 4")).to_be_visible()


@screen("cabinet-bookings")
def bookings(stage: Stage) -> None:
    patient = _patient(stage)
    patient.is_booked_by_operator()
    patient.books_on_site()
    patient.has_on_balance()
    patient.has_paid()
    patient.comes(stage.page)
    expect(stage.page.get_by_role("article")).to_have_count(4)


@screen("cabinet-consents")
def consents(stage: Stage) -> None:
    patient = _patient(stage)
    made = patient.is_booked_by_operator(CHILDRENS_DOCTOR, patient=child("2011-02-03"))
    patient.comes(stage.page, f"bookings/{made.booking_id}")
    expect(stage.page.get_by_role("checkbox")).to_have_count(5)


@screen("cabinet-payment")
def payment(stage: Stage) -> None:
    patient = _patient(stage)
    patient.has_on_balance(patient.books_on_site(kind="repeat"))
    made = patient.books_on_site()
    patient.comes(stage.page, f"bookings/{made.booking_id}")
    expect(stage.page.get_by_text("Загружаем…")).to_have_count(0)
    expect(stage.page.get_by_role("radio")).to_have_count(2)


@screen("cabinet-booking")
def booking(stage: Stage) -> None:
    patient = _patient(stage)
    made = patient.has_paid()
    patient.comes(stage.page, f"bookings/{made.booking_id}")
    expect(stage.page.get_by_role("link", name="Подписанные документы")).to_be_visible()
    expect(stage.page.get_by_text("Загружаем…")).to_have_count(0)


@screen("cabinet-move")
def move(stage: Stage) -> None:
    patient = _patient(stage)
    made = patient.has_paid()
    patient.comes(stage.page, f"bookings/{made.booking_id}/move")
    chooses_another_time(stage.page)


@screen("cabinet-callback")
def callback(stage: Stage) -> None:
    patient = _patient(stage)
    made = patient.was_consulted(held=True)
    patient.comes(stage.page, f"bookings/{made.booking_id}")
    expect(stage.page.get_by_label("Что спросить у врача")).to_be_visible()


@screen("cabinet-balance")
def balance(stage: Stage) -> None:
    patient = _patient(stage)
    patient.has_on_balance()
    patient.api.ask_for_refund("refund-of-a-part", 100_000)
    patient.comes(stage.page, "balance")
    expect(stage.page.locator(".line")).to_have_count(2)


@screen("cabinet-people")
def people(stage: Stage) -> None:
    patient = _patient(stage)
    patient.is_booked_by_operator(CHILDRENS_DOCTOR, patient=child("2019-02-03"))
    patient.comes(stage.page, "people")
    heading(stage.page, "Мои данные")
