/**
 * The lines that mail programs, phones and scanners add below a text. Source: the default signatures of iOS and macOS Mail, Outlook
 * (mobile, Windows Mail), Samsung, Huawei, Xiaomi and BlackBerry phones, Gmail, Yahoo, GMX, Proton, K-9, Spark and kin in these
 * languages. A line counts only where it says how the mail was sent *and* names a program or device: people too write
 * "Sent with the courier on Friday".
 */

/** How such a line begins: "Sent from". Alternatives of a pattern. */
export const SENT_FROM =
  "(?:this (?:message|e-?mail|mail) (?:was|is) )?(?:sent|written|composed) (?:from|via|with|using|by|on)|gesendet (?:von|mit|über|via)|(?:diese (?:nachricht|mail|e-mail) wurde )?(?:von|mit) mein(?:em|er)|envoyé (?:de|depuis|à partir d(?:e|(?='))|par|via|avec)|ce message a été envoyé|enviado (?:desde|do|de|a partir do|por|con|com|via|pelo)|enviat des d(?:e|el)|inviato (?:da|dal|dall'|con|tramite)|verstuurd (?:vanaf|vanuit|met|via)|verzonden (?:vanaf|vanuit|met|via)|skickat (?:från|via|med)|skickades från|sendt (?:fra|via|med)|lähetetty|odesláno ze?|odoslané zo?|wysłan[eoay] (?:z|za pomocą|przy użyciu)|отправлено (?:с|из|от|через|при помощи)|надіслано (?:з|із|через)|изпратено от|küldve|elküldve|trimis (?:de pe|din|de la)|poslano (?:s|sa|z|iz|iphone)|στάλθηκε από|εστάλη από|נשלח מ|أُ?رسلت? من|مُ?رسل من|تم (?:الإ|إ)رسال(?:ها?)? من|dikirim dari|terkirim dari|dihantar dari|ارسال (?:شده )?از|傳送自|发送自|發送自|đã gửi từ|gửi từ|ส่งจาก|saadetud|išsiųsta iš|nosūtīts no|发自|發自|从我的|從我的|寄自|來自";

/** Where the verb stands last: "iPhoneから送信", "Galaxy에서 보냄", "iPhone'umdan gönderildi". */
export const SENT_FROM_LAST =
  "gesendet|küldve|から送信(?:しました|)?|에서 (?:보냄|보냈습니다|전송|발송)|gönderildi|传送|傳送|发送|發送|寄出|से भेजा गया|saadetud";

/**
 * The verb of an advertisement of a program, first in the line ("Get Outlook for iOS") or last ("Outlook voor iOS downloaden"). Source:
 * the default signature of Outlook's phone programs in their languages.
 */
export const GET_APP =
  "get|holen sie sich|laden sie|hol dir|obtenir|obtenez|téléchargez|télécharger|obtener|obtén|obtenga|descargar|descarga|obter|obtenha|baixar|baixe|transferir|ottieni|scarica|download|haal|hämta|skaffa|ladda ned|hent|skaff deg|skaff|få|hanki|lataa|pobierz|uzyskaj|получить|получите|скачать|скачайте|отримати|отримайте|завантажити|завантажте|изтегл(?:ете|яне)|вземете|αποκτήστε|λήψη|κατεβάστε|získat|získejte|stáhnout|stáhněte|získať|získajte|stiahnuť|stiahnite|szerezze be|töltse le|obțineți|descărcați|preuzmite|nabavite|набавите|преузмите|pridobite|prenesite|dapatkan|unduh|muat turun|tải(?: xuống)?|lấy|nhận|รับ|ดาวน์โหลด|احصل على|الحصول على|تنزيل|قم بتنزيل|קבל|קבלו|השג|הורד|הורידו|دریافت|obteniu|baixeu|descarrega|hankige|hangi|laadige alla|gauti|gaukite|atsisiųsti|atsisiųskite|iegūt|iegūstiet|izgūt|lejupielādēt|lejupielādējiet|eskuratu|lortu|deskargatu|sækja|下载|下載|获取|取得|入手";

/** The same where it stands last. */
export const GET_APP_LAST =
  "herunterladen|holen|beziehen|downloaden|verkrijgen|ophalen|beszerzése|letöltése|(?:を)?(?:入手|取得|ダウンロード)(?:する)?|받기|가져오기|다운로드|获取|下载|取得|下載|edinin|indirin|alın|प्राप्त करें|डाउनलोड करें|beszerzése \\S{1,12}|letöltése \\S{1,12}";

/** The programs and systems that such a line names. */
export const STORE_PROGRAMS =
  "outlook|bluemail|blue mail|yahoo mail|gmail|proton ?mail|spark|edison|thunderbird|k-9 mail";
export const STORE_SYSTEMS = "ios|android|windows|mac(?:os)?|iphone|ipad";

/** Devices and programs that such a line names. */
export const APPS =
  "iphon|ipad|\\baol\\b|ipod|apple watch|\\bmac\\b|macbook|icloud|\\bios\\b|galaxy|samsung|android|pixel|blackberry|nokia|motorola|\\bmoto\\b|huawei|honor|xiaomi|redmi|\\bmi phone\\b|oneplus|oppo|\\bvivo\\b|sony|xperia|\\blg\\b|htc|windows (?:phone|mail|1[01]$)|(?:for|für|pour|para|per|voor|för|til|till|pro|pre|dla|systemu|для|за|για|için|untuk) windows(?: 1[01])?$|windows(?: 1[01])? ?(?:版|용|의)|outlook|thunderbird|gmail|\\binbox\\b|yahoo|yandex|mail\\.ru|почты mail|\\bgmx\\b|web\\.de|freenet|t-online|proton(?:mail)?|tutanota|tuta\\b|fastmail|zoho|superhuman|mailbird|mailspring|postbox|newton mail|\\bspark\\b|airmail|bluemail|blue mail|k-9|k9|fairemail|mymail|my mail|aqua mail|nine\\b|typeapp|boxer|edison mail|canary|mailtrack|roundcube|horde|evolution|claws|libero mail|orange mail|laposte|verizon|t-mobile|vodafone|at&t|sprint|telekom|smart ?phone|mobile (?:phone|device|client)?|cell ?phone|\\btablet\\b|handheld|handy|mobil(?:telefon|gerät|e device)?|mobiltelefon|téléphone|telephone|portable|móvil|movil|celular|cellulare|telefon[a-zé]*|teléfono|telefone|telefono|telefoon|mobiel|mobiltelefonom|puhelime[a-zä]*|phone|телефон[а-я]*|смартфон[а-я]*|мобильн[а-я]*|мобільн[а-я]*|κινητό|手机|手機|企业微信|企業微信|微信|qq ?邮箱|网易|邮箱大师|foxmail|钉钉|飞书|阿里邮箱|华为|小米|네이버|naver|daum|휴대폰|스마트폰|携帯|スマホ|(?:^|\\s)(?:the |die |der )?mail(?=$|[\\s<[(.,])(?! (?:on|am|vom|le|el)\\b)";

/** Whole lines that programs, scanners and trackers add. */
export const SCANNERS =
  "(?:yahoo|aol) mail ?: \\p{L}{3,20}, \\p{L}{3,20},? (?:\\p{L}{1,3} )?\\p{L}{3,20}$|virus-free\\.? ?(?:www\\.|\\(?https?:|<|$)|(?:this|the) (?:e-?mail|message|mail) (?:has been|was|is) (?:checked|scanned|swept) (?:for|by)|(?:scanned|checked|certified|protected) (?:by|with) \\S.{0,40}(?:anti-?virus|avg|avast|mailscanner|mcafee|norton|eset|sophos|mimecast|messagelabs)|no virus found in this|checked by avg|diese e-?mail wurde (?:von|auf) .{0,40}vir|cet e-?mail a été vérifié|ce courrier électronique ne contient|este (?:correo|e-?mail|mensaje) (?:electrónico )?(?:ha sido|foi|está|fue) .{0,40}(?:avast|antiv|virus)|libre de virus|livre de vírus|questa e-?mail è stata controllata|deze e-?mail is gecontroleerd|sender notified by|mailtrack|envoyé avec mailtrack";

/** Said below such a line: "Please excuse my brevity". */
export const EXCUSES =
  "(?:please )?(?:excuse|pardon|forgive|ignore) (?:my |the |any |all )?(?:brevity|typos?|terseness|errors?|spelling|mistakes|autocorrect)|(?:bitte )?entschuldigen sie (?:die|meine) kürze|veuillez excuser (?:ma|la) brièveté|disculpa (?:mi )?brevedad|si prega di scusare la brevità|ursäkta min fåordighet|scusate la brevità|sorry for (?:the |any )?(?:brevity|typos)";
