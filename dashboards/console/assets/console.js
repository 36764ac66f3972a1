// When the connection is lost, find out whether it is the server or the session that went away.
setInterval(() => {
  if (!window.socket || window.socket.connected) return;
  fetch("/api/v1/session").then((answer) => {
    if (answer.status === 401) location.assign("/console/login?next=" + encodeURIComponent(location.pathname + location.search));
  }).catch(() => {});
}, 4000);
function chooseLanguage(language) {
  document.cookie = "yingfeng_language=" + language + ";path=/console;max-age=31536000;samesite=lax";
  location.reload();
}
function signOut() {
  fetch("/api/v1/session", { method: "DELETE", headers: { "X-Yingfeng-Request": "1" } })
    .finally(() => location.assign("/console/login"));
}
function copyText(id) {
  const text = document.getElementById(id).innerText;
  if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}
