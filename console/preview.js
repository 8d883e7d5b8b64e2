// Shows a mail that the console hands in. The policy of this page lets no script of the mail run,
// no form be sent and no link be followed; the frame around it has an origin of its own.
addEventListener("message", ({ source, data }) => {
  if (source !== parent || typeof data?.html !== "string") return;
  const mail = new DOMParser().parseFromString(data.html, "text/html");
  for (const link of mail.querySelectorAll("a[href], area[href]")) link.removeAttribute("href");
  document.documentElement.lang = mail.documentElement.lang || "en";
  document.head.append(...mail.head.querySelectorAll("style"));
  document.body.replaceWith(document.adoptNode(mail.body));
});
