"""The site's form as a patient uses it: by what stands on the page, step by step."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.sync_api import FilePayload, Locator, Page, Route, expect

ADULT = {
    "Фамилия": "Воронова",
    "Имя": "Анна",
    "Отчество": "Михайловна",
    "Дата рождения": "12.04.1988",
    "Пол": "Женский",
}
CHILD = {"Фамилия": "Воронов", "Имя": "Пётр", "Дата рождения": "03.02.2019", "Пол": "Мужской"}
CONSENTS = (
    "С уведомлением ознакомлен",
    "Согласие с условиями договора",
    "Информированное добровольное согласие",
    "Согласие на обработку персональных данных",
)
FIRST = "Первичная онлайн-консультация"
ON_DUTY = "Дежнёв Семён Иванович"
PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n"
)


def pdf(name: str = "Выписка.pdf", size: int = len(PDF)) -> FilePayload:
    """A file that the clinic's check takes; `size`: bytes."""
    return {"name": name, "mimeType": "application/pdf", "buffer": PDF + b"%" * (size - len(PDF))}


@dataclass(frozen=True, slots=True)
class SiteForm:
    """`phone`, `email`: the holder's, as they write them."""

    page: Page
    url: str
    phone: str
    email: str = "a.voronova@example.ru"

    def open(self) -> None:
        self.page.goto(f"{self.url}/")
        self.at("Онлайн-консультация врача")

    def at(self, heading: str, seconds: float = 15) -> None:
        """The page has come to this heading."""
        expect(self.page.get_by_role("heading", level=1, name=heading)).to_be_visible(timeout=seconds * 1000)

    def on(self) -> None:
        """On to the next step, as far as this one is done."""
        self.page.get_by_role("button", name="Далее").click()

    def choose_kind(self, title: str = FIRST) -> None:
        self.page.get_by_label(title).check()
        self.on()
        self.at("К какому врачу")

    def choose_specialty(self, title: str) -> None:
        self.page.get_by_role("radio", name=re.compile(f"^{title}")).check()
        self.on()
        self.at("День и время")

    def choose_unsure(self, for_whom: str) -> None:
        self.page.get_by_label("Не знаю").check()
        self.page.get_by_label(for_whom).check()
        self.on()
        self.at("День и время")

    def choose_doctor(self, typed: str, name: str, specialty: str | None = None) -> None:
        self.page.get_by_role("button", name="По фамилии врача").click()
        self.page.get_by_label("Фамилия или имя врача").fill(typed)
        self.page.get_by_role("button", name=name).click()
        if specialty:
            self.page.get_by_role("radio", name=specialty).check()
        self.on()
        self.at("День и время")

    @property
    def times(self) -> Locator:
        """The times that can be chosen on the day that is open."""
        return self.page.locator('input[name="slot.start"]')

    def choose_time(self, number: int = 0) -> str:
        """The time so many places from the first of the last day in sight; what the form says of it."""
        self.page.locator('input[name="day"]').last.check()
        self.times.nth(number).check()
        chosen = self.page.get_by_text("Вы выбрали:").inner_text()
        self.on()
        self.at("Пациент и контакты")
        return chosen

    def choose_moment(self, doctor: str, start: str) -> None:
        """The time of a doctor (id) that begins then, UTC."""
        self.times.and_(self.page.locator(f'[value="{doctor} {start}"]')).check()
        self.on()
        self.at("Пациент и контакты")

    def person(self, title: str, person: Mapping[str, str]) -> None:
        card = self.page.locator("section.card").filter(has=self.page.get_by_role("heading", name=title))
        for label, value in person.items():
            if label == "Пол":
                card.get_by_label(value).check()
            else:
                card.get_by_label(label, exact=label in ("Имя", "Фамилия")).fill(value)

    def myself(self, person: Mapping[str, str] = ADULT, channel: str = "Видеосвязь") -> None:
        self.page.get_by_label("Моя", exact=False).first.check()
        self.person("О пациенте", person)
        self.contacts(channel)

    def my_child(
        self,
        child: Mapping[str, str] = CHILD,
        channel: str = "Видеосвязь",
        parent: Mapping[str, str] = ADULT,
    ) -> None:
        self.page.get_by_label("Моего ребёнка").check()
        self.person("О ребёнке", child)
        self.page.get_by_label("Кем вы приходитесь ребёнку").select_option("Родитель")
        self.person("О родителе", parent)
        self.contacts(channel)

    def contacts(self, channel: str = "Видеосвязь") -> None:
        self.page.get_by_label("Мобильный телефон").fill(self.phone)
        self.page.get_by_label("Электронная почта").fill(self.email)
        self.page.get_by_label(channel).check()
        self.on()

    def comment(self, words: str = "Кашель вторую неделю", files: Sequence[FilePayload] = ()) -> None:
        self.at("Комментарии и документы")
        self.page.get_by_label("Комментарии").fill(words)
        if files:
            self.page.get_by_label("Выбрать файлы").set_input_files(list(files))
        self.on()

    def consent(self, consents: Sequence[str] = CONSENTS) -> None:
        self.at("Уведомление и согласия")
        for each in consents:
            self.page.get_by_label(each).check()
        self.on()

    def to_summary(self, files: Sequence[FilePayload] = ()) -> None:
        """From the people, who are filled in, to what is booked."""
        self.comment(files=files)
        self.consent()
        self.at("Проверьте запись")

    def adult_to_summary(self, files: Sequence[FilePayload] = ()) -> None:
        """The whole form of an adult who goes to a therapist."""
        self.open()
        self.choose_kind()
        self.choose_specialty("Терапевт")
        self.choose_time()
        self.myself()
        self.to_summary(files)

    def come_to_summary(self, **more: Any) -> None:
        """As if an adult had filled in the form in this tab; `more`: what else the tab keeps of it."""
        catalogue = self.page.request.get(f"{self.url}/api/catalogue").json()
        ticks = {f"consents.{each['document']}": each["version"] for each in catalogue["documents"]}
        start = f"{datetime.now(UTC) + timedelta(days=3):%Y-%m-%dT06:00:00Z}"
        person = {
            "family_name": "Воронова",
            "given_name": "Анна",
            "birth_date": "12.04.1988",
            "sex": "female",
        }
        holder = {**person, "phone": self.phone, "email": self.email}
        values = {
            "kind": "first",
            "specialty": "therapist",
            "slot": {"doctor": "d-duty", "start": start},
            "patient.who": "self",
            "channel.type": "phone",
            "time_zone": "Europe/Moscow",
            **{f"holder.{name}": value for name, value in holder.items()},
            **ticks,
        }
        self.keep("draft", {"values": values, "names": [], **more})
        self.page.goto(f"{self.url}/#summary")
        self.at("Проверьте запись")

    def change_moment(self, doctor: str, start: str) -> None:
        """From what is booked back to the times, for one of today's or tomorrow's; and forth again."""
        self.page.get_by_role("button", name="Изменить: День и время").click()
        self.at("День и время")
        pick_moment(self.page, doctor, start)
        self.on()
        self.at("Проверьте запись")

    def book(self) -> None:
        self.page.get_by_role("button", name="Записаться и оплатить").click()

    def cannot_pay(self) -> None:
        """Until `page.unroute_all` the provider refuses to begin a payment, so that the page is not left."""
        self.page.route("**/api/bookings/*/payments", _refuse_payment)

    def at_provider(self) -> None:
        self.page.wait_for_url(re.compile("/checkout/"), timeout=30_000)

    def pay(self) -> None:
        """Pay on the provider's page, and be led back."""
        self.at_provider()
        self.page.get_by_role("button", name="Оплатить").first.click()
        self.at("Консультация оплачена", seconds=30)

    def be_refused(self) -> None:
        self.at_provider()
        self.page.get_by_role("button", name="Отказаться").click()
        self.at("Платёж не прошёл", seconds=30)

    def kept(self, name: str) -> Any:
        """What the page keeps in this tab: `draft` or `booking`."""
        return self.page.evaluate("name => JSON.parse(sessionStorage.getItem(name))", name)

    def keep(self, name: str, kept: Mapping[str, Any]) -> None:
        """As if this tab had come so far before: `draft` or `booking`, as `kept` shows them."""
        planted = json.dumps(json.dumps(kept))
        self.page.add_init_script(
            f"if (!sessionStorage.getItem('planted')) sessionStorage.setItem({name!r}, {planted});"
            "sessionStorage.setItem('planted', 'yes');"
        )

    def fact(self, name: str) -> Locator:
        """What the page says of a booking under this name."""
        row = self.page.locator("dl.facts > div").filter(has=self.page.get_by_text(name, exact=True))
        return row.locator("dd")


def pick_moment(within: Page | Locator, doctor: str, start: str) -> None:
    """The time of a doctor (id) that begins then (UTC), on whichever of the first two days it stands."""
    wanted = within.locator(f'input[name="slot.start"][value="{doctor} {start}"]')
    days = within.locator('input[name="day"]')
    days.first.check()
    if not wanted.count():  # midnight lies between
        days.nth(1).check()
    wanted.check()


def _refuse_payment(route: Route) -> None:
    """As the API does when the provider will not."""
    if route.request.method != "POST":
        route.continue_()
        return
    error = '{"error": {"code": "payment_refused", "message": "Платёжная система отказала", "fields": []}}'
    route.fulfill(status=409, content_type="application/json", body=error)


_ERRORS = """() => {
    const told = (field) => (field.getAttribute('aria-describedby') ?? '').split(' ')
        .map((id) => document.getElementById(id))
        .filter((each) => each?.matches('.error'))
        .map((each) => each.textContent);
    return Object.fromEntries([...document.querySelectorAll('[aria-invalid], fieldset[data-wrong]')]
        .filter(({ id }) => id)
        .map((field) => [field.id, told(field).join(' ')]));
}"""


def errors_at(page: Page) -> dict[str, str]:
    """What is wrong, by the name of its field, as a screen reader tells it with the field."""
    found: dict[str, str] = page.evaluate(_ERRORS)
    return found


def no_wider_than_the_screen(page: Page) -> None:
    # Not `innerWidth`: a telephone's browser makes that as wide as the page.
    screen = page.viewport_size["width"] if page.viewport_size else 0
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= screen, f"{wide} px on a screen of {screen}"


@dataclass
class Requests:
    """What was asked by POST under a path, and its Idempotency-Key; `lose` answers are never heard."""

    page: Page
    path: str
    lose: int = 0
    keys: list[str] = field(default_factory=list)

    def __enter__(self) -> "Requests":
        self.page.route(re.compile(re.escape(self.path) + "$"), self._pass)
        return self

    def __exit__(self, *_: object) -> None:
        self.page.unroute_all(behavior="ignoreErrors")

    def _pass(self, route: Route) -> None:
        if route.request.method != "POST":
            route.continue_()
            return
        self.keys.append(route.request.headers["idempotency-key"])
        if self.lose:
            self.lose -= 1
            route.fetch()
            route.abort()
        else:
            route.continue_()
