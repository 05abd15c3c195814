// "Bảng điều khiển thử lỗi": the control API with a face, for people who try how the bot bears faults.

import * as api from "./api.js";
import { el, icon } from "./dom.js";

const CODES = {
  "-32": "quá nhiều lượt gọi mỗi phút",
  "-200": "gửi thất bại",
  "-201": "tham số sai",
  "-210": "vượt giới hạn",
  "-211": "hết hạn mức",
  "-213": "người dân chưa quan tâm",
  "-216": "access token sai",
  "-220": "access token hết hạn",
  "-230": "quá 7 ngày không tương tác",
  "-244": "người dân chặn loại tin này",
};
const TOKEN_ACTS = [["expire", "Cho access token hết hạn"], ["expire_refresh", "Cho refresh token hết hạn"], ["revoke", "Thu hồi quyền"]];
const JUMPS = [[3600, "+1 giờ"], [49 * 3600, "+49 giờ"], [8 * 86400, "+8 ngày"]];

/** Fill the panel and let the button open it; `where()` tells the OA, the citizens and who is shown. */
export function startPanel(panel, toggle, where) {
  const note = el("p", { class: "note", role: "status" });
  const figures = el("dl", { class: "figures" });
  const hook = el("p", { class: "note" });
  let timer = 0;

  const act = async (work, done) => {
    try {
      const answer = await work();
      note.textContent = typeof done === "function" ? done(answer) : done;
      await show();
    } catch (error) {
      note.textContent = error.message;
    }
  };
  const button = (text, work, done) => el("button", { type: "button", onclick: () => act(work, done) }, text);
  const setOption = (name, value) => act(() => api.control("POST", "/options", { [name]: value }), "Đã đổi.");

  const fields = new Map();
  const choice = (name, label, options) => {
    const select = el("select", {}, ...options.map(([value, text]) => el("option", { value }, text)));
    select.addEventListener("change", () => setOption(name, select.value));
    fields.set(name, (state) => { select.value = state[name]; });
    return el("label", {}, label, select);
  };
  const tick = (name, label) => {
    const box = el("input", { type: "checkbox" });
    box.addEventListener("change", () => setOption(name, box.checked));
    fields.set(name, (state) => { box.checked = state[name]; });
    return el("label", { class: "tick" }, box, label);
  };
  const number = (name, label, max) => {
    const box = el("input", { type: "number", min: "0", max: String(max) });
    box.addEventListener("change", () => setOption(name, Number(box.value)));
    fields.set(name, (state) => { if (document.activeElement !== box) box.value = state[name]; });
    return el("label", {}, label, box);
  };

  const outage = el("input", { type: "checkbox" });
  outage.addEventListener("change", () => act(() => api.control("POST", "/outage", { on: outage.checked }), "Đã đổi."));
  const code = el("select", { "aria-label": "Mã lỗi" }, ...Object.entries(CODES).map(([value, text]) => el("option", { value }, `${value} ${text}`)));
  const times = el("input", { type: "number", min: "1", max: "1000", value: "1" });
  const planted = el("p", { class: "note" });
  const plant = (fault) => () => api.control("POST", "/faults", { ...fault, times: Number(times.value) || 1 });
  const officer = el("input", { placeholder: "Ví dụ: Cán bộ trực ban xin nghe." , "aria-label": "Lời cán bộ" });
  const target = () => where().citizens.find((row) => row.id === where().shown);

  panel.append(
    el("div", { class: "panel-head" }, el("h2", {}, "Bảng điều khiển thử lỗi"), el("button", { type: "button", class: "plain", "aria-label": "Đóng bảng điều khiển", onclick: () => open(false) }, icon("close"))),
    note,
    group("Webhook", hook,
      button("Kiểm tra địa chỉ", () => api.control("POST", "/webhook", {}), (answer) => (answer.saved ? `Webhook trả lời 200 sau ${answer.ms} ms.` : `Webhook không đạt: ${answer.result} ${answer.status || ""}`)),
      button("Bật lại webhook", () => api.control("POST", "/webhook/enable", {}), "Webhook đang bật."),
      choice("signature", "Chữ ký", [["right", "đúng"], ["wrong", "sai khoá"], ["missing", "không có"]]),
      choice("encoding", "Cách viết JSON", [["utf8", "UTF-8 gọn"], ["escaped", "\\u…"], ["spaced", "có dấu cách"]]),
      number("duplicate", "Gửi lặp thêm mỗi sự kiện", 20),
      number("delay", "Gửi trễ (giây)", 600),
      tick("reorder", "Đảo thứ tự từng đôi tin"),
      tick("strict", "Gửi lại cả khi trả lời lỗi hoặc chậm"),
      tick("echo", "Báo lại tin của OA (oa_send_*)"),
      tick("receipts", "Báo đã nhận, đã xem")),
    group("Lỗi của OpenAPI", el("label", { class: "tick" }, outage, "Zalo mất kết nối"), el("label", { class: "full" }, "Mã lỗi", code), el("label", {}, "Số lần", times),
      button("Cài mã lỗi này", () => plant({ code: Number(code.value) })(), "Đã cài lỗi."),
      button("Trả lời chậm 5 giây", plant({ kind: "slow", seconds: 5 }), "Đã cài lỗi."),
      button("Đứt trước khi nhận", plant({ kind: "drop_before" }), "Đã cài lỗi."),
      button("Đứt sau khi nhận", plant({ kind: "drop_after" }), "Đã cài lỗi."),
      button("HTTP 502 kèm HTML", plant({ kind: "http", status: 502 }), "Đã cài lỗi."),
      planted, button("Gỡ hết lỗi", () => api.control("DELETE", "/faults"), "Đã gỡ hết lỗi.")),
    group("Token và đồng hồ", ...TOKEN_ACTS.map(([action, text]) => button(text, () => api.control("POST", "/tokens", { action, oa_id: where().oa.id }), "Đã làm.")),
      ...JUMPS.map(([seconds, text]) => button(text, () => api.control("POST", "/clock", { advance: seconds }), "Đồng hồ mô phỏng đã tiến lên."))),
    group("Cán bộ trả lời thay bot", officer,
      button("Gửi cho người đang xem", () => api.control("POST", "/officer", { user_id: target().id, oa_id: where().oa.id, text: officer.value }), () => { officer.value = ""; return `Đã gửi cho ${target().name}.`; })),
    group("Số liệu", figures, button("Xoá hết và làm lại từ đầu", () => api.reset(), "Đã về trạng thái ban đầu.")),
  );

  async function show() {
    const [state, numbers] = await Promise.all([api.control("GET", "/state"), api.control("GET", "/counters")]);
    hook.textContent = `${state.webhook.url} – ${state.webhook.enabled ? "đang bật" : "ĐÃ TẮT"}, đang chờ ${state.webhook.waiting}`;
    outage.checked = state.outage;
    planted.textContent = state.faults.length ? `Đang cài ${state.faults.length} lỗi.` : "Không có lỗi nào đang cài.";
    for (const fill of fields.values()) fill(state.options);
    const rows = Object.entries({ ...numbers.counters, ...Object.fromEntries(Object.entries(numbers.answer_ms).map(([name, value]) => [`answer_ms ${name}`, value])) });
    figures.replaceChildren(...rows.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, String(value))]));
  }

  function open(wanted) {
    panel.hidden = !wanted;
    toggle.setAttribute("aria-expanded", String(wanted));
    clearInterval(timer);
    if (wanted) {
      show().catch((error) => { note.textContent = error.message; });
      timer = setInterval(() => show().catch(() => {}), 2000);
    } else toggle.focus();
  }

  toggle.addEventListener("click", () => open(panel.hidden));
  panel.addEventListener("keydown", (event) => event.key === "Escape" && open(false));
}

function group(title, ...children) {
  return el("fieldset", {}, el("legend", {}, title), ...children);
}
