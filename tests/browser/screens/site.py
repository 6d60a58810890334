"""The site's form, from the first question to what follows the payment."""

from local.demo.story import Phones
from tests.browser.screens import Stage, screen
from tests.browser.site_form import SiteForm, pdf

_PHONES = Phones()


def _form(stage: Stage) -> SiteForm:
    form = SiteForm(stage.page, stage.stack.web_url, _PHONES.dial("8 (913) ###-##-##"))
    form.open()
    return form


@screen("site-kind")
def kind(stage: Stage) -> None:
    _form(stage)


@screen("site-doctor")
def doctor(stage: Stage) -> None:
    form = _form(stage)
    form.choose_kind()
    stage.page.get_by_label("Не знаю").check()
    stage.page.get_by_label("Ребёнку до 18 лет").check()


@screen("site-time")
def time(stage: Stage) -> None:
    form = _form(stage)
    form.choose_kind()
    form.choose_specialty("Невролог")
    form.times.nth(1).check()


@screen("site-people")
def people(stage: Stage) -> None:
    form = _to_people(stage)
    form.my_child()
    stage.page.get_by_role("button", name="Назад").click()
    form.at("Пациент и контакты")


@screen("site-errors")
def errors(stage: Stage) -> None:
    form = _to_people(stage)
    stage.page.get_by_label("Моя", exact=False).first.check()
    form.on()


@screen("site-consents")
def consents(stage: Stage) -> None:
    form = _to_people(stage)
    form.my_child()
    form.comment(files=[pdf()])
    form.at("Уведомление и согласия")


@screen("site-summary")
def summary(stage: Stage) -> None:
    form = _to_people(stage)
    form.my_child()
    form.to_summary(files=[pdf()])


@screen("site-payment")
def payment(stage: Stage) -> None:
    form = _form(stage)
    form.adult_to_summary(files=[pdf()])
    form.cannot_pay()
    form.book()
    stage.page.get_by_text("Платёжная система отказала").wait_for()
    stage.page.reload()  # what was refused is forgotten
    stage.page.get_by_role("button", name="Оплатить").wait_for()


@screen("site-refused")
def refused(stage: Stage) -> None:
    form = _form(stage)
    form.adult_to_summary()
    form.book()
    form.be_refused()


@screen("site-paid")
def paid(stage: Stage) -> None:
    form = _form(stage)
    form.adult_to_summary(files=[pdf()])
    form.book()
    form.pay()
    form.fact("Номер договора").get_by_text("ОК-").wait_for()


def _to_people(stage: Stage) -> SiteForm:
    form = _form(stage)
    form.choose_kind()
    form.choose_unsure("Ребёнку до 18 лет")
    form.choose_time()
    return form
