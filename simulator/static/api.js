// The JSON API of the simulator, as functions. A refusal becomes an Error whose message is the sentence sent.

async function call(method, path, body) {
  const options = { method, headers: {} };
  if (body instanceof FormData) options.body = body;
  else if (body !== undefined) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Error("Không nối được với máy mô phỏng. Hãy thử lại sau giây lát.");
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.error || `Lỗi ${response.status}`);
  return answer;
}

const person = (user) => `/api/citizens/${encodeURIComponent(user)}`;

export const getOas = () => call("GET", "/api/oas").then((answer) => answer.oas);
export const getCitizens = (oa) =>
  call("GET", `/api/citizens?oa_id=${encodeURIComponent(oa)}`).then((answer) => answer.citizens);
export const putCitizen = (user, name) => call("PUT", person(user), { name });
export const getMessages = (user, oa, after) =>
  call("GET", `${person(user)}/messages?oa_id=${encodeURIComponent(oa)}&after=${after}`).then((a) => a.messages);
export const say = (user, oa, content) => call("POST", `${person(user)}/messages`, { ...content, oa_id: oa });
export const tap = (user, oa, message, place) =>
  call("POST", `${person(user)}/tap`, { oa_id: oa, message_id: message, ...place });
export const control = (method, path, body) => call(method, `/api/control${path}`, body);
export const reset = () => call("POST", "/api/reset");

/** Keep a picture or file on the simulator; resolves with its url, name and size. */
export function upload(file) {
  const form = new FormData();
  form.append("file", file, file.name);
  return call("POST", "/api/media", form);
}
