// `data-again="/address?poll=1" data-every="5"`: a page that waits asks that address every so many seconds, and goes there once it waits no more.
// Until then nothing is loaded anew under the reader's hands; without scripts the page does that itself.
const waiting = document.querySelector("[data-again]");

if (waiting) {
  const address = new URL(waiting.dataset.again, location.href);
  const later = () => setTimeout(poll, Number(waiting.dataset.every) * 1000);
  const poll = async () => {
    try {
      const answer = await fetch(address);
      if (answer.ok && !(await answer.text()).includes("data-again=")) {
        location.replace(address);
        return;
      }
      if (answer.ok) address.searchParams.set("poll", Number(address.searchParams.get("poll")) + 1);
    } catch {
      console.info("The shop is out of reach just now; it is asked again.");
    }
    later();
  };
  later();
}
