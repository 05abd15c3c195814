// Marking entities by mouse, finger or keyboard. Without this file the words are typed into the rows.
"use strict";

const form = document.getElementById("annotate");
const sentence = document.getElementById("sentence");
const pieces = Array.from(sentence.querySelectorAll(".piece"));
const marker = document.getElementById("marker");
const kind = document.getElementById("marker-entity");
const selected = document.getElementById("selected");
const rows = document.getElementById("rows");
// The characters of the whole sentence; the server counts code points, as Array.from does.
const letters = Array.from(sentence.textContent);
let first = -1;
let last = -1;

function show() {
  const low = Math.min(first, last);
  const high = Math.max(first, last);
  pieces.forEach((piece, index) => {
    piece.setAttribute("aria-pressed", String(first >= 0 && index >= low && index <= high));
  });
  selected.textContent = first < 0 ? "Chưa chọn chữ nào" : `“${words()}”`;
}

function span() {
  const low = pieces[Math.min(first, last)];
  const high = pieces[Math.max(first, last)];
  return [Number(low.dataset.start), Number(high.dataset.end)];
}

function words() {
  const [start, end] = span();
  return letters.slice(start, end).join("");
}

function choose(index, extend) {
  if (extend && first >= 0) last = index;
  else if (first >= 0 && first === last && index !== first && !extend) last = index;
  else first = last = index;
  show();
}

function marks() {
  pieces.forEach((piece) => piece.classList.remove("marked"));
  for (const row of rows.children) {
    const start = row.querySelector("[name=start]").value;
    const text = row.querySelector("[name=words]").value;
    if (start === "" || !row.querySelector("[name=entity]").value) continue;
    const end = Number(start) + Array.from(text).length;
    pieces.forEach((piece) => {
      piece.classList.toggle("marked", piece.classList.contains("marked") || (Number(piece.dataset.start) < end && Number(piece.dataset.end) > Number(start)));
    });
  }
}

function mark() {
  if (first < 0) return;
  const [start, end] = span();
  let row = Array.from(rows.children).find((one) => !one.querySelector("[name=words]").value);
  if (!row) {
    row = rows.lastElementChild.cloneNode(true);
    rows.append(row);
  }
  row.querySelector("[name=start]").value = String(start);
  row.querySelector("[name=words]").value = letters.slice(start, end).join("");
  row.querySelector("[name=entity]").value = kind.value;
  row.querySelector(".remove").hidden = false;
  first = last = -1;
  show();
  marks();
}

marker.hidden = false;
pieces.forEach((piece, index) => {
  piece.setAttribute("role", "button");
  piece.tabIndex = index === 0 ? 0 : -1;
  // The browser's own selection would begin behind a word whose last letter was clicked.
  piece.addEventListener("mousedown", (event) => { if (event.shiftKey) event.preventDefault(); });
  piece.addEventListener("click", (event) => choose(index, event.shiftKey));
  piece.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step) {
      const next = Math.min(pieces.length - 1, Math.max(0, index + step));
      pieces.forEach((one, place) => { one.tabIndex = place === next ? 0 : -1; });
      if (event.shiftKey) { if (first < 0) first = index; last = next; show(); }
      pieces[next].focus();
    } else if (event.key === " ") choose(index, event.shiftKey);
    else if (event.key === "Enter" && !event.ctrlKey) { if (first < 0) choose(index, false); kind.focus(); }
    else return;
    event.preventDefault();
  });
});
// A stretch chosen with the mouse is taken in whole words.
sentence.addEventListener("mouseup", () => {
  const range = window.getSelection();
  if (!range || range.isCollapsed) return;
  const inside = pieces.map((piece, index) => (range.containsNode(piece, true) ? index : -1)).filter((index) => index >= 0);
  if (inside.length > 1) { first = inside[0]; last = inside[inside.length - 1]; show(); range.removeAllRanges(); }
});
document.getElementById("mark").addEventListener("click", mark);
kind.addEventListener("keydown", (event) => { if (event.key === "Enter" && !event.ctrlKey) { event.preventDefault(); mark(); pieces[0].focus(); } });
rows.addEventListener("input", (event) => {
  // Words that were typed have no place yet: the server looks for them.
  if (event.target.name === "words") event.target.closest(".entity-row").querySelector("[name=start]").value = "";
  marks();
});
rows.addEventListener("click", (event) => {
  if (!event.target.matches(".remove")) return;
  const row = event.target.closest(".entity-row");
  row.querySelectorAll("input").forEach((input) => { input.value = ""; });
  row.querySelector("select").value = "";
  event.target.hidden = true;
  marks();
});
for (const row of rows.children) row.querySelector(".remove").hidden = !row.querySelector("[name=words]").value;

const intent = document.getElementById("intent");
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.ctrlKey) { event.preventDefault(); form.requestSubmit(form.querySelector("button[value=correct]")); }
});
// Enter in a field would press the first button; here it must not save by accident.
form.addEventListener("keydown", (event) => { if (event.key === "Enter" && !event.ctrlKey && event.target.matches("input")) event.preventDefault(); });
marks();
show();
intent.focus();
