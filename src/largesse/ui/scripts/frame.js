// A page in a frame of another web site tells that site, and no other, how high it is, once the site's page has spoken to it.
const framed = document.querySelector("[data-site]");
const site = framed?.dataset.site;
if (site && window.parent !== window) {
  let spoken = false;
  const tell = () => {
    if (spoken) window.parent.postMessage({ largesse: 1, height: Math.ceil(framed.getBoundingClientRect().height) }, site);
  };
  addEventListener("message", (event) => {
    if (event.source !== window.parent || event.origin !== site || event.data?.largesse !== 1) return;
    spoken = true;
    tell();
  });
  new ResizeObserver(tell).observe(framed);
}
// A form that should open in the window itself, and did not: the site around does not let it.
for (const form of document.querySelectorAll("form[data-opens-top]")) {
  form.addEventListener("submit", () => {
    setTimeout(() => {
      form.querySelector("[aria-busy]")?.removeAttribute("aria-busy");
      document.querySelector("[data-stays]").hidden = false;
    }, 3000);
  });
}
