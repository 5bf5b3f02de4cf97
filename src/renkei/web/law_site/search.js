// The search of the law site: looks through search-index.js, asks no server, keeps nothing.
(() => {
  "use strict";
  const form = document.getElementById("search");
  const index = window.renkeiIndex;
  if (!form || !index) return;
  const input = document.getElementById("words");
  const found = document.getElementById("found");
  const results = document.getElementById("results");
  const most = Number(form.dataset.most);
  const plain = (text) => text.normalize("NFKC").toLowerCase();
  const entries = index.entries.map(([kind, name, place, more]) => ({
    kind: index.kinds[kind], name, place, title: plain(name), text: plain(`${name} ${more}`),
  }));

  let shown = "";
  let waiting = 0;
  const look = () => {
    clearTimeout(waiting);
    const words = plain(input.value).split(/\s+/u).filter(Boolean);
    if (words.join(" ") === shown) return; // drawn anew, the result in focus would be lost
    shown = words.join(" ");
    results.replaceChildren();
    found.textContent = "";
    if (words.length === 0) return;
    const hits = entries.filter((one) => words.every((word) => one.text.includes(word)));
    // Names that begin with what was typed come first; otherwise the order of the index holds.
    const first = (one) => (one.title.startsWith(words[0]) ? 0 : 1);
    hits.sort((one, other) => first(one) - first(other));
    const said = hits.length === 0 ? "none" : hits.length > most ? "more" : "count";
    found.textContent = form.dataset[said].replace("%", String(hits.length));
    for (const one of hits.slice(0, most)) {
      const line = document.createElement("li");
      const link = document.createElement("a");
      const kind = document.createElement("span");
      link.href = one.place;
      link.textContent = one.name;
      kind.className = "quiet small";
      kind.textContent = ` ${one.kind}`;
      line.append(link, kind);
      results.append(line);
    }
  };

  input.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(look, 150);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    look();
  });
  form.hidden = false;
  const asked = new URLSearchParams(location.search).get("q");
  if (asked) input.value = asked;
  if (input.value) look();
})();
