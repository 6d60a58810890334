/** Words of the console: its frame, and what operators see. */
export default {
  console: {
    title: "Консоль клиники",
    windowTitle: "{section} – консоль клиники",
    menu: "Разделы",
    signOut: "Выйти",
    notSignedOut: "Выйти не удалось: нет связи. Попробуйте ещё раз.",
    groups: { admin: "администратор", operator: "оператор", doctor: "врач" },
    sections: {
      day: "Мой день",
      today: "Сегодня",
      search: "Поиск",
      book: "Новая запись",
      tasks: "Задачи",
      callbacks: "Звонки",
      schedules: "Расписания",
      catalogue: "Каталог",
      figures: "Показатели",
      bookings: "Запись",
      holders: "Лицевой счёт",
      account: "Моя учётная запись",
    },
    refused: {
      home: "На главную",
      unknown: { title: "Такой страницы нет", words: "Проверьте адрес или откройте раздел из меню." },
      forbidden: { title: "Раздел не для вашей роли", words: "Эту страницу видят другие сотрудники. Если она вам нужна, обратитесь к администратору." },
    },
    signIn: {
      title: "Вход для сотрудников",
    },
  },
};
