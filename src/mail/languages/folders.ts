/**
 * What mail programs and services call these folders and labels, by role, lower case. Source: the folder names of Gmail (web and
 * Takeout), Outlook.com, Exchange, Thunderbird, Apple Mail and Yahoo as they stand in mailboxes of these languages: English, German,
 * French, Spanish, Portuguese, Italian, Dutch, Polish, Swedish, Danish, Norwegian, Finnish, Czech, Hungarian, Romanian, Greek, Turkish,
 * Russian, Ukrainian, Japanese, Korean, Chinese (both scripts).
 */
export const FOLDER_NAMES: Readonly<Record<string, string>> = {
  inbox:
    "inbox, posteingang, boîte de réception, bandeja de entrada, recibidos, caixa de entrada, posta in arrivo, postvak in, odebrane, inkorg, inkorgen, indbakke, innboks, saapuneet, doručená pošta, beérkező levelek, primite, εισερχόμενα, gelen kutusu, входящие, вхідні, 受信トレイ, 받은편지함, 收件箱, 收件匣",
  sent: "sent, sent mail, sent items, sent messages, gesendet, gesendete objekte, gesendete elemente, gesendete nachrichten, envoyés, messages envoyés, éléments envoyés, courrier envoyé, enviados, elementos enviados, mensajes enviados, correo enviado, itens enviados, e-mails enviados, mensagens enviadas, inviati, inviata, posta inviata, verzonden, verzonden items, verzonden berichten, wysłane, elementy wysłane, skickat, skickade objekt, skickade meddelanden, sendt, sendte elementer, sendt post, sendt e-post, lähetetyt, lähetetyt viestit, odeslané, odeslaná pošta, odeslané položky, elküldött, elküldött levelek, elküldött üzenetek, trimise, mesaje trimise, elemente trimise, απεσταλμένα, gönderilmiş postalar, gönderilmiş öğeler, gönderilenler, отправленные, отправленное, надіслані, 送信済み, 送信済みメール, 送信済みアイテム, 보낸편지함, 보낸 편지함, 已发送, 已发送邮件, 已傳送郵件, 寄件備份",
  trash:
    "trash, bin, deleted, deleted items, deleted messages, papierkorb, gelöscht, gelöschte objekte, gelöschte elemente, corbeille, éléments supprimés, papelera, elementos eliminados, lixeira, itens excluídos, cestino, posta eliminata, prullenbak, verwijderde items, kosz, elementy usunięte, papperskorgen, borttagna objekt, papirkurv, slettet post, slettede elementer, roskakori, poistetut, koš, odstraněná pošta, kuka, lomtár, törölt elemek, coș de gunoi, κάδος απορριμμάτων, çöp kutusu, silinmiş öğeler, корзина, удаленные, кошик, ゴミ箱, 削除済みアイテム, 휴지통, 已删除, 已删除邮件, 垃圾桶, 刪除的郵件",
  spam: "spam, junk, junk mail, junk e-mail, junk email, bulk mail, spamverdacht, unerwünscht, junk-e-mail, courrier indésirable, indésirables, correo no deseado, lixo eletrônico, posta indesiderata, ongewenste e-mail, wiadomości-śmieci, skräppost, uønsket, søppelpost, roskaposti, nevyžádaná pošta, levélszemét, ανεπιθύμητα, gereksiz e-posta, спам, нежелательная почта, 迷惑メール, 스팸함, 垃圾邮件, 垃圾郵件",
  drafts:
    "drafts, draft, entwürfe, brouillons, borradores, rascunhos, bozze, concepten, wersje robocze, utkast, kladder, luonnokset, koncepty, rozepsané, piszkozatok, mesaje nefinalizate, ciorne, πρόχειρα, taslaklar, черновики, чернетки, 下書き, 임시보관함, 草稿, 草稿箱",
  chat: "chat, chats",
  promotions:
    "promotions, promoted, werbung, promociones, promoções, promozioni, reclame, oferty, reklam, kampagner, kampanjer, tarjoukset, promoakce, promóciók, promoții, προωθητικά, promosyonlar, промоакции, промоакції, プロモーション, 프로모션, 推广邮件, 促銷內容",
};
