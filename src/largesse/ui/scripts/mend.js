// A field that came back wrong is marked no more once it is right; its line in the summary goes, too.
const unmark = (field, inputs) => {
  field.classList.remove("wrong");
  for (const error of field.querySelectorAll(".error")) {
    for (const described of [field, ...field.querySelectorAll(`[aria-describedby~="${CSS.escape(error.id)}"]`)]) {
      const left = (described.getAttribute("aria-describedby") ?? "").split(" ").filter((id) => id && id !== error.id);
      if (left.length) described.setAttribute("aria-describedby", left.join(" "));
      else described.removeAttribute("aria-describedby");
    }
    error.remove();
  }
  for (const input of inputs) {
    input.removeAttribute("aria-invalid");
    const line = document.querySelector(`[data-summary] a[href="#${CSS.escape(input.id)}"]`)?.closest("li");
    if (!input.id || !line) continue;
    const summary = line.closest("[data-summary]");
    line.remove();
    const rest = [...summary.querySelectorAll("li")];
    if (rest.length) summary.querySelector(".title").textContent = summary.dataset[`left${rest.length}`];
    else summary.remove();
  }
};

for (const field of document.querySelectorAll(".field.wrong")) {
  const inputs = [...field.querySelectorAll("input, select, textarea")];
  const said = () => inputs.map((input) => `${input.value} ${input.checked}`).join("\n");
  const sent = said();
  const look = () => {
    const stands = inputs.every((input) => input.checkValidity()) && !field.querySelector(".counter.over");
    if (stands && said() !== sent && field.classList.contains("wrong")) unmark(field, inputs);
  };
  field.addEventListener("input", look);
  field.addEventListener("change", look);
}
