// A form goes once, however often its button is pressed. It may go again when the page is come back to.
const going = new WeakSet();

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method === "dialog") return;
  // What is answered with a file leaves the page as it is: nothing tells when it has come.
  if ("file" in form.dataset) return;
  if (going.has(form)) {
    event.preventDefault();
    return;
  }
  going.add(form);
  // Whoever comes back finds what was sent, to be changed, and not an empty form that would make another one.
  if (form.dataset.back) history.replaceState(history.state, "", form.dataset.back);
  const button = event.submitter;
  if (button?.classList.contains("button")) button.setAttribute("aria-busy", "true");
});

addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.forms) going.delete(form);
  for (const button of document.querySelectorAll("button[aria-busy]")) button.removeAttribute("aria-busy");
});

// What is wrong is read first when a form comes back.
document.querySelector("[data-focus]")?.focus();
