"""The nine stories. Each answers how it ended, in the words that its file expects."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from uuid import uuid4

from local.demo.checking import (
    as_near,
    check_confirmations,
    check_discreet,
    differences,
    nearest_free,
    seen_of,
)
from local.demo.doors import Cabinet
from local.demo.patience import TooLong
from local.demo.story import Ending, Off, Story, agree, money
from local.demo.web import Answer
from local.demo.world import SOON, Booked, Form, World, booked, moment

_TO_PAY = timedelta(seconds=15)  # from booking to the slot: enough for the slowest first calls
_TO_PAY_WARM = timedelta(seconds=10)
_A_MINUTE_LATER = _TO_PAY + timedelta(minutes=1)  # the first minute is the longest story's
_CONSULTATION = timedelta(minutes=1)
_SWEEP = 40  # seconds after a minute within which the sweep of that minute has done its work
_REFUNDED = 240  # seconds: at once, or with the first sweep after the provider was silent
_IN_A_HURRY = {1, 2, 4, 5, 8}  # these must have paid, or begun to, within seconds
_LONGEST_HURRY = 60
_LINK = re.compile(r"https?://\S+/bookings/(b-[a-z2-7]{26})")


class Tales:
    """The third story goes on where the second ended, the seventh where the first did.

    `under_way`: the numbers of the stories that need nothing done in a hurry any more.
    """

    def __init__(self, world: World) -> None:
        self.under_way: set[int] = set()
        self._world = world
        self._adult: tuple[Booked, str] | None = None
        self._representative: tuple[Cabinet, Form] | None = None

    def told(self, ending: Ending) -> None:
        """A story is over; where it failed on its way, nobody waits for it either."""
        self.under_way.add(ending.story.number)
        self._world.say(
            ending.story, ending.ended if ending.as_expected else "кончилась не так, как ожидалось"
        )

    def adult_held(self, story: Story) -> str:
        world = self._world
        holder = world.holder(story.given["form"]["holder"])
        form = world.form(story, None, holder=holder, consents=world.consents)
        made = world.book_on_duty(story, form, world.site.book, _A_MINUTE_LATER)
        payment_id = self._pay_by_card(story, made)
        self.under_way.add(story.number)
        check_confirmations(world, made, form)
        world.say(story, "подтверждения пришли пациенту и врачу")
        world.until_begins(made)
        revenue = self._revenue()
        world.on_duty.say_held(made.booking_id)
        world.say(story, "врач сказал: состоялась")
        world.reach(lambda: world.booking(made.booking_id), "COMPLETED")
        self._adult = made, payment_id
        agree("баланс", world.cabinet(made.phone).balance(), 0)
        return self._completed(made, revenue)

    def child_patient_absent(self, story: Story) -> str:
        world = self._world
        holder = world.holder(story.given["form"]["holder"])
        form = world.form(story, None, holder=holder, consents=world.consents)
        made = world.book_on_duty(story, form, world.site.book, _TO_PAY)
        self._pay_by_card(story, made)
        self.under_way.add(story.number)
        agree("специальность", world.booking(made.booking_id)["specialty"], story.given["specialty"])
        cabinet = world.cabinet(made.phone)
        before = cabinet.balance()
        world.until_begins(made)
        for _ in range(story.given["contact_attempts"]):
            world.on_duty.note_contact_attempt(made.booking_id)
        world.say(story, "врач дважды не дозвался пациента, через минуту решит обход")
        world.patience.until_moment(moment(made.slot["start"]) + _CONSULTATION)
        world.reach(lambda: cabinet.booking(made.booking_id), "NOT_HELD", _SWEEP)
        seen = world.operator.booking(made.booking_id)
        agree("итог", seen["booking"]["outcome"], "patient_absent")
        agree("кто решил", seen["evidence"]["said_by"], "sweep")
        agree("выписка", [line["transfer_id"] for line in cabinet.statement()], [f"back:{made.booking_id}"])
        world.patience.until(
            "СМС о несостоявшейся консультации",
            lambda: world.messages(made.phone, "sms", "не состоялась"),
            SOON,
        )
        self._representative = cabinet, form
        return f"{seen['booking']['status']}, баланс представителя +{money(cabinet.balance() - before)}"

    def child_paid_from_balance(self, story: Story) -> str:
        if self._representative is None:
            raise Off("у представителя нет денег на балансе: вторая история не удалась")
        world = self._world
        cabinet, earlier = self._representative
        form = world.form(story, None, holder=earlier["holder"], consents=world.consents)
        made = world.book_on_duty(story, form, cabinet.book, _TO_PAY_WARM)
        cabinet.pay(made.booking_id, "balance")
        world.reach(lambda: cabinet.booking(made.booking_id), "SCHEDULED")
        world.say(story, "оплачено с баланса")
        world.until_begins(made)
        revenue = self._revenue()
        world.on_duty.say_held(made.booking_id)
        world.reach(lambda: cabinet.booking(made.booking_id), "COMPLETED")
        agree("строк в выписке", len(cabinet.statement()), 2)
        status, _, gained = self._completed(made, revenue).partition(", ")
        return f"{status}, баланс {money(cabinet.balance())}, {gained}"

    def operator_never_paid(self, story: Story) -> str:
        world = self._world
        made = self._book_by_telephone(story)
        self.under_way.add(story.number)
        day = moment(made.slot["start"]).date()

        def is_free() -> bool:
            free = world.free_slots(day - timedelta(days=1), doctor=made.slot["doctor"])
            return any(slot["start"] == made.slot["start"] for slot in free)

        agree("время свободно, пока ждём оплату", is_free(), False)
        world.patience.until_moment(made.hold_until)
        world.reach(lambda: world.booking(made.booking_id), "EXPIRED")
        free = "снова свободно" if is_free() else "занято"
        return f"{world.booking(made.booking_id)['status']}, время {free}"

    def operator_paid_late(self, story: Story) -> str:
        world = self._world
        made = self._book_by_telephone(story)
        cabinet = world.cabinet_by_link(made)
        before = cabinet.balance()
        agree("по ссылке из СМС", cabinet.booking(made.booking_id)["status"], "AWAITING_CONSENT")
        cabinet.give_consents(made.booking_id, world.consents)
        world.reach(lambda: cabinet.booking(made.booking_id), "AWAITING_PAYMENT")
        world.say(story, "вошла по ссылке из СМС, согласия подтверждены в кабинете")
        payment = cabinet.pay(made.booking_id, "card")
        self.under_way.add(story.number)
        world.patience.until_moment(made.hold_until)
        world.reach(lambda: cabinet.booking(made.booking_id), "EXPIRED")
        world.pay_on_page(story, payment["confirmation_url"])
        world.patience.until("деньги на балансе", lambda: cabinet.balance() > before, SOON)
        late = [line["transfer_id"] for line in cabinet.statement()]
        agree("выписка", late, [f"late:{payment['payment_id']}"])
        world.patience.until("СМС о деньгах", lambda: world.messages(made.phone, "sms", "после срока"), SOON)
        status = cabinet.booking(made.booking_id)["status"]
        return f"{status}, баланс +{money(cabinet.balance() - before)}"

    def twenty_for_one_slot(self, story: Story) -> str:
        world = self._world
        # Twenty at once keep a small machine busy: nobody else must be about to pay just then.
        world.patience.until("остальные оплатили", lambda: self.under_way >= _IN_A_HURRY, _LONGEST_HURRY)
        slot = world.free_slot(story.given["doctor"], story.given["form"]["kind"])
        holders = [world.holder(each) for each in story.given["holders"]]
        forms = [world.form(story, slot, holder=each, consents=world.consents) for each in holders]
        together = threading.Barrier(len(forms))

        def post(form: Form) -> Answer:
            together.wait()
            return world.site.book(form, str(uuid4()))

        world.say(story, f"{len(forms)} человек нажимают «Записаться»")
        with ThreadPoolExecutor(len(forms)) as pool:
            answers = list(pool.map(post, forms))
        refused = [each.expect(409)["error"] for each in answers if each.status != 201]
        for code in {error["code"] for error in refused}:
            agree("код отказа", code, "slot_taken")
        offered = [error["alternatives"] for error in refused]
        nearest = nearest_free(world, story.given["form"], slot)
        good = sum(as_near(alternatives, nearest, slot) for alternatives in offered)
        return f"201: {len(answers) - len(refused)}, 409: {len(refused)}, свободное время предложено: {good}"

    def webhook_five_times(self, story: Story) -> str:
        if self._adult is None:
            raise Off("первая история не удалась: повторять нечего")
        world, adult, payment_id = self._world, *self._adult
        cabinet = world.cabinet(adult.phone)
        before = seen_of(world, adult, cabinet)
        owed = world.sandbox.owed()
        world.sandbox.notify_again(payment_id, story.given["times"])
        world.patience.until("уведомления доставлены", lambda: world.sandbox.owed() <= owed, SOON)
        changed = differences(before, seen_of(world, adult, cabinet))
        return f"изменилось: {', '.join(changed)}" if changed else "ничего не изменилось"

    def refund_to_card(self, story: Story) -> str:
        world = self._world
        holder = world.holder(story.given["form"]["holder"])
        form = world.form(story, None, holder=holder, consents=world.consents)
        made = world.book_on_duty(story, form, world.site.book, _TO_PAY)
        payment_id = self._pay_by_card(story, made)
        self.under_way.add(story.number)
        world.until_begins(made)
        world.on_duty.say_not_held(made.booking_id, "technical")
        world.reach(lambda: world.booking(made.booking_id), "NOT_HELD")
        cabinet = world.cabinet(made.phone)
        agree("баланс", cabinet.balance(), made.price)
        world.say(story, "не было связи, деньги на балансе; пациент просит вернуть их на карту")
        key = str(uuid4())
        (refund,) = cabinet.ask_for_refund(key)
        agree("повтор с тем же ключом", cabinet.ask_for_refund(key)[0]["refund"], refund["refund"])
        agree("куда", refund["payment_id"], payment_id)
        world.patience.until(
            "деньги возвращены", lambda: cabinet.refunds()[0]["status"] == "succeeded", _REFUNDED
        )
        world.patience.until(
            "письмо о возврате", lambda: world.messages(made.email, "mail", "возвращены"), SOON
        )
        lines = [line["transfer_id"] for line in cabinet.statement()]
        agree("выписка", lines, [f"rfq:{refund['refund']}", f"back:{made.booking_id}"])
        status = world.booking(made.booking_id)["status"]
        return f"{status}, возвращено {money(refund['amount'])}, баланс {money(cabinet.balance())}"

    def trial_balance(self, story: Story) -> str:
        world = self._world
        with suppress(TooLong):  # a payment may be on its way from the sandbox to the books
            world.patience.until("книги сходятся с кассой", self._agree_with_the_sandbox, SOON)
        total, entered, taken = self._sums()
        world.say(story, f"от провайдера {money(entered)}, песочница взяла и не вернула {money(taken)}")
        agree("расхождения счетов", world.operator.trial_balance()["disagreements"], [])
        agreed = "столько, сколько взяла и не вернула песочница"
        share = agreed if entered == taken else f"{money(entered - taken)} лишних"
        return f"сумма {total}, от провайдера {share}"

    def _agree_with_the_sandbox(self) -> bool:
        _, entered, taken = self._sums()
        return entered == taken

    def _pay_by_card(self, story: Story, made: Booked) -> str:
        """The payment's id, once the consultation is scheduled."""
        world, capability = self._world, made.capability or ""
        payment = world.site.pay_by_card(made.booking_id, capability)
        world.pay_on_page(story, payment["confirmation_url"])
        world.reach(lambda: world.site.booking(made.booking_id, capability), "SCHEDULED")
        world.say(story, "оплата дошла, консультация назначена")
        return str(payment["payment_id"])

    def _book_by_telephone(self, story: Story) -> Booked:
        """The operator's booking, once its SMS with the link to the cabinet has come."""
        world = self._world
        slot = world.free_slot(story.given["doctor"], story.given["form"]["kind"])
        form = world.form(story, slot, holder=world.holder(story.given["form"]["holder"]))
        made = booked(world.operator.book(form, str(uuid4())).expect(201), slot, form)
        sms = world.patience.until(
            "СМС со ссылкой", lambda: world.messages(made.phone, "sms", made.booking_id), SOON
        )
        link = _LINK.search(sms[0])
        agree("ссылка из СМС ведёт к записи", link and link[1], made.booking_id)
        check_discreet(sms[0], form)
        until = f"{made.hold_until.astimezone():%H:%M:%S}"
        world.say(story, f"оператор записал, СМС со ссылкой пришла, срок оплаты до {until}")
        return made

    def _completed(self, made: Booked, revenue_before: int) -> str:
        status = self._world.booking(made.booking_id)["status"]
        return f"{status}, выручка +{money(self._revenue() - revenue_before)}"

    def _revenue(self) -> int:
        kinds = self._world.operator.trial_balance()["kinds"]
        return int(kinds["revenue"]["balance"]) if "revenue" in kinds else 0

    def _sums(self) -> tuple[int, int, int]:
        """The trial balance's total; what entered the books from the provider and did not go back; what the
        provider took and did not give back."""
        trial = self._world.operator.trial_balance()
        provider = trial["kinds"].get("provider", {"balance": 0})
        sandbox = self._world.sandbox
        return trial["total"], -provider["balance"], sandbox.taken() - sandbox.refunded()
