// Runs before the first paint, so that nobody sees the wrong size or a flash of light. The page checks it all again.
(function () {
  try {
    var kept = JSON.parse(localStorage.getItem("hearth.reading") || "null");
    if (!kept) return;
    var page = document.documentElement;
    if (kept.text > 0 && kept.text < 4) page.setAttribute("data-text", String(kept.text));
    if (kept.spacing === "wide") page.setAttribute("data-spacing", "wide");
    if (kept.theme === "light" || kept.theme === "dark") page.setAttribute("data-theme", kept.theme);
  } catch {
    // Without storage the page looks as the device asks.
  }
})();
