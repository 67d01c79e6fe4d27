/**
 * What notices of confidentiality speak of, as alternatives of patterns. Source: the notices below mails of firms and offices in English,
 * German, French, Spanish, Portuguese, Italian, Catalan, Dutch, Swedish, Danish, Norwegian, Finnish, Polish, Czech, Slovak, Hungarian,
 * Romanian, Croatian, Slovene, Bulgarian, Greek, Turkish, Russian, Ukrainian, Hebrew, Arabic, Japanese, Korean, Chinese, Indonesian and
 * Vietnamese.
 */
export const NOTICE_WORDS = {
  mail: "\\b(?:e-?mail|message|mail|transmission)|nachricht|mensaje|correo|mensagem|messaggio|courriel|missatge|bericht|wiadomo[śs]|meddeland|meddelels|e-post|viesti|zpráv|správ|сообщени|письм|повідомленн|лист|съобщени|üzenet|mesaj|ileti|e-posta|poruk|sporočil|μήνυμα|הודעה|الرسالة|البريد|メール|메일|邮件|郵件|pesan|surel|thư",
  confidential:
    "confidential|privileged|proprietary|vertraulich|confidentiel|confidencia|riservat|confidenzial|vertrouwelijk|poufn|konfidenti|fortrolig|konfidensiel|luottamuks|důvěrn|dôvern|конфиденциальн|конфіденційн|поверителн|bizalmas|confidențial|gizli|εμπιστευτικ|povjerljiv|zaupn|חסוי|סודי|سري|機密|秘密|기밀|机密|保密|rahasia|bảo mật",
  recipient:
    "intended|addressee|recipient|adressat|empfänger|destinataire|destinat[aá]ri|destinada|destinat[aeio]|geadresseerde|bestemd|adresat|adressaat|mottagare|adressat|modtager|vastaanottaj|příjemc|adresát|príjemc|адресат|получател|címzett|destinatar|alıcı|παραλήπτ|primatelj|prejemnik|naslovnik|נמען|المرسل إليه|المستلم|宛先|受信|수신|收件|penerima|người nhận",
  error:
    "in error|by mistake|irrtümlich|versehentlich|löschen|vernichten|par erreur|détrui|por error|por engano|elimin|per errore|cancell|abusievelijk|ten onrechte|vernietig|omyłk|przez pomyłk|usuń|usunię|misstag|radera|fejl|feil|slett|erehdy|poista|omyl|smazat|zmazať|по ошибке|удал|помилк|видал|погреш|изтри|téved|töröl|eroare|șterge|yanlışlıkla|siliniz|λάθος|διαγρ|pogrešk|obrišite|pomot|izbriš|בטעות|بالخطأ|حذف|誤って|削除|잘못|삭제|错误|误收|删除|錯誤|刪除|kesalahan|hapus|nhầm|xóa",
} as const;
