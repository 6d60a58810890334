/** The words of the first question; they are there before all others of a booking. */
export default {
  kind: {
    title: "Вид онлайн-консультации",
    from: "от {price}",
    missing: "Выберите вид консультации",
  },
};
