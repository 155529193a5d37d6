// `data-follows` names a field whose first word stands here, too, until somebody types another one.
for (const field of document.querySelectorAll("[data-follows]")) {
  const led = document.querySelector(`[name="${CSS.escape(field.dataset.follows)}"]`);
  const first = () => (led?.value ?? "").trim().split(/\s+/)[0];
  let given = field.value && field.value === first() ? field.value : "";
  led?.addEventListener("input", () => {
    if (field.value !== given) return;
    given = first();
    field.value = given;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
}
