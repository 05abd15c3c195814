// The page: which phones are open, which OA is shown, and the stream of news from the simulator.

import * as api from "./api.js";
import { ask, el } from "./dom.js";
import { startPanel } from "./panel.js";
import { Phone } from "./phone.js";

const STORED = "simulator.citizens";
const byId = (id) => document.getElementById(id);
const narrow = matchMedia("(max-width: 719px)");

let oas = [];
let oa = null;
let citizens = readCitizens();
let phones = new Map();
let shown = citizens[0].id;
let era = "";

function readCitizens() {
  try {
    const rows = JSON.parse(localStorage.getItem(STORED));
    if (Array.isArray(rows) && rows.length && rows.every((row) => typeof row.id === "string")) return rows;
  } catch {
    // A damaged or forbidden store only means starting with the first citizen.
  }
  return [{ id: "5550001112223334445", name: "Người dân 1" }];
}

function keepCitizens() {
  try {
    localStorage.setItem(STORED, JSON.stringify(citizens));
  } catch {
    // Without a store the page works, it only forgets who was open.
  }
}

function newId() {
  const digits = crypto.getRandomValues(new Uint32Array(2));
  return `555${String(digits[0]).padStart(10, "0")}${String(digits[1]).padStart(10, "0").slice(-6)}`;
}

async function draw() {
  phones = new Map();
  for (const citizen of citizens) {
    phones.set(
      citizen.id,
      new Phone(citizen, oa, { close: () => close(citizen.id), renamed: (name) => rename(citizen, name) }),
    );
  }
  byId("phones").replaceChildren(...[...phones.values()].map((phone) => phone.root));
  drawChooser();
  await refresh();
}

function drawChooser() {
  if (!phones.has(shown)) shown = citizens[0].id;
  byId("citizen-pick").replaceChildren(...citizens.map((row) => el("option", { value: row.id, selected: row.id === shown }, row.name)));
  byId("phones").classList.toggle("single", citizens.length === 1);
  for (const [id, phone] of phones) phone.root.classList.toggle("shown", id === shown);
}

async function refresh() {
  try {
    await Promise.all(citizens.map((row) => api.putCitizen(row.id, row.name)));
    await Promise.all([...phones.values()].map((phone) => phone.load()));
  } catch {
    byId("offline").hidden = false;
  }
}

function close(id) {
  if (citizens.length === 1) return;
  citizens = citizens.filter((row) => row.id !== id);
  phones.get(id).root.remove();
  phones.delete(id);
  keepCitizens();
  drawChooser();
}

async function rename(citizen, name) {
  citizen.name = name.trim() || citizen.name;
  keepCitizens();
  drawChooser();
  await api.putCitizen(citizen.id, citizen.name).catch(() => {});
}

async function add() {
  const dialog = byId("add-dialog");
  let picked = null;
  byId("others").replaceChildren();
  // The list comes while the person already types.
  api.getCitizens(oa.id).catch(() => []).then((others) => {
    const absent = others.filter((row) => !phones.has(row.user_id)).slice(-8);
    byId("others").replaceChildren(
      ...(absent.length ? [el("p", {}, "Hoặc mở một người đã có:")] : []),
      ...absent.map((row) => el("button", { type: "button", onclick: () => { picked = { id: row.user_id, name: row.name }; dialog.close("ok"); } }, row.name)),
    );
  });
  const answer = await ask(dialog, { name: "" });
  if (!answer) return;
  const citizen = picked || { id: newId(), name: answer.name.trim() || `Người dân ${citizens.length + 1}` };
  citizens.push(citizen);
  shown = citizen.id;
  keepCitizens();
  await draw();
  const phone = phones.get(citizen.id);
  phone.root.scrollIntoView({ inline: "end" });
  phone.input.focus();
}

function listen() {
  const source = new EventSource("/api/stream");
  source.addEventListener("open", () => { byId("offline").hidden = true; });
  source.addEventListener("error", () => { byId("offline").hidden = false; });
  source.addEventListener("era", (event) => {
    // A new start or a reset: what is shown no longer exists over there. The same era: only a reconnection.
    if (era && era !== event.data) for (const phone of phones.values()) phone.clear();
    if (era) refresh();
    era = event.data;
  });
  for (const kind of ["message", "update"]) {
    source.addEventListener(kind, (event) => {
      const news = JSON.parse(event.data);
      if (news.oa_id === oa.id) phones.get(news.user_id)?.add(news.message);
    });
  }
}

function wire() {
  byId("add").addEventListener("click", add);
  byId("citizen-pick").addEventListener("change", (event) => {
    shown = event.target.value;
    drawChooser();
    phones.get(shown).jump();
  });
  byId("oa-pick").addEventListener("change", (event) => {
    oa = oas.find((row) => row.id === event.target.value);
    draw();
  });
  byId("here").addEventListener("click", () => {
    const note = byId("place-note");
    note.textContent = "Đang tìm vị trí…";
    const refused = () => { note.textContent = "Máy này không cho biết vị trí. Bà con có thể gõ vĩ độ và kinh độ."; };
    if (!navigator.geolocation) refused();
    else navigator.geolocation.getCurrentPosition(({ coords }) => {
      const form = byId("place-dialog").querySelector("form");
      form.elements.latitude.value = coords.latitude.toFixed(6);
      form.elements.longitude.value = coords.longitude.toFixed(6);
      note.textContent = "Đã lấy vị trí.";
    }, refused, { timeout: 8000 });
  });
  narrow.addEventListener("change", () => { for (const phone of phones.values()) phone.jump(); });
  startPanel(byId("panel"), byId("tools"), () => ({ oa, citizens, shown }));
}

async function start() {
  wire();
  for (;;) {
    try {
      oas = await api.getOas();
      break;
    } catch {
      byId("offline").hidden = false;
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
  [oa] = oas;
  byId("oa-label").hidden = oas.length < 2;
  byId("oa-pick").replaceChildren(...oas.map((row) => el("option", { value: row.id }, row.name)));
  await draw();
  listen();
}

start();
