// `<form data-arrange>` with `[data-arrange-id]` lines: a line that is dragged to another place is sent there. Without scripts its arrows move it.
for (const form of document.querySelectorAll("form[data-arrange]")) {
  const lines = () => [...form.querySelectorAll("[data-arrange-id]")];
  const ids = () => lines().map((line) => line.dataset.arrangeId).join(",");
  if (!form.querySelector("button[name=up]")) continue;
  const before = ids();
  let dragged;
  for (const line of lines()) {
    line.draggable = true;
    line.addEventListener("dragstart", (event) => {
      dragged = line;
      line.classList.add("dragged");
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", line.dataset.arrangeId);
    });
    line.addEventListener("dragover", (event) => {
      if (!dragged) return;
      event.preventDefault();
      const box = line.getBoundingClientRect();
      const below = event.clientY > box.top + box.height / 2;
      if (line !== dragged) line.parentNode.insertBefore(dragged, below ? line.nextSibling : line);
    });
    line.addEventListener("drop", (event) => event.preventDefault());
    line.addEventListener("dragend", () => {
      line.classList.remove("dragged");
      dragged = undefined;
      if (ids() === before) return;
      form.elements.order.value = ids();
      form.requestSubmit();
    });
  }
}
