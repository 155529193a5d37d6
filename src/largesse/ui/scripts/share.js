// Hands the text of a message to the device's own sheet, for any messenger; without one, the link opens the message.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("[data-share]");
  if (!link || !navigator.share) return;
  event.preventDefault();
  navigator.share({ text: decodeURIComponent(link.href.split("body=")[1]) }).catch(() => {}); // closed: nothing to say
});
