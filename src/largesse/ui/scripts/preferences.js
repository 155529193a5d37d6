// After a choice of another language or colour scheme, the reader comes back to this very address. The page itself names only an address that may be
// written down in it: a certificate's number may not.
document.addEventListener("submit", (event) => {
  const here = event.target.elements?.here;
  if (here) here.value = location.pathname + location.search;
});
