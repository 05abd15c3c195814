// One phone: the chat of one citizen with one OA.

import * as api from "./api.js";
import { bubble, dayName, deliveryMark, systemLine } from "./bubbles.js";
import { ask, el, icon } from "./dom.js";

const FIRST_WORDS = [
  "Đổi căn cước hết hạn cần giấy tờ gì?",
  "Đăng ký tạm trú mất bao nhiêu tiền?",
  "Mua xe máy cũ sang tên ở đâu?",
];
const GROUP_GAP = 5 * 60 * 1000;

export class Phone {
  /** `citizen` is {id, name}; `oa` is {id, name, colour}; `acts` has `close()` and `renamed(name)`. */
  constructor(citizen, oa, acts) {
    this.citizen = citizen;
    this.oa = oa;
    this.messages = new Map();
    this.follower = false;
    this.drawn = new Map();
    this.build(acts);
  }

  build(acts) {
    const { citizen, oa } = this;
    const who = el("input", { class: "who", value: citizen.name, maxlength: "60", "aria-label": "Tên người dân" });
    who.addEventListener("change", () => acts.renamed(who.value));
    who.addEventListener("keydown", (event) => event.key === "Enter" && who.blur());
    this.scroll = el("div", { class: "scroll", role: "log", "aria-live": "polite", "aria-label": `Tin nhắn của ${citizen.name}`, tabindex: "0" });
    // `stick`: the reader follows the newest message. Only scrolling upwards ends that; pictures that grow do not.
    this.stick = true;
    this.top = 0;
    this.scroll.addEventListener("scroll", () => {
      const { scrollTop } = this.scroll;
      if (this.atEnd()) this.stick = true;
      else if (scrollTop < this.top - 2) this.stick = false;
      this.top = scrollTop;
      this.toEnd.hidden = this.stick;
    });
    // The keyboard of a phone, a longer draft or the follow bar change the height.
    new ResizeObserver(() => this.stick && this.jump()).observe(this.scroll);
    this.toEnd = el("button", { type: "button", class: "to-end", hidden: true, "aria-label": "Xuống tin mới nhất", onclick: () => this.jump() }, icon("down"));
    this.error = el("p", { class: "error", role: "alert", hidden: true });
    this.followBar = el("div", { class: "follow-bar" }, el("span", {}, "Quan tâm để nhận tin từ Official Account"), el("button", { type: "button", onclick: () => this.send({ event: "follow" }) }, "Quan tâm"));
    this.followed = el("button", { type: "button", class: "followed", hidden: true, title: "Đã quan tâm. Bấm để bỏ quan tâm", "aria-label": "Đã quan tâm. Bấm để bỏ quan tâm", onclick: () => this.send({ event: "unfollow" }) }, "✓");
    const initial = oa.name.trim().charAt(0).toUpperCase() || "O";
    this.root = el(
      "section",
      { class: "phone", "aria-label": `Điện thoại của ${citizen.name}` },
      el("div", { class: "caption" }, who, el("button", { type: "button", class: "plain", "aria-label": `Đóng điện thoại của ${citizen.name}`, onclick: () => acts.close() }, icon("close"))),
      el(
        "div",
        { class: "screen" },
        el("div", { class: "head" }, el("span", { class: "avatar", "aria-hidden": "true" }, initial), el("div", { class: "head-text" }, el("h2", {}, oa.name), el("p", {}, "Tài khoản Official Account – mô phỏng trên máy này")), this.followed),
        this.followBar,
        el("div", { class: "chat" }, this.scroll, this.toEnd),
        this.error,
        this.composer(),
      ),
    );
    this.root.style.setProperty("--oa", oa.colour);
    this.root.style.setProperty("--on-oa", isLight(oa.colour) ? "#081c36" : "#ffffff");
    this.initial = initial;
  }

  composer() {
    this.input = el("textarea", { rows: "1", placeholder: "Tin nhắn", "aria-label": "Nhập tin nhắn", enterkeyhint: "send", maxlength: "20000" });
    this.sendButton = el("button", { type: "submit", class: "send", "aria-label": "Gửi tin nhắn", disabled: true }, icon("send"));
    this.input.addEventListener("input", () => this.fit());
    this.input.addEventListener("keydown", (event) => {
      // While a Vietnamese input method is composing, Enter belongs to it.
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        this.sendText();
      }
    });
    const file = el("input", { type: "file", accept: "image/*", hidden: true, tabindex: "-1", "aria-hidden": "true" });
    file.addEventListener("change", () => {
      const [picked] = file.files;
      file.value = "";
      if (picked) this.sendPicture(picked);
    });
    return el(
      "form",
      { class: "composer", onsubmit: (event) => { event.preventDefault(); this.sendText(); } },
      file,
      el("button", { type: "button", class: "tool", "aria-label": "Gửi ảnh", title: "Gửi ảnh", onclick: () => file.click() }, icon("image")),
      el("button", { type: "button", class: "tool", "aria-label": "Gửi vị trí", title: "Gửi vị trí", onclick: () => this.sendPlace() }, icon("pin")),
      this.input,
      this.sendButton,
    );
  }

  fit() {
    this.sendButton.disabled = !this.input.value.trim();
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(this.input.scrollHeight, 130)}px`;
  }

  // -- what the citizen does --------------------------------------------------

  async send(content) {
    this.error.hidden = true;
    try {
      this.add(await api.say(this.citizen.id, this.oa.id, content), true);
      return true;
    } catch (error) {
      this.fail(error);
      return false;
    }
  }

  async sendText() {
    const text = this.input.value;
    if (!text.trim()) return;
    this.input.value = "";
    this.fit();
    this.input.focus();
    // What somebody typed is not lost when it could not be sent.
    if (!(await this.send({ text })) && !this.input.value) {
      this.input.value = text;
      this.fit();
    }
  }

  async sendPicture(file) {
    this.error.hidden = true;
    try {
      const kept = await api.upload(file);
      await this.send(kept.content_type.startsWith("image/") ? { image: kept.url } : { file: { url: kept.url, name: kept.name, size: kept.size } });
    } catch (error) {
      this.fail(error);
    }
  }

  async sendPlace() {
    const answer = await ask(document.getElementById("place-dialog"));
    if (!answer) return;
    const number = (text) => (text.trim() ? Number(text.trim().replace(",", ".")) : NaN);
    const latitude = number(answer.latitude);
    const longitude = number(answer.longitude);
    if (Number.isNaN(latitude) || Number.isNaN(longitude)) this.fail(new Error("Vĩ độ và kinh độ phải là số, ví dụ 10.7916 và 106.6273."));
    else this.send({ location: { latitude, longitude } });
  }

  async share() {
    const answer = await ask(document.getElementById("info-dialog"), { name: this.citizen.name, phone: "" });
    if (answer) this.send({ event: "submit_info", info: { name: answer.name, phone: answer.phone.replace(/\D/g, "").replace(/^0/, "84") } });
  }

  async tap(message, place) {
    this.error.hidden = true;
    try {
      const answer = await api.tap(this.citizen.id, this.oa.id, message.id, place);
      if (answer.message && !answer.message.hidden) this.add(answer.message, true);
    } catch (error) {
      this.fail(error);
    }
  }

  fail(error) {
    this.error.textContent = error.message;
    this.error.hidden = false;
  }

  // -- what is shown ----------------------------------------------------------

  /** Load what is missing; called at the start and after each reconnection. */
  async load() {
    const messages = await api.getMessages(this.citizen.id, this.oa.id, 0);
    for (const message of messages) this.messages.set(message.id, message);
    this.draw(true);
  }

  clear() {
    this.messages.clear();
    this.drawn.clear();
    this.draw(true);
  }

  add(message, own = false) {
    const known = this.messages.get(message.id);
    // The answer to our own POST may come after the stream already brought a newer state.
    if (!known || !own) this.messages.set(message.id, message);
    this.draw(own || this.stick);
  }

  atEnd() {
    return this.scroll.scrollHeight - this.scroll.scrollTop - this.scroll.clientHeight < 80;
  }

  jump() {
    this.stick = true;
    this.scroll.scrollTop = this.scroll.scrollHeight;
    this.toEnd.hidden = true;
  }

  draw(toEnd) {
    if (this.drawing) {
      this.drawToEnd ||= toEnd;
      return;
    }
    this.drawing = true;
    this.drawToEnd = toEnd;
    // Many messages in one burst are drawn once.
    requestAnimationFrame(() => {
      this.drawing = false;
      this.drawNow(this.drawToEnd);
    });
  }

  drawNow(toEnd) {
    const rows = [...this.messages.values()].sort((a, b) => a.id - b.id).slice(-500);
    const state = rows.filter((row) => row.type === "follow" || row.type === "unfollow").at(-1);
    this.follower = state ? state.type === "follow" : false;
    this.followBar.hidden = this.follower;
    this.followed.hidden = !this.follower;
    const newestOwn = rows.filter((row) => row.from === "citizen").at(-1);
    const lines = [];
    let previous = null;
    rows.forEach((message, index) => {
      const at = new Date(message.at);
      if (!previous || new Date(previous.at).toDateString() !== at.toDateString()) {
        const name = dayName(at);
        lines.push(this.keep(`day ${at.toDateString()}`, name, () => el("div", { class: "day" }, el("span", {}, name))));
        previous = null;
      }
      const system = systemLine(message);
      if (system) {
        lines.push(this.keep(message.id, message.delivery, () => el("div", { class: "system" }, system, deliveryMark(message, false))));
        previous = null;
        return;
      }
      const joined = near(previous, message);
      const next = rows[index + 1];
      const last = !near(message, next) || Boolean(systemLine(next));
      const newest = message === newestOwn;
      const look = JSON.stringify([message, joined, last, newest]);
      lines.push(this.keep(message.id, look, () => this.line(message, joined, last, newest)));
      previous = message;
    });
    if (!lines.length) {
      this.empty ||= this.emptyChat();
      lines.push(this.empty);
    }
    settle(this.scroll, lines);
    if (toEnd) this.jump();
    else this.toEnd.hidden = this.atEnd();
  }

  /** Reuse the node of a line that looks the same, so focus, pictures and screen readers are left in peace. */
  keep(key, look, make) {
    const old = this.drawn.get(key);
    if (old && old.look === look) return old.node;
    const node = make();
    this.drawn.set(key, { look, node });
    return node;
  }

  line(message, joined, last, newest) {
    const side = message.from === "oa" ? "left" : "right";
    const acts = {
      tap: (index) => this.tap(message, { button: index }),
      tapRow: (index) => this.tap(message, { row: index }),
      share: () => this.share(),
      find: (msgId) => [...this.messages.values()].find((row) => row.msg_id === msgId),
    };
    const box = bubble(message, acts);
    for (const image of box.querySelectorAll("img")) {
      // A picture grows when it arrives; who was reading the end stays at the end.
      image.addEventListener("load", () => this.stick && this.jump(), { once: true });
    }
    const line = el("div", { class: `line ${side}${joined ? " joined" : ""}${last ? " last" : ""}` });
    line.append(el("span", { class: "sr" }, side === "left" ? `${this.oa.name}: ` : "Bạn: "));
    if (side === "left") line.append(el("span", { class: `avatar small${joined ? " blank" : ""}`, "aria-hidden": "true" }, joined ? "" : this.initial));
    const mark = deliveryMark(message, newest);
    line.append(el("div", { class: "stack" }, box, mark));
    return line;
  }

  emptyChat() {
    return el(
      "div",
      { class: "empty" },
      el("span", { class: "avatar big", "aria-hidden": "true" }, this.initial),
      el("strong", {}, this.oa.name),
      el("p", {}, "Bà con cứ hỏi bằng lời thường ngày. Có thể bấm một câu dưới đây để thử:"),
      ...FIRST_WORDS.map((text) => el("button", { type: "button", class: "suggestion", onclick: () => this.send({ text }) }, text)),
    );
  }
}

function near(a, b) {
  return Boolean(a && b) && a.from === b.from && !systemLine(a) && (a.admin_id || "") === (b.admin_id || "") && new Date(b.at) - new Date(a.at) < GROUP_GAP;
}

function settle(parent, nodes) {
  const wanted = new Set(nodes);
  for (const child of [...parent.childNodes]) if (!wanted.has(child)) child.remove();
  let cursor = parent.firstChild;
  for (const node of nodes) {
    if (node === cursor) cursor = cursor.nextSibling;
    else parent.insertBefore(node, cursor);
  }
}

function isLight(colour) {
  const [red, green, blue] = [1, 3, 5].map((start) => parseInt(colour.slice(start, start + 2), 16));
  return 0.299 * red + 0.587 * green + 0.114 * blue > 150;
}
