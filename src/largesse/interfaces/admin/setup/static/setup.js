// What came in the fragment is typed into the form, and taken out of the address, which histories keep.
const form = document.querySelector("form[data-setup]");
if (form && location.hash.length > 1) {
  form.elements.token.value = decodeURIComponent(location.hash.slice(1));
  history.replaceState(null, "", location.pathname);
}
const zone = document.querySelector("input[name=time_zone]");
if (zone && !zone.value) zone.value = Intl.DateTimeFormat().resolvedOptions().timeZone;
