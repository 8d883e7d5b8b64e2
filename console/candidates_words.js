import { addWords } from "./words.js";

addWords({
  en: {
    "candidates.title": "Candidates",
    "candidates.find": "Find",
    "candidates.who": "E-mail address, phone number or id",
    "candidates.who_hint": "Whole and exact: kari@post.example, +47 900 00 000, or an id of theirs.",
    "candidates.name": "Name",
    "candidates.last_seen": "Last seen",
    "candidates.nobody": "Nobody found",
    "candidates.nobody_text": "Only whole addresses, numbers and ids are found, of people whom you may see.",
  },
  nb: {
    "candidates.title": "Kandidater",
    "candidates.find": "Finn",
    "candidates.who": "E-postadresse, telefonnummer eller id",
    "candidates.who_hint": "Hel og nøyaktig: kari@post.example, +47 900 00 000, eller en id.",
    "candidates.name": "Navn",
    "candidates.last_seen": "Sist sett",
    "candidates.nobody": "Fant ingen",
    "candidates.nobody_text": "Bare hele adresser, numre og id-er blir funnet, og bare folk du får se.",
  },
});
