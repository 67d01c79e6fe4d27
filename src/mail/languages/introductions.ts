/**
 * What mail programs write above an old mail, in their languages. Source: the reply headers of Gmail, Apple Mail, Outlook, Thunderbird
 * (`mailnews.reply_header_authorwrotesingle` of its translations), Yahoo, Mail.ru, QQ and 163.com as they stand in mails.
 */

/** The verb of "… wrote:", as alternatives of a pattern. */
export const WROTE =
  "wrote|writes|write|said|says|typed|spake|quoth|wrotes|sagte|schrieb|schrieben|schreibt|geschrieben|a écrit|écrit|écrivait|va escriure|ha escrit|escribió|escribio|escribe|escreveu|ha scritto|scrisse|scrive|schreef|skrev|skrifaði|kirjoitti|napisał|napisała|napisał\\(a\\)|pisze|napsal|napsala|napsal\\(a\\)|napísal|napísala|napísal\\(a\\)|написал|написала|написал\\(а\\)|пишет|писал|писала|написав|написала|пише|написа|yazdı|şunu yazdı|şunları yazdı|írta|a scris|έγραψε|כתב|כתבה|كتب|كتبت|نوشت|đã viết|menulis|เขียน|เขียนว่า|ने लिखा|写道|寫道|写到|书写|のメッセージ|書きました|さんは書きました|のメール|作成|작성|작성함|썼습니다|님이 작성|님이 썼습니다|rašė|parašė|kirjutas|rakstīja|napisao|napisala|je napisal|je napisala|je napisao|је написао|napisao je|napisala je|(?:je )?napisao/la|је написао/ла|(?:je )?napisal\\(a\\)|提到|쓴 글|تمت كتابة ما يلي بواسطة|erabiltzaileak hau idatzi du|escribiu|напісаў|yazıb|жазды|shkroi|ysgrifennodd";

/** How an introduction begins: "On", "Am", "Le". */
export const INTRODUCTION_STARTS =
  "on|at|in (?:message|article|a message|reply)|am|le|el|el dia|il|em|op|den|dne|dnia|w dniu|в|на|у|pe|på|la|a|ti|στις|ב|في|در|vào|pada|เมื่อ|în data|in data|dana|dne|kuupäeval|kuupäev|ngày|dňa|v|þann|o|hari|ад|tarihinde|quoting|citando|zitat von|citat|quoted from|from|once upon|thus|according to|在|于|於|\\d{4}[-/.年]\\s?\\d|\\d{1,2}[-/.]\\d{1,2}[-/.]\\d{2,4}";

/** Between rules: "Original Message". */
export const ORIGINAL_MESSAGE =
  "original|original message|original-nachricht|ursprüngliche nachricht|ursprüngliche mail|originalnachricht|original appointment|ursprünglicher termin|message d'origine|message initial|message original|missatge original|mensaje original|mensagem original|messaggio originale|messaggio originario|oorspronkelijk bericht|originalmeddelande|ursprungligt meddelande|oprindelig meddelelse|original besked|opprinnelig melding|alkuperäinen viesti|původní zpráva|pôvodná správa|oryginalna wiadomość|wiadomość oryginalna|исходное сообщение|оригинальное сообщение|вихідне повідомлення|оригінальне повідомлення|първоначално съобщение|eredeti üzenet|mesaj original|mesajul original|izvorna poruka|originalna poruka|izvirno sporočilo|orijinal mesaj|özgün ileti|orijinal ileti|αρχικό μήνυμα|הודעה מקורית|הודעה מקורית|الرسالة الأصلية|رسالة أصلية|pesan asli|tin nhắn gốc|thư gốc|ข้อความต้นฉบับ|ข้อความเดิม|algne kiri|originalus laiškas|sākotnējais ziņojums|原始邮件|原始郵件|邮件原件|元のメッセージ|원본 메시지|원본 메일|원본 이메일|původní e-mail|pôvodný e-mail|ursprüngliche mitteilung|reply message|reply to message|replied message|quoted message|mail original|e-mail original|courriel original|correo original|回复的原邮件|回覆的原郵件|回复的邮件|原邮件|原信件";

/** Between rules: "Forwarded message". */
export const FORWARDED_MESSAGE =
  "(?:begin )?forwarded (?:message|text)|forwarded (?:by|from)\\b|forward(?:ed)? header|weitergeleitete nachricht|message transféré|message transmis|missatge reenviat|mensaje reenviado|mensagem encaminhada|mensagem reencaminhada|messaggio inoltrato|doorgestuurd bericht|vidarebefordrat meddelande|videresendt (?:besked|melding|meddelelse)|välitetty viesti|edelleenlähetetty viesti|přeposlaná zpráva|preposlaná správa|wiadomość przekazana|przekazana wiadomość|пересланное сообщение|пересылаемое сообщение|переслане повідомлення|препратено съобщение|továbbított üzenet|mesaj redirecționat|proslijeđena poruka|posredovano sporočilo|iletilen mesaj|yönlendirilen ileti|προωθημένο μήνυμα|הודעה שהועברה|رسالة مُعاد توجيهها|pesan terusan|thư đã chuyển tiếp|ข้อความที่ส่งต่อ|转发邮件|转发的邮件|轉寄郵件|已轉寄的郵件|転送メッセージ|전달된 메시지";

/** Apple Mail's and Evolution's "Begin forwarded message:", which have no rules around them. */
export const BEGIN_FORWARDED =
  "begin forwarded message|start of forwarded message|anfang der weitergeleiteten nachricht|début du message (?:réexpédié|transféré)|inicio del mensaje reenviado|inizio messaggio inoltrato|início da mensagem reencaminhada|begin doorgestuurd bericht|vidarebefordrat brev|начало переадресованного сообщения|początek przekazywanej wiadomości|転送されたメッセージ|以下是转发的邮件|开始转发邮件";

/** Help desks: "Please type your reply above this line". */
export const REPLY_ABOVE =
  "above this line|above the line|reply above|my reply above|oberhalb dieser (?:linie|zeile)|über dieser (?:linie|zeile)|au-dessus de cette ligne|por encima de esta línea|encima de esta línea|acima d(?:esta|a) linha|sopra (?:a )?questa (?:riga|linea)|boven deze (?:regel|lijn)|ovanför (?:den här raden|denna rad)|over denne linje[n]?|tämän rivin yläpuolelle|powyżej tej linii|nad (?:tento řádek|tímto řádkem|túto čiaru)|выше этой (?:линии|строки|черты)|вище цього рядка|bu satırın üst|この(?:行|線)より上|在此行(?:之上|上方|以上)|此行上方|이 줄 위에|nad tuto (?:čáru|linku)|e(?:zen)? sor fölé|deasupra acest(?:ei linii|ui rând)|над цим рядком|над цією лінією|над този ред|над тази линия|iznad ove (?:crte|linije)|iznad ovog retka|nad to (?:vrstico|črto)|πάνω από αυτήν? τη(?:ν)? γραμμή|מעל (?:ל)?שורה זו|(?:فوق|أعلى) هذا السطر|di atas baris ini|(?:phía )?trên dòng này|เหนือบรรทัดนี้|per sobre d'aquesta línia|selle (?:rea|joone) kohale|virš šios (?:linijos|eilutės)|virs šīs (?:līnijas|rindas)|fyrir ofan þessa línu";

/** What a mail program puts before the subject of an answer; from Wikipedia's "List of email subject abbreviations". */
export const ANSWER_PREFIXES =
  "re|aw|antw|antwort|sv|vs|bls|ref|rif|r|res|resp|odp|odpověď|на|отв|ответ|ynt|yan|cevap|απ|σχετ|vá|válasz|rép|ré|hb|atb|y|ats|回复|回覆|答复|答覆|返信|답장|回";

/** The same of a forward. */
export const FORWARD_PREFIXES =
  "fwd?|fw|wg|tr|rv|enc|i|vb|vl|vs fwd|pd|doorst|tov|továbbítás|пер|пересл|πρθ|ilt|trs|fs|转发|转寄|轉寄|転送|전달";
