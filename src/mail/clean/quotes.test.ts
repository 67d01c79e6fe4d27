import { describe, expect, it } from "vitest";
import { splitQuotes } from "./quotes.ts";

/** A text whose lines begin with the part they belong to: n(ew), q(uoted), s(ignature), or blank. */
function expectSplit(marked: string, interleaved = false): void {
  const lines = marked.split("\n").map((line) => [line.slice(0, 1), line.slice(2)]);
  const part = (kind: string) => lines.filter(([mark]) => mark === kind).map(([, text]) => text.trim());
  const split = splitQuotes(lines.map(([, text]) => text).join("\n"));
  const found = (text: string) =>
    text
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "");
  expect({ n: found(split.visible), q: found(split.quoted), s: found(split.signature) }).toEqual({
    n: part("n"),
    q: part("q"),
    s: part("s"),
  });
  expect(split.interleaved).toBe(interleaved);
}

describe("splitQuotes", () => {
  it("keeps a mail without quotes whole", () => {
    expectSplit("n Hi Bob,\n\nn 5 > 3, and a -> b.\nn On Monday we wrote:\nn nothing.\n\nn Best,\nn Ann");
    expect(splitQuotes("")).toEqual({
      visible: "",
      quoted: "",
      signature: "",
      interleaved: false,
      pieces: [],
      isDoubtful: false,
    });
  });

  it("splits a reply above its quote", () => {
    expectSplit(
      "n Yes, let us do that.\n\nq On Thu, Aug 22, 2002 at 12:36 PM, Robert Elz <kre@x.example> wrote:\nq > Shall we?\nq >> Perhaps.\nq >\nq > R.",
    );
  });

  it("splits a reply below its quote, with the signature and list footer", () => {
    expectSplit(
      "q Robert Elz writes:\nq > Shall we?\n\nn Yes.\n\nn Ann\n\ns -- \ns Ann Lee\ns +1 555 0100\n\ns _______________________________________________\ns Exmh-workers mailing list\ns https://x.example/listinfo/exmh-workers",
    );
  });

  it("keeps the answers between quoted lines and says so", () => {
    expectSplit("n Hi,\n\nq > one?\nn Answer one.\n\nq > two?\n\nn Answer two.", true);
    expectSplit("n Hi,\n\nq > one?\nn Answer one.\ns -- \ns me");
  });

  it("gives the rest of a wrapped quoted line to the quote", () => {
    expectSplit(
      "n No.\n\nq > a line that was so long that the mail program of the sender wrapped\nq it here\nq > and went on",
    );
  });

  it.each([
    "On Thu, 22 Aug 2002, Robert Elz wrote:",
    "On 22/08/2002 12:36, Robert Elz wrote:",
    "At 12:36 PM 8/22/2002 +0100, Robert Elz wrote:",
    "Am 22.08.2002 um 12:36 schrieb Robert Elz <kre@x.example>:",
    "Am Do., 22. Aug. 2002 um 12:36 Uhr schrieb Robert Elz:",
    "Le jeu. 22 août 2002 à 12:36, Robert Elz <kre@x.example> a écrit :",
    "El jue, 22 ago 2002 a las 12:36, Robert Elz (<kre@x.example>) escribió:",
    "Em qui., 22 de ago. de 2002 às 12:36, Robert Elz escreveu:",
    "Il giorno gio 22 ago 2002 alle ore 12:36 Robert Elz ha scritto:",
    "Op do 22 aug. 2002 om 12:36 schreef Robert Elz:",
    "Den tors 22 aug. 2002 12:36 skrev Robert Elz:",
    "22.08.2002 12:36, Robert Elz пишет:",
    "чт, 22 авг. 2002 г. в 12:36, Robert Elz <kre@x.example>:",
    "W dniu 22.08.2002 o 12:36, Robert Elz pisze:",
    "Dne 22. 8. 2002 v 12:36 Robert Elz napsal(a):",
    "2002年8月22日(木) 12:36 Robert Elz <kre@x.example>:",
    "Robert Elz <kre@x.example>于2002年8月22日 周四12:36写道：",
    "Robert Elz <kre@x.example>, 22 Ağu 2002 Per, 12:36 tarihinde şunu yazdı:",
    "On Friday 22 August 2002 at 09:40, Kate mentioned:",
    "Quoting Robert Elz <kre@x.example>:",
    "In message <13258@munnari>, Robert Elz writes:",
    "* Robert Elz (kre@x.example) wrote:",
  ])("knows %s", (attribution) => {
    expectSplit(`n Fine with me.\n\nq ${attribution}\nq > Shall we?`);
  });

  it("knows an introduction that is wrapped over two or three lines", () => {
    expectSplit("n Fine.\n\nq On Thu, 22 Aug 2002 12:36:23 +0100, Robert Elz\nq <kre@x.example> wrote:\nq > Shall we?");
    expectSplit(
      "n Fine.\n\nq On Thursday, 22 August 2002,\nq Robert Elz via the list\nq <list@x.example> wrote:\n\nq > Shall we?",
    );
    expectSplit("n Fine, as I said before:\n\nn We meet on Monday, then.\n\nq Robert Elz wrote:\nq > Shall we?");
  });

  it("takes all below a dated introduction without quote signs", () => {
    expectSplit(
      "n Sounds good to me, thanks.\n\nq On Aug 22, 2002, at 12:36, Robert Elz <kre@x.example> wrote:\n\nq Shall we?\n\nq Robert",
    );
  });

  it.each([
    "Am 04.10.24 um 10:22 schrieb Hans Wolf:",
    "Op 04-10-2024 om 10:22 schreef Jan Jansen:",
    "Jan Jansen schreef op 04-10-2024 10:22:",
    "Den 04.10.2024 10:22, skrev Anna Berg:",
    "Matti Meikäläinen kirjoitti 4.10.2024 klo 10.22:",
    "Jaan Tamm kirjutas 04.10.2024 kell 10:22:",
    "Dana 04.10.2024. u 10:22, Ivan Horvat je napisao/la:",
    "Dne 4. 10. 24 ob 10:22 je Janez Novak napisal(a):",
    "Dňa 04.10.24 o 10:22 Ján Novák napísal(a):",
    "Ngày 4/10/24 10:22, Nguyễn Văn A đã viết:",
    "於 2024/10/4 上午 10:22, 王小明 提到:",
    "2024-10-04 오전 10:22에 김철수 이(가) 쓴 글:",
    "في الجمعة، ٤ أكتوبر ٢٠٢٤ في ١٠:٢٢ ص تمت كتابة ما يلي بواسطة أحمد علي <a@x.example>:",
    "در تاریخ جمعه ۴ اکتبر ۲۰۲۴، ۱۰:۲۲ علی <ali@x.example> نوشت:",
    "Joe Foo <joe@x.example> writes:",
    "Quoting Joe Foo <joe@x.example>:",
    "Joe Foo <joe@x.example>:",
  ])("takes all below a paragraph that says who wrote, and when or from where: %s", (introduction) => {
    expectSplit(`n Sounds good to me, thanks.\n\nq ${introduction}\n\nq Shall we?\n\nq Robert`);
  });

  it("leaves a paragraph alone that tells or asks of a writing", () => {
    expectSplit(
      "n Hello.\n\nn Is this what Ann wrote on 4.10.2024 at 10:22?\n\nn I cannot find it:\n\nn the second page.",
    );
    expectSplit("n Hello.\n\nn Ann wrote on 4.10.2024 at 10:22 that she agrees.\n\nn So do I.");
    expectSplit("n Please write to Joe Foo <joe@x.example>\n\nn He knows more.");
  });

  it("learns a quote sign of its own below an introduction", () => {
    expectSplit(
      "q On Fri, 23 Aug 2002, Tom wrote:\n\nq --]XviD is a project\nq --]to make codecs\n\nn So I hear.\n\nq --]Really.\nn Yes.",
      true,
    );
    expectSplit("q f> Shall we?\n\nn We shall.\n\nq f> Or not?\n\nn No.", true);
    expectSplit("q Jö> Wollen wir?\nq Jö> Oder nicht?\n\nn Wir wollen.");
    expectSplit("n Try this:\n\nn sql> select 1\nn sql> quit\n\nn and x> 3 holds once."); // prompts, and no quote
    expectSplit('q >>>>> "R" == Robert Elz <kre@x.example> writes:\n\nq R> Shall we?\nq R> Or not?\n\nn We shall.');
  });

  it.each([
    "q -----Original Message-----\nq From: Robert Elz [mailto:kre@x.example]\nq Sent: Thursday, August 22, 2002 12:36\nq To: Ann\nq Subject: RE: lunch\n\nq Shall we?",
    "q From: Robert Elz <kre@x.example>\nq Sent: Thursday, August 22, 2002 12:36\nq To: Ann\nq Subject: lunch\n\nq Shall we?",
    "q *Von:* Robert Elz <kre@x.example>\nq *Gesendet:* Donnerstag, 22. August 2002\nq *An:* Ann\nq *Betreff:* Mittagessen\n\nq Sollen wir?",
    "q De : Robert Elz <kre@x.example>\nq Envoyé : jeudi 22 août 2002 12:36\nq À : Ann\nq Objet : déjeuner\n\nq On y va ?",
    "q 发件人: Robert Elz\nq 发送时间: 2002年8月22日\nq 收件人: Ann\nq 主题: 午饭\n\nq 去吗？",
    "q -----Ursprüngliche Nachricht-----\nq Sollen wir?",
    "q ---------- Forwarded message ---------\nq From: Robert Elz <kre@x.example>\nq Subject: lunch\n\nq Shall we?",
  ])("takes an Outlook block and all below it: %#", (block) => {
    expectSplit(`n Fine with me, see you there.\n\n${block}`);
  });

  it.each([
    ["Dari", "Terkirim", "Untuk", "Perihal"],
    ["จาก", "วันที่", "ถึง", "หัวเรื่อง"],
    ["Saatja", "Saadetud", "Saaja", "Teema"],
    ["送信元", "送信日", "宛先", "件名"],
    ["Отправитель", "Дата", "Получатель", "Тема"],
    ["Nadawca", "Data", "Adresat", "Temat"],
    ["Од", "Послато", "За", "Тема"],
    ["Nork", "Bidalia", "Nori", "Gaia"],
  ])("knows the block of %s", (from, sent, to, subject) => {
    const lines = [`${from}: Ann Lee <ann@x.example>`, `${sent}: 4.10.2024 10:22`, `${to}: Bob`, `${subject}: lunch`];
    expectSplit(`n Fine with me, see you there.\n\n${lines.map((line) => `q ${line}`).join("\n")}\n\nq Shall we?`);
  });

  it.each([
    [
      "NetEase",
      "---- 回复的原邮件 ----",
      "| 发件人 | Bob Ray<bob@x.example> |",
      "| 日期 | 2020年03月12日 10:11 |",
      "| 主题 | 草稿 |",
    ],
    ["NetEase in English", "---- Replied Message ----", "| From | Bob Ray<bob@x.example> |", "| Subject | Draft |"],
    [
      "Alimail, labels set wide",
      "------------------",
      "发件人：Bob <bob@x.example>",
      "日　期：2020年03月12日 10:11:12",
      "收件人：Ann",
      "主　题：草稿",
    ],
    [
      "Zimbra in French",
      "----- Mail original -----",
      'De: "Bob Ray" <bob@x.example>',
      "À: Ann",
      "Envoyé: Jeudi 12 Mars 2020 10:11:12",
      "Objet: Brouillon",
    ],
    [
      "words between rules that nobody listed",
      "---------- Původní e-mail ----------",
      "Od: Bob Ray",
      "Komu: Ann",
      "Datum: 12. 3. 2020 10:11",
      "Předmět: Koncept",
    ],
    [
      "a Korean phone",
      "-------- 원본 이메일 --------",
      "발신: Bob Ray <bob@x.example>",
      "날짜: 20/3/12 오전 10:11",
      "받은 사람: Ann",
      "제목: 초안",
    ],
    [
      "Lotus Notes, labels above their values",
      "Bob Ray/Office",
      "12.03.2020 10:11",
      "",
      "An",
      '"Ann Lee" <ann@x.example>',
      "Kopie",
      "",
      "Thema",
      "Entwurf",
    ],
    [
      "a phone that wrote one line",
      "-------- Original message --------From: Bob <bob@x.example> Date: 3/12/20  10:11 AM  (GMT+01:00) To: Ann Subject: Draft",
    ],
    [
      "the same in German",
      "-------- Ursprüngliche Nachricht --------Von: Bob <bob@x.example> Datum: 12.03.20  10:11 An: Ann Betreff: Entwurf",
    ],
    [
      "Outlook in one line",
      "________________________________ From: Bob <bob@x.example> Sent: Thursday, March 12, 2020 10:11:12 AM To: Ann Subject: Draft",
    ],
    ["GroupWise", ">>> Bob Ray <bob@x.example> 3/12/2020 10:11 AM >>>"],
    ["GroupWise in German", '>>> "Bob Ray" <bob@x.example> 12.03.20 10.11 Uhr >>>'],
    ["a help desk in Hungarian", "--- Kérjük, válaszát e sor fölé írja ---"],
  ])("takes all from the head of %s", (_, ...lines) => {
    const quoted = lines.map((line) => (line === "" ? "" : `q ${line.replaceAll("\u3000", " ")}`)).join("\n");
    expectSplit(
      `n The draft looks fine, send it to the printer today.\n\n${quoted}\n\nq Could you look at it by Friday?`,
    );
  });

  it("takes neither a heading between rules nor a table of numbers for a head", () => {
    expectSplit(
      "n Two things.\n\nn ----- Budget -----\nn We have 400 left.\n\nn ----- Rooms -----\nn The hall is free.",
    );
    expectSplit("n Please book this:\n\nn Room 4\nn 12.03.2020 10:11\n\nn Thanks, Ann\n\nn An extra chair would help.");
    expectSplit("n --------------------------- From here on: nothing. To do: all of it.\n\nn So much for that.");
  });

  it("is not misled by a table of travel", () => {
    expectSplit("n Your trip:\nn From: London\nn To: Paris\nn Date: 22 August\n\nn Please confirm.");
  });

  it("uses a block above marked quotes as their introduction only", () => {
    expectSplit(
      'q ----- Original Message -----\nq From: "Luis Villa" <louie@x.example>\n\nq > They were the ruling class.\n\nn There were more issues there.',
    );
  });

  it("keeps a mail that only forwards another", () => {
    expectSplit(
      "n ---------- Forwarded message ----------\nn From: Robert Elz <kre@x.example>\nn Subject: lunch\n\nn Shall we have lunch on Monday?",
    );
    expectSplit(
      "n FYI\n\nn -----Original Message-----\nn From: Robert Elz\nn Sent: Monday\nn To: Ann\nn Subject: lunch\n\nn Shall we have lunch on Monday?",
    );
    expect(
      splitQuotes("Begin forwarded message:\n\n> From: Robert Elz\n> Subject: lunch\n>\n> Shall we have lunch?")
        .visible,
    ).toBe("Begin forwarded message:\n\nFrom: Robert Elz\nSubject: lunch\n\nShall we have lunch?");
  });

  it.each([
    "s -- \ns Ann Lee\ns Acme Ltd.",
    "s --\ns Ann Lee",
    "s Sent from my iPhone",
    "s Von meinem iPad gesendet",
    "s Envoyé de mon iPhone",
    "s Get Outlook for Android <https://aka.ms/x>",
    "s -------------------------------------------------------\ns This sf.net email is sponsored by: OSDN - Tired of that same old\ns cell phone?\ns _______________________________________________\ns Spamassassin-talk mailing list\ns https://lists.sourceforge.net/lists/listinfo/spamassassin-talk",
    "s ------------------------ Yahoo! Groups Sponsor ---------------------~-->\ns 4 DVDs Free\ns http://us.click.yahoo.com/x\ns ---------------------------------------------------------------------~->\n\ns To unsubscribe from this group, send an email to:\ns forteana-unsubscribe@egroups.com\n\ns Your use of Yahoo! Groups is subject to http://docs.yahoo.com/info/terms/",
    's You received this message because you are subscribed to the Google Groups "x" group.\ns To unsubscribe from this group, send email to x.',
    "s -- \ns Irish Linux Users' Group: ilug@linux.ie\ns http://www.linux.ie/mailman/listinfo/ilug for (un)subscription information.",
    "s _________________________________________________________________\ns Join the world's largest e-mail service with MSN Hotmail.\ns http://www.hotmail.com",
    "s CONFIDENTIALITY NOTICE: this message is for the addressee.\ns If you are not that person, delete it.",
  ])("cuts off %j", (footer) => {
    expectSplit(`n Let us meet on Monday at ten.\n\nn Best regards,\nn Ann\n\n${footer}`);
    expectSplit(
      `n Let us meet on Monday at ten.\n\n${footer}\n\nq On Thu, 22 Aug 2002, Robert Elz wrote:\nq > Shall we?`,
    );
  });

  it.each([
    "Outlook für iOS herunterladen",
    "Obtenez Outlook pour iOS",
    "Outlook voor iOS downloaden",
    "Pobierz program Outlook dla systemu Android",
    "Az iOS Outlook beszerzése",
    "Outlook letöltése iOS-re",
    "iOS için Outlook'u edinin",
    "احصل على Outlook لـ iOS",
    "קבל את Outlook עבור iOS",
    "ดาวน์โหลด Outlook สำหรับ Android",
    "Unduh Outlook untuk Android",
    "iOS 用 Outlook を入手",
    "Android용 Outlook 다운로드",
    "获取适用于 iOS 的 Outlook",
    "取得 iOS 版 Outlook",
    "Baixeu l'Outlook per a iOS",
    "Laadige alla Outlook Androidile",
    "Gaukite „Outlook“, skirtą „Android“",
    "Набавите Outlook за Android",
    "Android के लिए Outlook डाउनलोड करें",
    "Outlook mo iOS <https://aka.ms/o0ukef>",
    "Odesláno z iPhonu",
    "iPhone-ról küldve",
    "Poslano z mojega iPhona",
    "Terkirim dari Samsung Mobile",
    "ارسال شده از iPhone من",
    "Envoyé à partir d’Outlook pour Android",
  ])("cuts off what a phone's program adds in its language: %s", (line) => {
    expectSplit(`n Let us meet on Monday at ten.\n\ns ${line}`);
    expectSplit(`n Let us meet on Monday at ten.\n\ns ${line}\n\nn And bring the key.`);
  });

  it.each([
    "Get Outlook for Android working before Monday",
    "Outlook for iOS shows no calendar",
    "Sent from my desk while waiting for the phone to ring.",
    "Skickat med DHL i måndags.",
  ])("keeps %j, which a person says", (line) => {
    expectSplit(`n Let us meet on Monday at ten.\n\nn ${line}`);
  });

  it.each([
    "Este mensaje y sus archivos adjuntos van dirigidos exclusivamente a su destinatario y pueden contener información confidencial.",
    "Ta wiadomość może zawierać informacje poufne i jest przeznaczona wyłącznie dla adresata.",
    "Detta meddelande kan innehålla konfidentiell information och är endast avsett för adressaten.",
    "このメールには機密情報が含まれている場合があります。誤って受信された場合は、送信者に通知し、削除してください。",
    "This email has been checked for viruses by Avast antivirus software.\ns www.avast.com",
    "-=-=-=-=-=-=-=-\ns Groups.io Links: You receive all messages sent to this group.\ns Mute This Topic: https://groups.io/mt/1/2\ns Unsubscribe: https://groups.io/g/draft/unsub\ns -=-=-=-=-=-=-=-",
  ])("cuts off the notice %j", (notice) => {
    expectSplit(`n Let us meet on Monday at ten.\n\ns ${notice}`);
    if (notice.includes("Avast")) return; // a scanner's line is no text wherever it stands
    expectSplit(
      `n Let us meet on Monday at ten.\n\n${`s ${notice}`.replace(/^s /gm, "n ")}\n\nn Bring the key, please. I have none.`,
    );
  });

  it.each([
    "Yahoo Mail: Search, Organize, Conquer",
    "تم الإرسال من الـ iPhone",
    "Enviado desde Correo para Windows",
    "Verzonden vanuit Mail voor Windows",
    "发自我的企业微信",
  ])("knows the line of a program: %s", (line) => {
    expectSplit(`n Let us meet on Monday at ten.\n\ns ${line}`);
  });

  it("keeps what a person says of the same programs", () => {
    expectSplit("n I cannot get in.\n\nn Yahoo Mail: broken again since yesterday");
    expectSplit("n The boxes came.\nn Sent by the people who clean for windows");
    expectSplit("n 照片我明天带到办公室。\nn 来自微信群的通知说会议改期了，请大家注意时间安排。");
  });

  it("keeps what only begins like a notice", () => {
    expectSplit("n Hello,\n\nn privileged access for Tom ends on Friday. Please remove it before the audit.");
    expectSplit(
      "n Hello all,\n\nn Important notice: the office is closed on Monday because of the works in the cellar.",
    );
    expectSplit("n Hello,\n\nn the letter is confidential and for the intended reader alone.");
  });

  const sign = (marked: string) =>
    splitQuotes(marked, { isAnswer: true, isForward: false, author: "Bob Stone" }).visible.trim();

  it("knows a signature without a closing by the name of the sender", () => {
    const block = "Bob Stone | Sales Manager\nACME Inc. | +1 (555) 010-1234 | bob@acme.example";
    expect(sign(`Fine with me.\n\n${block}`)).toBe("Fine with me.");
    expect(sign(`Fine with me.\n\n${block.replace("Bob Stone", "Tom Hill")}`)).toContain("Tom Hill"); // someone to call
    expect(sign(`Please send it to:\n\n${block}`)).toContain("Sales Manager");
    expect(sign(block)).toBe(block);
  });

  it("knows a signature below a closing of Japanese or Chinese, and one in a frame", () => {
    const japanese = "承知しました。\n\nよろしくお願いいたします。\n山田太郎";
    expect(sign(`${japanese}\n\n株式会社アクメ 営業部\nTEL: 03-1234-5678\nyamada@acme.example`)).toBe(japanese);
    const frame = "*****************\nBob Stone, ACME Ltd\nPhone +44 20 7946 0958\nwww.acme.example\n*****************";
    expect(sign(`Fine with me.\n\n${frame}`)).toBe("Fine with me.");
  });

  it("does not take a patch or a rule for a signature", () => {
    const patch = Array.from({ length: 30 }, (_, i) => `n + line ${i}`).join("\n");
    expectSplit(`n See the patch:\n\nn --\n${patch}`);
    expectSplit("n Agenda\nn --------------------\nn First, the budget.\n\nn Second, the plan.");
  });

  it("takes away what PGP puts around a text", () => {
    expectSplit(
      "s -----BEGIN PGP SIGNED MESSAGE-----\ns Hash: SHA1\n\nn Hello there.\n\ns -----BEGIN PGP SIGNATURE-----\ns iQA\ns -----END PGP SIGNATURE-----",
    );
  });

  it.each([
    "s =ybegin line=128 size=20 name=a.bin\ns abcdefgh*+)(\ns =yend size=20",
    "s (This file must be converted with BinHex 4.0)\ns :$f*TEQKPH#jdH#jKCA4V)'&dDL&\ns #jKCA4V)'&dDL&abc:",
    "s begin-base64 644 a.txt\ns YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXo=\ns ====",
    "s -----BEGIN CERTIFICATE-----\ns MIID\ns -----END CERTIFICATE-----",
  ])("takes a file packed into the text away, and not what stands below: %#", (file) => {
    expectSplit(`n Here it is.\n\n${file}\n\nn Bye`);
    expectSplit("n Here it is.\n\nn begin-base64 644 a.txt\nn is how it begins.");
  });

  it.each([
    "[Please reply above this line]",
    "Please type your reply above this line -------------",
    "-- Do not delete or change any of the following text --",
    "*** Please do not remove this line: reply above ***",
  ])("takes all below the marker of a help desk: %s", (marker) => {
    expectSplit(`n Fine with me, see you there.\n\nq ${marker}\n\nq Your ticket 123 has been updated.`);
  });
});

describe("the time of splitQuotes", () => {
  const hostile: [string, (n: number) => string][] = [
    ["On … at … on one line", (n) => `${"a on b at ".repeat(n / 10)}wrote`],
    ["On … on one line with a colon", (n) => `${"On 1:00 2002 ".repeat(n / 13)}wrote:`],
    ["On … on lines of its own", (n) => "On 1/1/2002 10:00 a\n".repeat(n / 20)],
    ["introductions", (n) => "On 1/1/2002 10:00 a wrote:\n--]\n--]\n".repeat(n / 36)],
    ["labels", (n) => "From: a\nTo: b\n".repeat(n / 14)],
    ["quotes and text in turn", (n) => "> a\nb wrote:\n".repeat(n / 13)],
    ["rules", (n) => "----------\n".repeat(n / 11)],
    ["rules on one line", (n) => "-".repeat(n)],
    ["dashes and blanks", (n) => "-- \n".repeat(n / 4)],
    ["blanks", (n) => " ".repeat(n)],
    ["line ends", (n) => "\n".repeat(n)],
    ["marks", (n) => ">".repeat(n)],
    ["Sent from my", (n) => "Sent from my a ".repeat(n / 15)],
    ["addresses", (n) => `${"a@b".repeat(n / 3)}:\n> x`],
    ["confidential", (n) => "this e-mail and any attachments ".repeat(n / 32)],
    ["phones", (n) => "sent from my x\n".repeat(n / 15)],
  ];
  const timeMs = (text: string) => {
    const start = process.cpuUsage().user;
    splitQuotes(text);
    return (process.cpuUsage().user - start) / 1000;
  };

  it.each(hostile)("grows in line with the text: %s", (_, make) => {
    const [short, long] = [200_000, 800_000].map((n) => timeMs(make(n)));
    expect(long).toBeLessThan(2000); // CPU time, under 0.5 s alone
    expect(long).toBeLessThan(100 + short * 10); // four times the text; quadratic would be sixteen times
  });
});
