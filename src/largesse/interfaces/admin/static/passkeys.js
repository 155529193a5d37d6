// Shows forms that a passkey answers where the browser can, and sends what it signed. Without scripts there is the password.
const able = globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON && globalThis.PublicKeyCredential?.parseCreationOptionsFromJSON;

async function answer(form) {
  const options = JSON.parse(form.dataset.options);
  if (form.dataset.passkey === "create") {
    // Of who is not known yet: what they have just typed.
    if (form.elements.email?.value) options.user.name = form.elements.email.value;
    if (form.elements.person?.value) options.user.displayName = form.elements.person.value;
    return navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) });
  }
  return navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!able) continue;
  form.hidden = false;
  for (const one of form.querySelectorAll("[data-able]")) one.hidden = false;
  form.addEventListener("submit", async (event) => {
    if (form.elements.credential.value || event.submitter?.dataset.plain !== undefined) return;
    event.preventDefault();
    event.stopImmediatePropagation(); // it is not sent yet, so it may be pressed again
    try {
      const made = await answer(form);
      form.elements.credential.value = JSON.stringify(made.toJSON());
      form.submit();
    } catch {
      // The person thought better of it, or has none here: the page stays as it is.
    }
  }, { capture: true });
}
