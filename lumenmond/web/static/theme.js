// Before the first paint: the theme that the system asks for. Latte by day, Mocha by night.
(() => {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const follow = () => {
    document.documentElement.dataset.webtuiTheme = dark.matches ? "catppuccin-mocha" : "catppuccin-latte";
  };
  dark.addEventListener("change", follow);
  follow();
})();
