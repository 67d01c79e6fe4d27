/**
 * Writes src/redact/given-names.json: given names of many languages, those that are words or places too apart; German family names;
 * and other names of people, given or family.
 * Names and places: @faker-js/faker 10.6.0 (MIT); other names: @cspell/dict-people-names 1.1.16 (MIT). What is a word: the lower-case entries of Hunspell dictionaries (npm dictionary-*,
 * only looked up, nothing of them is copied).
 * Run: npm install --no-save @faker-js/faker@10.6.0 @cspell/dict-people-names@1.1.16 dictionary-{en,de,fr,es,it,nl}
 *      node scripts/write-given-names.mjs
 */
import { readFileSync, writeFileSync } from "node:fs";
import { allLocales } from "@faker-js/faker";

const NAMES_OF =
  "en en_IN en_NG en_ZA de fr es es_MX it nl pt_BR pt_PT pl sv da nb_NO fi cs_CZ tr ro hu hr id_ID ru uk el lv".split(
    " ",
  );
const WORDS_OF = "en de fr es it nl".split(" ");
const PLACES_OF = "en de fr es it nl".split(" ");

const fold = (word) => word.normalize("NFC").toLowerCase().replaceAll("’", "'");
const isWord = (name) => /^\p{Lu}[\p{L}\p{M}'’]{2,}$/u.test(name);
const listsIn = (value) => (Array.isArray(value) ? [value] : Object.values(value ?? {}).filter(Array.isArray));
const wordsIn = (value) =>
  listsIn(value)
    .flat()
    .flatMap((name) => String(name).split(/[\s-]+/))
    .filter(isWord);

const words = new Set();
for (const language of WORDS_OF) {
  const path = new URL("index.dic", import.meta.resolve(`dictionary-${language}`));
  for (const line of readFileSync(path, "utf8").split("\n")) {
    const word = line.split(/[/\t\r]/)[0];
    if (word !== "" && word === word.toLowerCase()) words.add(fold(word));
  }
}
const places = new Set();
for (const language of PLACES_OF) {
  const { country, state } = allLocales[language].location;
  for (const place of [country, state].flatMap(listsIn).flat().filter(isWord)) places.add(fold(place));
}
/** Frequent names that the packages lack. */
const MORE =
  "Zbigniew Krzysztof Grzegorz Małgorzata Wojciech Jarosław Sławomir Zdzisław Wiesław Bogusław Stanisław Mieczysław Rajesh Ramesh Suresh Mahesh Sanjay Vijay Ajay Sunita Rajiv Ravi Deepak " +
  "Pradeep Sandeep Venkat Srinivas Lakshmi Priyanka Ngozi Chinedu Emeka Chidi Oluwaseun Adaeze Folasade Thulani Sipho Thabo Lerato Nomsa Zanele Kwame Kofi Akua Wanjiru Hiroshi Kenji Takashi Satoshi " +
  "Yuki Haruto Yoko Keiko Naoko Akira Masahiro Tomoko Kenta Sakura Xiaoming Xiaoli Zhiwei Jianguo Minsu Jihoon Seojun Jiwoo Hyejin Mohamed Ahmed Mahmoud Khaled Fatma Layla Yusuf Hussein " +
  "Tariq Salim Aisha Zainab Nguyen Thuy Huong Tuan Solène Maëlle Gwenaëlle Anaïs Loïc Gaëtan Yannick Björn Søren Øyvind Åsa Þór Siobhan Niamh Aoife Eoin Oisín Ciarán Angharad Rhiannon Eilidh Iain";
const given = new Set(
  [...NAMES_OF.flatMap((locale) => wordsIn(allLocales[locale].person.first_name)), ...MORE.split(" ")].map(fold),
);
const german = new Set(wordsIn(allLocales.de.person.last_name).map(fold));
const isShort = (name) => name.length < 4;
const isWordToo = (name) => words.has(name) || isShort(name);
const people = readFileSync(
  new URL("dict/people-names.txt", import.meta.resolve("@cspell/dict-people-names/cspell-ext.json")),
  "utf8",
)
  .split("\n")
  .filter(isWord)
  .map(fold)
  .filter((name) => !given.has(name) && !isWordToo(name) && !places.has(name));
const list = (names) => [...new Set(names)].sort().join(" ");
const table = {
  given: list([...given].filter((name) => !isWordToo(name) && !places.has(name))),
  wordsToo: list([...given].filter((name) => isWordToo(name) && !places.has(name))),
  placesToo: list([...given].filter((name) => places.has(name))),
  germanFamily: list(german),
  others: list(people),
};
writeFileSync(new URL("../src/redact/given-names.json", import.meta.url), `${JSON.stringify(table, null, 2)}\n`);
console.log(
  Object.entries(table)
    .map(([name, value]) => `${name} ${value.split(" ").length}`)
    .join(", "),
);
