// How one message looks: text, buttons, pictures, files, places. No network here, no state.

import { el, icon, link, safeUrl, withLinks } from "./dom.js";

const SYSTEM = {
  follow: "Bạn đã quan tâm Official Account",
  unfollow: "Bạn đã bỏ quan tâm Official Account",
  submit_info: "Bạn đã chia sẻ thông tin liên hệ",
  withdraw: "Bạn đã yêu cầu xoá dữ liệu cá nhân",
};
const REACTIONS = { ":>": "😄", "--b": "😢", ":-((": "😭", "/-strong": "👍", "/-heart": "❤️", ":-h": "😡", ":o": "😮" };
const FAILURES = {
  refused: "Chưa chuyển được: webhook trả lời lỗi hoặc quá chậm",
  retrying: "Webhook không trả lời, Zalo sẽ gửi lại",
  lost: "Không chuyển được: webhook không trả lời",
  disabled: "Không chuyển được: webhook đang bị tắt",
};
const BUTTON_ICONS = { "oa.open.url": "link", "oa.open.phone": "phone", "oa.open.sms": "sms" };

/** The sentence for a line that is not a bubble, or undefined. */
export const systemLine = (message) => SYSTEM[message.type];

/** The day of a message as people say it. */
export function dayName(date, today = new Date()) {
  const start = (day) => new Date(day.getFullYear(), day.getMonth(), day.getDate()).getTime();
  const days = Math.round((start(today) - start(date)) / 86_400_000);
  if (days === 0) return "Hôm nay";
  if (days === 1) return "Hôm qua";
  return date.toLocaleDateString("vi-VN", { weekday: "long", day: "2-digit", month: "2-digit", year: "numeric" });
}

/** Make the bubble of a message; `acts` has `tap(index)`, `tapRow(index)`, `share()` and `find(msgId)`. */
export function bubble(message, acts) {
  const box = el("div", { class: `bubble ${message.type}` });
  if (message.admin_id) box.append(el("div", { class: "officer" }, "Cán bộ trả lời"));
  if (message.quote) box.append(quoted(acts.find(message.quote)));
  for (const attachment of message.attachments) box.append(attached(message, attachment, acts));
  if (message.text) box.append(el("div", { class: "text" }, ...withLinks(message.text)));
  const at = new Date(message.at);
  const clock = at.toLocaleTimeString("vi-VN", { hour: "2-digit", minute: "2-digit" });
  box.append(el("time", { datetime: message.at }, clock));
  if (message.buttons.length) box.append(buttonList(message, acts));
  if (message.reaction) {
    box.append(el("span", { class: "reaction", title: "Official Account đã thả cảm xúc" }, REACTIONS[message.reaction] || "👍"));
  }
  return box;
}

/** The small line below a citizen's bubble: a failure, or how far it came when it is the newest. */
export function deliveryMark(message, newest) {
  const failure = FAILURES[message.delivery];
  if (failure) {
    const mild = message.delivery === "retrying";
    return el("div", { class: `mark ${mild ? "waiting" : "failed"}`, role: "status" }, `${mild ? "↻" : "!"} ${failure}`);
  }
  if (!newest || message.from !== "citizen" || systemLine(message)) return null;
  return el("div", { class: "mark" }, message.delivery === "delivered" ? "✓ Đã gửi" : "Đang gửi…");
}

function quoted(original) {
  const text = original ? original.text || "[Hình ảnh hoặc tệp]" : "[Tin nhắn trước đó]";
  return el("blockquote", {}, text.length > 120 ? `${text.slice(0, 120)}…` : text);
}

function buttonList(message, acts) {
  const list = el("div", { class: "buttons" });
  message.buttons.forEach((button, index) => {
    const name = BUTTON_ICONS[button.type] || "chat";
    const inside = [icon(name), el("span", {}, button.title)];
    const { payload } = button;
    if (button.type === "oa.open.url") {
      list.append(link(payload.url, { class: "button" }, ...inside));
    } else if (button.type === "oa.open.phone") {
      list.append(el("a", { class: "button", href: `tel:+${payload.phone_code}` }, ...inside));
    } else if (button.type === "oa.open.sms") {
      const href = `sms:+${payload.phone_code}?body=${encodeURIComponent(payload.content)}`;
      list.append(el("a", { class: "button", href }, ...inside));
    } else {
      list.append(el("button", { type: "button", class: "button", onclick: () => acts.tap(index) }, ...inside));
    }
  });
  return list;
}

function attached(message, attachment, acts) {
  const payload = attachment.payload || {};
  switch (attachment.type) {
    case "image":
    case "gif":
      return link(payload.url, { class: "picture", "aria-label": "Mở ảnh cỡ lớn" }, picture(payload.url, "Ảnh trong tin nhắn"));
    case "sticker":
      return payload.url
        ? el("div", { class: "sticker" }, picture(payload.url, "Nhãn dán"))
        : card("chat", "Nhãn dán", payload.id || "");
    case "location":
      return place(payload.coordinates);
    case "file":
      return link(payload.url, { class: "card-link" }, card("file", payload.name || "Tệp", fileSize(payload.size)));
    case "video":
      return link(payload.url, { class: "card-link" }, card("play", "Video", payload.description || ""));
    case "audio":
      return link(payload.url, { class: "card-link" }, card("play", "Tin nhắn thoại", ""));
    case "link":
      return message.type === "business_card"
        ? card("phone", "Danh thiếp", phoneOf(payload.description))
        : link(payload.url, { class: "card-link" }, card("link", payload.description || payload.url, payload.url));
    case "request_user_info":
      return el(
        "div",
        { class: "request" },
        picture(payload.image_url, ""),
        el("strong", {}, payload.title),
        el("p", {}, payload.subtitle),
        el("button", { type: "button", class: "primary", onclick: () => acts.share() }, "Chia sẻ thông tin"),
      );
    case "list":
      return el("div", { class: "list" }, ...payload.elements.map((element, index) => listRow(element, index, acts)));
    default:
      return card("file", attachment.type, "");
  }
}

// As Zalo draws it: the first row is a wide picture with its words below, the others have a small one beside them.
function listRow(element, index, acts) {
  const action = element.default_action || {};
  const words = el("div", {}, el("strong", {}, element.title), element.subtitle ? el("small", {}, element.subtitle) : null);
  const inside = element.image_url ? [picture(element.image_url, ""), words] : [words];
  if (action.type === "oa.open.url") return link(action.url, { class: "row" }, ...inside);
  if (action.type) return el("button", { type: "button", class: "row", onclick: () => acts.tapRow(index) }, ...inside);
  return el("div", { class: "row" }, ...inside);
}

function picture(address, alt) {
  const image = el("img", { src: safeUrl(address), alt, loading: "lazy", referrerpolicy: "no-referrer" });
  image.addEventListener("error", () => image.replaceWith(el("span", { class: "broken" }, "Không xem được ảnh này")), { once: true });
  return image;
}

function card(iconName, title, note) {
  return el("div", { class: "card" }, icon(iconName), el("div", {}, el("strong", {}, title), note ? el("small", {}, note) : null));
}

function place({ latitude, longitude }) {
  const point = `${latitude}, ${longitude}`;
  const map = `https://www.openstreetmap.org/?mlat=${encodeURIComponent(latitude)}&mlon=${encodeURIComponent(longitude)}#map=17/${encodeURIComponent(latitude)}/${encodeURIComponent(longitude)}`;
  return link(map, { class: "place" }, el("div", { class: "map" }, icon("pin")), el("div", { class: "place-text" }, el("strong", {}, "Vị trí"), el("small", {}, point)));
}

function phoneOf(description) {
  try {
    return JSON.parse(description).phone || "";
  } catch {
    return "";
  }
}

function fileSize(size) {
  const bytes = Number(size);
  if (!bytes) return "";
  return bytes < 1024 * 1024 ? `${Math.ceil(bytes / 1024)} KB` : `${(bytes / 1024 / 1024).toFixed(1).replace(".", ",")} MB`;
}
