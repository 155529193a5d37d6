// Says how many characters are left, counting code points as the server does, with a line break as one.
const plural = new Intl.PluralRules(document.documentElement.lang || "en");
const digits = new Intl.NumberFormat(document.documentElement.lang || "en");
document.documentElement.classList.add("scripted");

const say = (counter, count, kind) => {
  const form = plural.select(count) === "one" ? "One" : "Many";
  return counter.dataset[kind + form].replace("#", digits.format(count));
};

for (const counter of document.querySelectorAll("[data-counter-for]")) {
  const field = document.getElementById(counter.dataset.counterFor);
  const limit = Number(counter.dataset.limit);
  const spoken = document.createElement("span");
  spoken.className = "unseen";
  spoken.setAttribute("role", "status");
  counter.after(spoken);
  let pause;
  const update = () => {
    const left = limit - [...field.value.replace(/\r\n?/g, "\n")].length;
    counter.classList.toggle("over", left < 0);
    if (left <= limit / 5) counter.parentElement.classList.remove("quiet");
    counter.textContent = left < 0 ? say(counter, -left, "over") : say(counter, left, "left");
    clearTimeout(pause);
    // A screen reader hears it when the typing pauses and the end is near, not at every letter.
    pause = setTimeout(() => { spoken.textContent = left <= limit / 5 ? counter.textContent : ""; }, 900);
  };
  field?.addEventListener("input", update);
  if (field?.value) update();
}
