// A list follows what is chosen in its sentence; without scripts there is a button.
for (const form of document.querySelectorAll("form[data-sentence]")) {
  form.addEventListener("change", (event) => {
    if (event.target.matches("select")) form.requestSubmit();
  });
}
