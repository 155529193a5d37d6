/* Largesse embed kit 1. Puts the gift form where a link to it stands:
   <a class="largesse-gift" href="https://SHOP/SLUG/gift/OFFERING">Gift certificates</a>
   The link stays until the form has answered, and for good where it may not be shown. No cookie, no storage, no request but to the shop. */
(() => {
  "use strict";
  const script = document.currentScript;
  const shop = script && script.src ? new URL(script.src).origin : "";
  const site = location.origin;
  if (!shop || site === "null") return;

  const place = (link) => {
    const [, slug, gift, offering, ...more] = link.pathname.split("/");
    if (link.origin !== shop || gift !== "gift" || !offering || more.length > 0 || link.dataset.largesse) return;
    link.dataset.largesse = "1";
    const chosen = new URLSearchParams(link.search);
    chosen.set("site", site);
    const schemes = [getComputedStyle(document.documentElement).colorScheme, document.querySelector("meta[name=color-scheme]")?.content];
    if (!schemes.join().includes("dark")) chosen.set("theme", "light"); // as the page around it, whatever the system prefers

    const frame = document.createElement("iframe");
    frame.title = link.textContent.trim() || "Gift certificates";
    frame.src = `${shop}/${slug}/embed/gift/${offering}?${chosen}`;
    Object.assign(frame.style, { display: "block", width: "100%", height: "0", border: "0", visibility: "hidden" });
    let isShown = false;

    addEventListener("message", (event) => {
      if (event.source !== frame.contentWindow || event.origin !== shop) return;
      const height = event.data && event.data.largesse === 1 ? event.data.height : undefined;
      if (!Number.isFinite(height) || height <= 0) return;
      frame.style.height = `${Math.min(height, 20000)}px`;
      if (isShown) return;
      isShown = true;
      frame.style.visibility = "visible";
      link.style.setProperty("display", "none", "important");
    });
    frame.addEventListener("load", () => {
      frame.contentWindow.postMessage({ largesse: 1 }, shop);
      if (isShown && frame.getBoundingClientRect().top < 0) frame.scrollIntoView();
    });
    link.after(frame);
  };

  const placeAll = () => document.querySelectorAll("a.largesse-gift[href]").forEach(place);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", placeAll);
  else placeAll();
})();
