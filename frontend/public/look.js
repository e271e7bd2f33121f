// Runs before anything is painted: the colours and the size that this device was last told to use.
// features/preferences/store.ts keeps them and changes them later.
(() => {
  let kept = {};
  try {
    kept = JSON.parse(localStorage.getItem("tiebreak.preferences"))?.value ?? {};
  } catch {
    // Nothing is kept here, or it may not be read: the device decides.
  }
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const root = document.documentElement;
  root.dataset.theme = ["light", "dark"].includes(kept.theme) ? kept.theme : dark ? "dark" : "light";
  root.dataset.textSize = ["s", "l"].includes(kept.text_size) ? kept.text_size : "m";
})();
