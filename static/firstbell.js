// Prints, and keeps the page of a running job up to date. The pages say all they have to say without this: the browser's
// menu and a reload do the same.
"use strict";
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}
(() => {
  const now = () => document.querySelector('[data-live="now"]');
  if (!now()) return;
  const quick = 1000, slow = 15000;
  let wait = quick;

  const again = () => setTimeout(look, wait);

  // Puts a fresh part in the place of the one with its id, and the focus back to where it was in it.
  const put = (fresh) => {
    const old = fresh && document.getElementById(fresh.id);
    if (!old) return;
    const held = old.contains(document.activeElement) && document.activeElement.getAttribute("href");
    old.replaceWith(document.importNode(fresh, true));
    if (held) {
      for (const link of document.getElementById(fresh.id).querySelectorAll("a"))
        if (link.getAttribute("href") === held) link.focus();
    }
  };

  const look = async () => {
    if (document.hidden) return again();
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" }, cache: "no-store" });
      // Logged out, or the job is gone: the page itself says it best.
      if (answer.redirected || answer.status === 404) return location.reload();
      if (!answer.ok) throw new Error(answer.status);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      put(page.querySelector("#progress"));
      wait = quick;
      if (now()) return again();
      put(page.querySelector("#records"));
      const said = document.getElementById("said"), word = document.querySelector("#progress h2");
      if (said && word) said.textContent = word.textContent;
    } catch {
      wait = Math.min(wait * 2, slow);
      again();
    }
  };

  again();
})();
