// Deciding by keyboard: one group has the focus; its key does what its button does.
"use strict";

const form = document.getElementById("decide");
const groups = Array.from(document.querySelectorAll("[data-group]"));
const boxes = () => Array.from(form.querySelectorAll("input[name=message]"));
const chosen = document.getElementById("chosen");
const all = document.getElementById("all");
let at = -1;

function tell() {
  if (!chosen) return;
  const count = boxes().filter((box) => box.checked).length;
  chosen.textContent = count ? `Đã chọn ${count} câu` : "Chưa chọn câu nào";
}

function go(step) {
  if (!groups.length) return;
  at = Math.min(groups.length - 1, Math.max(0, at + step));
  groups.forEach((group, index) => group.classList.toggle("at", index === at));
  groups[at].querySelector("input").focus();
  groups[at].scrollIntoView({ block: "center" });
}

function toggle() {
  const own = Array.from(groups[at].querySelectorAll("input[name=message]"));
  const wanted = !own.every((box) => box.checked);
  own.forEach((box) => { box.checked = wanted; });
  tell();
}

function decide(how) {
  // Without a choice the group at hand is meant.
  if (!boxes().some((box) => box.checked) && at >= 0) toggle();
  const button = form.querySelector(`button[name=how][value=${how}]`);
  if (button) form.requestSubmit(button);
}

if (all) {
  all.hidden = false;
  all.addEventListener("click", () => {
    const wanted = !boxes().every((box) => box.checked);
    boxes().forEach((box) => { box.checked = wanted; });
    tell();
  });
}
form.addEventListener("change", tell);
groups.forEach((group, index) => group.addEventListener("focusin", () => { at = index; groups.forEach((one, place) => one.classList.toggle("at", place === at)); }));
document.addEventListener("keydown", (event) => {
  const typing = event.target.matches("input:not([type=checkbox]), select, textarea");
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const key = event.key.toLowerCase();
  if (key === "j") go(1);
  else if (key === "k") go(-1);
  else if (key === " " && at >= 0) toggle();
  else if (key === "y") { if (!boxes().some((box) => box.checked) && at >= 0) toggle(); document.getElementById("intent").focus(); }
  else if (key === "d") decide("accept");
  else if (key === "b") decide("reject");
  else if (key === "m" && at >= 0) groups[at].querySelector("a.button").click();
  else return;
  event.preventDefault();
});
const intent = document.getElementById("intent");
if (intent) intent.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); decide("correct"); } });
tell();
