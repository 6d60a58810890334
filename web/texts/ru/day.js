/** Words of the doctor's day. */
export default {
  day: {
    none: "На этот день оплаченных консультаций нет.",
    count: { one: "{count} консультация", few: "{count} консультации", many: "{count} консультаций", other: "{count} консультации" },
    refreshed: "Обновляется само.",
    stages: { now: "Сейчас", unsaid: "Ждут вашего слова", next: "Следующая", later: "Позже", ahead: "Назначены", over: "Прошли" },
    unsaid: "Время вышло: запишите, состоялась ли консультация. От этого зависят деньги пациента.",
    noWord: "Итог не записан",
    left: "ещё {left}",
    in: "через {left}",
    hours: { one: "{count} час", few: "{count} часа", many: "{count} часов", other: "{count} часа" },
    details: "Подробности",
    join: "Войти в видеосвязь",
    skype: "Skype: {login}",
    call: "Позвонить {phone}",
    age: { one: "{count} год", few: "{count} года", many: "{count} лет", other: "{count} года" },
    born: "{age}, дата рождения {date}",
    earlier: { one: "Раньше была {count} консультация", few: "Раньше было {count} консультации", many: "Раньше было {count} консультаций", other: "Раньше было {count} консультации" },
    tries: { one: "{count} попытка связаться", few: "{count} попытки связаться", many: "{count} попыток связаться", other: "{count} попытки связаться" },
    acts: "Работа с консультацией",
    noCallbacks: "Заявок на звонок нет.",
  },
};
