import { describe, expect, it } from "vitest";
import { checkLanguages, loadLanguageDetector, plainWords } from "./language.ts";

describe("loadLanguageDetector", () => {
  it.each([
    ["en", "Could you send me the figures for March before the meeting?"],
    ["de", "Könntest du mir die Zahlen für März vor der Sitzung schicken?"],
    ["fr", "Pourriez-vous m'envoyer les chiffres avant la réunion de lundi ?"],
    ["es", "¿Podrías enviarme las cifras de marzo antes de la reunión?"],
    ["nl", "Kun je me de cijfers van maart vóór de vergadering sturen?"],
    ["pl", "Czy możesz przesłać mi dane za marzec przed spotkaniem?"],
    ["ru", "Пришлите мне, пожалуйста, цифры за март до совещания."],
    ["ja", "会議の前に三月の数字を送っていただけますか。よろしくお願いします。"],
  ])("knows %s", async (language, text) => {
    expect((await loadLanguageDetector()).detect(text)).toBe(language);
  });

  it("says nothing of what is in no language", async () => {
    const { detect } = await loadLanguageDetector();
    for (const text of [
      "",
      "ok",
      "12:30, 14:45",
      "https://example.com/a/long/path/to/some/page.html ann@x.example",
      "+++ a.c\n--- b.c\n@@ -1 +1 @@",
    ])
      expect(detect(text)).toBeNull();
  });

  it("turns down codes that it does not know, with those that it does", async () => {
    const detector = await loadLanguageDetector();
    checkLanguages(["en", "de"], detector);
    expect(() => checkLanguages(["en", "english"], detector)).toThrow(
      /import\.languages: "english" cannot be detected\. .*\[en, de\].*known are am, ar, /,
    );
  });
});

describe("plainWords", () => {
  it("leaves out addresses, links, patches and numbers", () => {
    expect(
      plainWords("See https://x.example/y now\n+++ b/file\nwrite to a@b.example at 5").split(/\s+/).join(" "),
    ).toBe("See now write to at ");
  });
});
