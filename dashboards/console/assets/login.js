const form = document.querySelector("form"), problem = document.querySelector("#problem"), button = form.querySelector("button");
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  button.disabled = true;
  problem.textContent = "";
  try {
    const answer = await fetch("/api/v1/session", {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Yingfeng-Request": "1" },
      body: JSON.stringify({ name: form.elements.name.value, password: form.elements.password.value }),
    });
    if (answer.ok) return location.assign(form.dataset.next);
    const said = (await answer.json()).detail || "";
    const halves = said.split(" / ");
    problem.textContent = halves.length === 2 ? halves[form.dataset.language === "zh" ? 0 : 1] : said || form.dataset.failed;
  } catch {
    problem.textContent = form.dataset.failed;
  }
  button.disabled = false;
});
document.querySelector("#language").addEventListener("click", () => {
  document.cookie = "yingfeng_language=" + form.dataset.other + ";path=/console;max-age=31536000;samesite=lax";
  location.reload();
});
