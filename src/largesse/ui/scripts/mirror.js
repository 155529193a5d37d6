// What is typed in a field shows where `data-mirror` names the field, such as the preview of the certificate; empty, its `data-empty` text.
for (const place of document.querySelectorAll("[data-mirror]")) {
  const named = () => document.querySelectorAll(`[name="${CSS.escape(place.dataset.mirror)}"]`);
  const update = () => {
    const fields = [...named()];
    const field = fields.length > 1 ? fields.find((one) => one.checked) : fields[0];
    place.textContent = field?.value || place.dataset.empty || "";
  };
  for (const field of named()) field.addEventListener("input", update);
  if (named().length) update();
}
