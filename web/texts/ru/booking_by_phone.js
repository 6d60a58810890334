/** The words of a booking where an operator puts it together: they speak of the patient, not to them. */
import site from "./booking.js";

export default {
  ...site,
  booking: {
    ...site.booking,
    zone: "Часовой пояс пациента",
    zoneHint: "Спросите, где пациент; время ниже показано по нему",
    zonesDiffer: "Крупно – время пациента ({own}), под ним – время клиники ({clinic}).",
    chosen: "Выбрано: {when}",
    who: "Чья консультация?",
    whoChoices: { self: "Звонящего", child: "Ребёнка звонящего" },
    whoMore: { self: "Ему есть 18 лет", child: "Ребёнку нет 18 лет; звонит родитель или законный представитель" },
    relation: "Кем звонящий приходится ребёнку",
    contacts: "Как связаться",
    phoneHint: "На него придёт СМС со ссылкой",
    emailHint: "Сюда придут подтверждение и чек",
    skypeLogin: "Логин в Skype",
    commentsHint: "При необходимости: запрос, жалобы",
    channelMore: { room: "Ссылка придёт после оплаты", skype: "Врач позвонит в Skype", phone: "Врач позвонит на этот номер" },
  },
};
