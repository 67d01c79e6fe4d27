/**
 * Words that say what a number is, by language, in lower case, `|` between them. Source: how signatures, forms and mails of these
 * languages announce numbers (English, German, French, Spanish, Italian, Portuguese, Dutch, Polish, Czech, Swedish, Danish,
 * Norwegian, Finnish, Hungarian, Romanian, Turkish, Greek, Russian, Ukrainian, Arabic, Hebrew, Chinese, Japanese, Korean).
 */

/** A number to call; between letters these are whole words. */
export const CALL_WORDS =
  "tel|tél|telefono?|teléfono|telephone|téléphone|telefoon|telefone|telefax|fon|phone|phones|phone number|mobile?|mob|cell|cellphone|cellular|handy|mobil|fax|faks|ph|whatsapp|signal|telegram|viber|sms|hotline|helpline|landline|rufnummer|durchwahl|portable|móvil|celular|cellulare|puhelin|puhelinnumero|gsm|dial|dial-?in|direct|direct line|desk|office line|dw|" +
  "(?:call|ring|phone|reach|text|try|contact)(?: (?:me|us|him|her|them|back))?|" +
  "(?:my|our|her|his|their)(?: (?:new|old|direct|private|work|home|mobile|cell|phone|office|personal|german|us|uk))* number|anrufen|ruf(?:t|en sie)?|erreich\\p{L}*|meine (?:neue |private )?nummer|unsere nummer|" +
  "appel(?:ez|le|er)?|joindre|(?:mon|notre|son) (?:nouveau )?num[ée]ro|" +
  "llam(?:a|e|ar|ame|arme|enos)|(?:mi|nuestro|su) (?:nuevo )?n[úu]mero|" +
  "chiam(?:a|are|ami|atemi)|(?:il )?(?:mio|nostro|suo) (?:nuovo )?numero|" +
  "lig(?:a|ue|ar)(?: para)?|(?:meu|nosso|seu) (?:novo )?número|telemóvel|contato|" +
  "bel(?:len)?|(?:mijn|ons) (?:nieuwe )?nummer|mobiel|" +
  "zadzwo[nń](?:ić)?|dzwo[nń](?:ić)?|(?:mój|moj|nasz) (?:nowy )?numer|numer telefonu|telefon|telefonu|kom(?:órka|órkowy)?|" +
  "zavolejte|volejte|(?:moje|naše) číslo|telefonní číslo|mobilní|" +
  "ring(?:a)?(?: mig)?|mitt (?:nya )?nummer|telefonnummer|mobilnummer|mit (?:nye )?nummer|ring til|" +
  "soita|numeroni|hívj\\p{L}*|(?:a )?(?:telefon)?számom|telefonszám|sun[aă](?:ți)?|num[ăa]rul meu|num[ăa]r de telefon|" +
  "ara(?:yın|yabilirsiniz)?|numaram|telefon numara(?:m|sı)|cep|τηλ|τηλέφωνό?(?: μου)?|κινητό(?: μου)?|(?:ο )?αριθμός μου|" +
  "тел|телефон[а-я]*|моб|мобильн[а-я]*|мой номер|наш номер|номер телефона|звони(?:те)?|позвони(?:те)?|сотовый|набери(?:те)?|телефону|мій номер|дзвоніть|мобільний|" +
  "هاتف|هاتفي|جوال|جوالي|موبايل|رقمي|رقم هاتفي|رقم الهاتف|اتصل|اتصلوا|طלפון|טלפון|נייד|המספר שלי";

/** The same in scripts that put no blank between words. */
export const CALL_WORDS_UNSPACED =
  "电话|電話|手机|手機|携帯|ケータイ|联系方式|聯絡電話|号码是|號碼是|号码|致电|拨打|番号は|番号|お電話|ご連絡|전화|전화번호|휴대폰|핸드폰|연락처|번호는|โทร|เบอร์";

/** One letter and a colon, as signatures have it: "T: 030 …". */
export const CALL_LETTERS = "[tmfophc](?=[.:])";

/** A number that is something else. */
export const OTHER_WORDS =
  "order|orders|invoice|inv|ticket|case|ref|reference|tracking|shipment|parcel|account|acct|customer|client|member(?:ship)?|serial|model|part|item|sku|isbn|issn|ean|upc|asin|rma|po|version|build|id|ids|pid|uid|bug|issue|patch|rfc|commit|revision|port|pin|code|vat|ust|tax|iban|bic|blz|konto(?:nummer)?|bestell(?:ung|nummer|nr)?|rechnung(?:snummer|s-nr|snr)?|kundennummer|auftrag(?:snummer)?|vorgang|aktenzeichen|sendungsnummer|commande|facture|dossier|pedido|factura|ordine|fattura|zamówieni[ea]|faktura|faktury|objednávk[ay]|заказ[а-я]*|счёт|счет|договор[а-я]*|flight|booking|reservation|policy|contract|licen[cs]e|permit|year|years|date|page|pages|lines?|coordinates?|lat|lon|latitude|longitude|row|rows|bytes|size|total|amount|count|msgid|message-id|timestamp|epoch|meeting|conference|webinar|siret|siren|nip|regon|pesel|cuit|rfc|nif|cif|dni|sort code|routing|inn|инн|кпп|огрн";

/** The same in scripts that put no blank between words. */
export const OTHER_WORDS_UNSPACED =
  "订单|訂單|单号|單號|发票|發票|注文|伝票|受付|会议号|會議|ミーティング|주문|송장|验证码|驗證碼|账号|帳號|口座|계좌";
