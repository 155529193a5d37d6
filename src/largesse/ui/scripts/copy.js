// Copies the text beside the button and says so.
document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy]");
  if (!button) return;
  const place = button.closest(".copy");
  const text = place.querySelector("[data-copy-text]");
  const said = place.querySelector("output");
  try {
    await navigator.clipboard.writeText(text.textContent.trim());
    said.textContent = button.dataset.done;
    setTimeout(() => { said.textContent = ""; }, 2500);
  } catch {
    getSelection().selectAllChildren(text); // no clipboard here: mark it, so that it can be copied by hand
  }
});
