// `<button data-fills="id">` writes what it says into that field.
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-fills]");
  const field = button && document.getElementById(button.dataset.fills);
  if (!field) return;
  field.value = button.textContent;
  button.textContent = "";
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
});
