"""The payment page: what the patient sees at the confirmation address."""

from html import escape
from typing import Any

_STYLE = """
:root { color-scheme: light dark; font-family: system-ui, sans-serif; line-height: 1.45; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: #eef1f5;
       color: #16202c; }
main { box-sizing: border-box; width: min(26rem, 100%); padding: 1.75rem; background: #fff;
       border-radius: 1rem; box-shadow: 0 .5rem 2rem rgb(20 40 80 / .12); }
h1 { margin: 0; font-size: 1.1rem; font-weight: 600; }
.amount { margin: .75rem 0 1.25rem; font-size: 2.1rem; font-weight: 700; font-variant-numeric: tabular-nums; }
.note { margin: 0 0 1.25rem; padding: .6rem .8rem; border-radius: .6rem; background: #fff4d6; color: #5b4300;
        font-size: .9rem; }
button, .back { box-sizing: border-box; display: block; width: 100%; margin-top: .75rem; padding: .9rem;
        border: 0; border-radius: .7rem; font: inherit; font-weight: 600; text-align: center;
        text-decoration: none; cursor: pointer; }
.pay, .back { background: #1d6f42; color: #fff; }
.decline { background: #e4e8ee; color: #16202c; }
button:focus-visible, .back:focus-visible, summary:focus-visible { outline: 3px solid #5b9dff;
        outline-offset: 2px; }
details { margin-top: 1.5rem; font-size: .9rem; }
fieldset { margin: .6rem 0 0; padding: 0; border: 0; }
label { display: block; padding: .3rem 0; }
input[type=number], input[type=text] { width: 5rem; font: inherit; }
footer { margin-top: 1.5rem; font-size: .8rem; color: #5d6b7c; overflow-wrap: anywhere; }
@media (max-width: 30rem) { body { place-items: stretch; background: #fff; }
                            main { border-radius: 0; box-shadow: none; } }
@media (prefers-color-scheme: dark) { body { background: #10151c; color: #e8edf3; }
  main { background: #1a222d; } .decline { background: #2d3846; color: #e8edf3; }
  .note { background: #3d3213; color: #ffe7a6; } footer { color: #93a1b3; }
  @media (max-width: 30rem) { body { background: #1a222d; } } }
"""

_ENDINGS = {
    "succeeded": "Оплата прошла",
    "canceled": "Платёж отменён, деньги не списаны",
}

_FORM = """
<p class="note">Это тестовая касса: деньги не списываются.</p>
<form method="post">
<button class="pay" formaction="/checkout/{id}/pay">Оплатить</button>
<button class="decline" formaction="/checkout/{id}/decline">Отказаться</button>
<details><summary>Для проверки: как придёт уведомление</summary>
<fieldset>
<label><input type="radio" name="webhook" value="once" checked> сразу, один раз</label>
<label><input type="radio" name="webhook" value="twice"> дважды</label>
<label><input type="radio" name="webhook" value="late"> с опозданием, секунд:
<input type="number" name="delay" value="30" min="0" max="86400" aria-label="Опоздание в секундах"></label>
<label><input type="radio" name="webhook" value="out_of_order"> не по порядку: после более нового</label>
<label><input type="radio" name="webhook" value="never"> не придёт</label>
</fieldset></details>
<details><summary>Для проверки: заплатить другую сумму</summary>
<label>Рублей: <input type="text" name="amount" inputmode="decimal" maxlength="15" autocomplete="off"></label>
</details>
</form>
"""

_ENDED = """
<p class="note">{ending}</p>
<a class="back" href="{return_url}">Вернуться на сайт клиники</a>
"""

_REFUNDS = """
<form method="post" action="/checkout/{id}/refunds">
<details><summary>Для проверки: чем кончится возврат</summary>
<fieldset>
<label><input type="radio" name="refunds" value="succeeded" checked> деньги вернутся сразу</label>
<label><input type="radio" name="refunds" value="pending"> вернутся не сразу, через секунд:
<input type="number" name="seconds" value="30" min="0" max="86400" aria-label="Ожидание в секундах"></label>
<label><input type="radio" name="refunds" value="canceled"> банк откажет</label>
<label><input type="radio" name="refunds" value="forbidden"> касса не примет запрос</label>
</fieldset>
<button class="decline">Запомнить</button></details>
</form>
"""

_PAGE = """<!doctype html>
<html lang="ru"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex"><title>{title}</title><style>{style}</style></head>
<body><main>{content}</main></body></html>
"""


def payment_page(payment: dict[str, Any], return_url: str) -> str:
    """The page of one payment: two buttons while it is pending, its end afterwards."""
    if payment["status"] == "pending":
        action = _FORM.format(id=escape(payment["id"]))
    else:
        action = _ENDED.format(ending=_ENDINGS[payment["status"]], return_url=escape(return_url))
    if payment["status"] == "succeeded":
        action += _refunded(payment) + _REFUNDS.format(id=escape(payment["id"]))
    heading = f"<h1>{escape(payment.get('description') or 'Оплата')}</h1>"
    amount = f'<p class="amount">{roubles(payment["amount"]["value"])}</p>'
    footer = f"<footer>Платёж {escape(payment['id'])}</footer>"
    return _whole("Оплата", heading + amount + action + footer)


def _refunded(payment: dict[str, Any]) -> str:
    value = payment["refunded_amount"]["value"]
    return f"<p>Возвращено: {roubles(value)}</p>" if value.strip("0.") else ""


def missing_page() -> str:
    return _whole("Платёж не найден", "<h1>Платёж не найден</h1><p>Проверьте ссылку.</p>")


def roubles(value: str) -> str:
    """`2500.00` as people here write it: 2 500,00 ₽ (the spaces do not break)."""
    whole, _, fraction = value.partition(".")
    return f"{int(whole):,}".replace(",", "\u00a0") + f",{fraction}\u00a0₽"


def _whole(title: str, content: str) -> str:
    return _PAGE.format(title=title, style=_STYLE, content=content)
