/**
 * The labels of the header block that Outlook, Apple Mail, Thunderbird and webmail write above an old mail, in lower case, `|` between
 * them. Source: the blocks of these programs in mails of each language (Outlook's "From/Sent/To/Subject" strings, Thunderbird's
 * `mailnews.reply_header_originalmessage` and `mime.properties` headers, Apple Mail's forward header).
 */
export type HeaderLabel = "from" | "sent" | "date" | "to" | "subject" | "cc" | "other";

export const HEADER_LABELS: Readonly<Record<HeaderLabel, string>> = {
  from: "from|von|de|da|van|från|fra|frá|lähettäjä|od|odesílatel|odosielateľ|от|от кого|отправитель|kimden|gönderen|发件人|寄件者|寄件人|差出人|送信者|보낸 사람|보낸사람|발신자|발신|보낸이|feladó|nadawca|από|מאת|din partea|de la|mittente|expéditeur|remitente|remetente|afzender|absender|від|відправник|dari|pengirim|từ|người gửi|šalje|šalje se|pošiljatelj|изпращач|подател|من|المرسل|จาก|saatja|kellelt|nuo|siuntėjas|no|sūtītājs|од|از|فرستنده|प्रेषक|daripada|od koga|送信元|nork|nga|oddi wrth|kimdən|кімнен|ад каго|থেকে",
  sent: "sent|gesendet|envoyé|envoyé le|enviado|enviado el|enviada em|enviado em|enviada|enviat|enviat el|inviato|verzonden|skickat|sendt|lähetetty|odesláno|odoslané|wysłano|отправлено|изпратено|изпратен|надіслано|надісланий|gönderildi|gönderme tarihi|gönderim tarihi|发送时间|發送時間|寄件日期|已傳送|送信日時|送信日|보낸 날짜|보낸날짜|보낸 시간|küldve|elküldve|trimis|εστάλη|στάλθηκε|נשלח|dikirim|đã gửi|poslano|poslato|تم الإرسال|تاريخ الإرسال|ส่ง|ส่งเมื่อ|saadetud|saatmisaeg|išsiųsta|siųsta|nosūtīts|sent at|ارسال شده|भेजा गया|dihantar|послато|terkirim|bidalia|bidaltze-data|испратено|адпраўлена|göndərildi|жіберілді|gestuur|dërguar|anfonwyd",
  date: "date|datum|data|fecha|dato|päivämäärä|дата|tarih|日期|日時|날짜|dátum|ημερομηνία|tanggal|ngày|التاريخ|วันที่|kuupäev|datums|dagsetning|תאריך|تاریخ|दिनांक|tarikh|dátum küldése|data wysłania|tarix|күні",
  to: "to|an|à|para|a|aan|till|til|vastaanottaja|komu|do|кому|kime|kime alıcı|alıcı|收件人|收件者|宛先|받는 사람|받는사람|받은 사람|받은사람|받는이|수신자|수신인|수신|címzett|către|pentru|προς|אל|destinataire|destinatario|destinatário|para quem|per|per a|kepada|ke|tới|đến|người nhận|prima|primatelj|za|до|إلى|الى|المستلم|ถึง|kellele|adressaat|kam|gavėjas|adresāts|към|одржувач|به|प्रति|til|untuk|saaja|получатель|adresat|odbiorca|за|nori|каму|kimə|кімге|për|প্রতি",
  subject:
    "subject|betreff|objet|asunto|assunto|assumpte|oggetto|onderwerp|ämne|emne|efni|aihe|předmět|predmet|temat|тема|относно|konu|主题|主題|主旨|件名|제목|tárgy|subiect|θέμα|נושא|subjek|perihal|chủ đề|tiêu đề|zadeva|الموضوع|เรื่อง|หัวข้อ|teema|pealkiri|tema|temats|предмет|موضوع|विषय|หัวเรื่อง|gaia|тэма|mövzu|тақырып|thema|tēma|naslov|наслов|subjekti|pwnc|বিষয়|re",
  cc: "cc|kopie|kopie an|copie|copie à|copia|còpia|cópia|kopia|kopi|копия|копія|抄送|副本|참조|másolatot kap|másolat|bilgi|κοιν|κοινοποίηση|tembusan|đồng gửi|نسخة|สำเนา|koopia|kopija|kp|עותק",
  other:
    "reply-to|message-id|in-reply-to|organization|newsgroups|x-mailer|attachments|importance|bcc|list|priorität|wichtigkeit|importancia|priorité|anlagen|pièces jointes",
};
