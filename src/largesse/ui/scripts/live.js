// `<form data-live="/address">`: after a change, what was filled in goes to that address, which answers JSON {"key": "text"}. Each text is shown
// where `data-live-value` names its key (in a hidden field it becomes the value), each address where `data-live-src` or `data-live-href` does, each alternative where `data-live-alt` does. Only the newest answer counts;
// without one, nothing changes. `data-live-pause` is for how many milliseconds a field must be left alone first: a code that is half typed is a wrong one.
for (const form of document.querySelectorAll("form[data-live]")) {
  let pause;
  let running;
  const show = (answer) => {
    for (const place of document.querySelectorAll("[data-live-value]")) {
      const text = answer[place.dataset.liveValue];
      if (text === undefined) continue;
      if (place instanceof HTMLInputElement) place.value = text;
      else if (place.textContent !== text) place.textContent = text;
    }
    for (const picture of document.querySelectorAll("[data-live-src]")) {
      const address = answer[picture.dataset.liveSrc];
      if (address?.startsWith("/") && picture.getAttribute("src") !== address) picture.src = address;
    }
    for (const picture of document.querySelectorAll("[data-live-alt]")) picture.alt = answer[picture.dataset.liveAlt] ?? picture.alt;
    for (const link of document.querySelectorAll("[data-live-href]")) {
      const address = answer[link.dataset.liveHref];
      if (address?.startsWith("/")) link.href = address;
    }
  };
  const ask = async () => {
    running?.abort();
    running = new AbortController();
    try {
      const answer = await fetch(form.dataset.live, {
        method: "POST",
        body: new URLSearchParams(new FormData(form)),
        headers: { accept: "application/json" },
        signal: running.signal,
      });
      if (answer.ok) show(await answer.json());
    } catch (problem) {
      if (problem.name !== "AbortError") console.info("The live figures are not available just now.");
    }
  };
  form.addEventListener("input", (event) => {
    clearTimeout(pause);
    pause = setTimeout(ask, Number(event.target.dataset.livePause ?? 200));
  });
}
