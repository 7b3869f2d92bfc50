// A classic script in the head: the theme is known before anything is drawn.
(() => {
  let theme = null;
  try {
    theme = localStorage.getItem("theme");
  } catch {
    // Storage may be forbidden; the system's own theme is good.
  }
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
})();
