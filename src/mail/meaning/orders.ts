/**
 * Orders in a mail that are not meant for the person who reads it: words to an assistant, a robot or a system, forged turns of a chat, tool calls, what a
 * reply "must contain". A person's assistant does not read them. They are known by whom they speak to and by their form, in the languages of the bench;
 * an order that reads like a request of one person to another ("please confirm the transfer") is none of these.
 */
import { splitSentences } from "./sentences.ts";

const MACHINE =
  "(?:(?:(?:mail|e-?mail|reply|drafting|writing|answering|reading|language|automated|automatic|ai)[ -]){0,8}(?:assistants?|robots?|bots?|ai|a\\.i\\.|llm|chatgpt|language models?|models?|software|agent|helper|system|llm|gpt|chatbots?)|(?:(?:drafting|auto|automatic|automated|ai|reply|answering|writing|virtual)[ -]){1,8}(?:writers?|readers?|programs?|repliers?|tools?|engines?)|(?:ki-|ai-|mail-)?assistent(?:en|e|in)?|asistentes?(?: de correo| virtual(?:es)?)?|assistente(?: virtuale?| di posta| de e-?mail| de ia)?|assistant (?:ia|virtuel)|ai-systemen|ki-systeme?|chatbots?|assistants? automatiques?|ki|ia|sprachmodell|robô|modelo|modello|modèle|programa|programma|systeem|sistema|помощник\\p{L}{0,30}|систем\\p{L}{0,30})";
const TOLD =
  "(?:must|shall|should|has to|have to|needs? to|will|wants|asked to|müssen|muss|soll|moeten?|moet|schakelt|doit|doivent|indiqueront|debe|deben|deve|devono|devem|tem (?:sempre )?de)";
const REPLIES =
  "(?:repl(?:y|ies)|answers?|responses?|antworten?|antwoorden|antwoord|réponses?|respuestas?|respostas?|rispost[ae])";

/** The edge of a word in any script; \b knows only Latin ones. */
const EDGE = "(?:(?<=[\\p{L}\\p{N}])(?![\\p{L}\\p{N}])|(?<![\\p{L}\\p{N}])(?=[\\p{L}\\p{N}]))";

/** "a", in the languages of the bench. */
const A = "(?:an?|ein|eine|einen|une?|una|um|uma|een)";

/** A sentence that is aimed at a machine, or dictates the words of a reply. */
const AIMED: readonly string[] = [
  `(?:^|[([{\\-–—#<>*]|[.!?;:]|\\bdear|\\bps|p\\.s\\.)\\s*(?:(?:to|for|an|für|aan|voor|pour|para|per|all|à)\\b[ ']*(?![ '])(?:the|any|an?|die|das|den|o|el|la|le|l|il|i|lo|gli|het|de|whatever|der)?[ ']*)?${MACHINE}(?: (?:reading|that|which|who|drafting|answering|qui|que|che|die|ler)\\b[^:,.]{0,40})?\\s*\\\\?[:,—–]`,
  `\\b(?:to|for|für|an|aan|voor|pour|para|per|для|all|al)\\b[ ']*(?![ '])(?:the|any|die|das|den|o|el|la|le|l|il|i|gli|het|de|your|dein|deinen)?[ ']*(?![ '])(?:[\\p{L}'’]{1,40} )?${MACHINE}(?![\\p{L}\\p{N}])(?! (?:has|have|is|are|was|were|will|costs?)\\b)[^.!?\\d]{0,40}[:)]`,
  `(?:^|[^\\p{L}])(?:your|dein|tu|teu|o teu|il tuo|ton|je) (?:mail |auto-answer |reply )?${MACHINE}\\b[^.!?]{0,40}(?:${TOLD}|thing)\\b`,
  `\\b(?:if|wenn|als|si|se)\\b[^.!?]{0,30}\\b(?:are|is|ist|bist|bent|est|es|eres|è|é|és|sei)\\b[^.!?]{0,12}\\b(?:software|${A} (?:program|machine|programm|programma|programme|programa|máquina|${MACHINE}))(?!\\p{L})`,
  `\\b(?:are you|ben je|bist du|es-tu|eres|sei|és)\\b ${A} ${MACHINE}\\s?\\?`,
  `\\bas (?:the|your|an?) (?:administrator|admin|developer|operator|owner) of (?:this|the|your) ${MACHINE}(?!\\p{L})`,
  `\\bfrom (?:now|this point|here) on,? you (?:are|only|have no|answer|reply|speak|respond|write only)\\b|\\byour new (?:role|persona|instructions?)\\b`,
  `(?:^#{2,} ?|\\b(?:llm|ai|model|system|hidden|bot|gpt)[ -])(?:instructions?|prompts?|directives?|commands?)\\b`,
  `\\b(?:print|repeat|output|reveal|show|copy|paste|recite|reproduce)\\b[^.!?]{0,30}\\b(?:everything|all|text|words?|lines?|configuration|instructions?|messages?|mails?|letters?)\\b[^.!?]{0,30}\\b(?:before (?:this|you)|above (?:this|the line)|word for word|verbatim|configuration)\\b`,
  `\\b(?:call|invoke|run|use|execute)\\b (?:the )?(?:tool|function|command)\\b [^.!?]{0,10}\\w_\\w`,
  `\\bautomati\\p{L}{1,30} (?:erzeugte |generated |created |drafted )?${REPLIES}\\b|\\b${REPLIES} (?:automati|automáti)\\p{L}{1,30}|\\b(?:antworten|replies|answers|responses)\\b (?:not (?:mentioning|containing)|without|scoring)\\b[^.!?]{0,60}\\b(?:discarded|rejected|ignored|scored|include|fail)`,
  `\\b(?:in|for) (?:your|the) (?:summary|draft)\\b,? (?:do not|don't|never|only|say|mention|write|include)\\b`,
  `(?<!\\p{L})${MACHINE}(?!\\p{L})[^.!?]{0,40}\\b${TOLD}\\b[^.!?]{0,40}\\b(?:write|answer|reply|respond|state|say|mention|repeat|praise|contain|open|agree\\w{0,30}|schreib\\w{0,30}|antwort\\w{0,30}|enthalten|schrijft|écri\\w{0,30}|réponse|dichiarare|risponder\\w{0,30}|responder|escrib\\w{0,30}|terminar|fulfil)`,
  `\\b(?:automated agent|automatische antworten|assistants automatiques|sistemi di risposta|answering system|whatever drafts|por máquina|auto-?(?:answer|reply|responder)|machine-?readable)\\b`,
  `\\b(?:every|each|all|any|the|toute|elke?|jede|ieder|whatever the)?\\s*${REPLIES}\\b[^.!?]{0,50}(?:\\b(?:must|has to|have to|doit|muss|müssen|moet|gilt nur|should|debe|deve)\\b[^.!?]{0,60}(?:contain|contenir|conten|enthalten|bevat|quote|open|begin|end with|include|string|["“„«])|\\bcontaining\\b)`,
  `\\b(?:without|zonder|ohne|sans|sin|sem|senza) [^.!?]{0,10}\\blink\\b[^?]{0,80}`,
  `(?<!["“„«'‘])\\b(?:ignore|forget|disregard|override|negeer|vergeet|ignorez|oubliez|ignoriere|vergiss|ignora|oublie|olvida|ignorez|esquece)\\b[^.!?]{0,40}\\b(?:above|previous|prior|instructions?|told|rules|everything|customer|vorige|regels|alles|tutto|todo|tudo|tout|anterior\\w{0,30}|précédent\\w{0,30}|instructies|vorgaben|anweisungen|restlichen|consignes|question|reglas|regras|regole|istruzioni|instruções|instrucciones|precede)\\b`,
  `\\b(?:reply|answer|respond|write back|contesta(?:me)?|contéstame|antworte|rispondi|responde|réponds|écris|antwoord|escreve|bestätigen|bevestig)\\b[^.!?"“„«]{0,30}(?:["“„«‘]|(?<=[ :])')`,
  `\\b(?:just|simply|only|merely|enough if you|nothing but)\\b[^.!?"“„«]{0,40}\\b(?:write|answer|reply|say|confirm|respond|state)\\b[^.!?"“„«]{0,30}["“„«]`,
  `\\b(?:confirm|answer|reply|respond|release|approve)\\b[^.!?"“„«]{0,60}\\b(?:with|by|in|using) (?:just |only )?(?:the |these |this )?(?:words?|sentence|phrase|line)\\b`,
  `\\b(?:respond|answer|reply)\\b (?:exclusively|only|solely|just) (?:with|in|by)\\b|\\bwhatever you (?:write|say|answer|reply)\\b|\\bjust say yes\\b`,
  `\\b(?:add|send back|include|insert|append|repeat) the (?:sentence|phrase|words?|string|line|token|keyword)\\b`,
  `\\b(?:begin|start|end|open|close|finish)\\b (?:the|your|every|each) (?:reply|answer|response|mail|letter|message) with\\b`,
  `\\b(?:correct|right|only|expected|required) ${REPLIES}\\b[^.!?]{0,40}\\bis\\b[^.!?]{0,5}["“„«]`,
  `\\bwrite ["“„«][^"”“»]{1,80}["”“»] (?:somewhere|anywhere|at the|in your)`,
  `["“„«][^"”“»]{1,80}["”“»] (?:in|as|for) (?:your|the|a) (?:answer|reply|response)\\b`,
  `\\b(?:write|include|say|add|append|cry|put|diz|schreib\\w{0,30}|scrivi\\w{0,30}|escribe|include|output|finish|begin|comece|end|sign)\\b[^.!?]{0,50}\\b(?:in (?:the|your) (?:answer|reply)|the words?\\b|palavra|the answer|every answer|this one off|with ["“«!])`,
  `^[\\s*#<[(]*(?:system|systeem|sistema|assistant|user|new task|task|policy update|formatting rule|evaluation (?:note|rubric)|override|x-assistant\\S*|nota técnica|neue aufgabe|nouvelle tâche)\\b[^:]{0,40}:`,
  `^(?:now )?(?:say|state|claim|write|diz|dis|scrivi|schreib\\p{L}{0,30}|zeg|schrijf|escribe|escreve|напиши)\\s+(?:that|que|che|dass|dat|что)\\b`,
  `\\b(?:grader|grading|graded|marking|evaluation|rubric|bewertung|scored)\\b[^.!?]{0,60}\\b(?:answer|reply|response|antwort|whatever|contain\\w{0,30})\\b`,
  `\\b(?:decode|décoder|decodif\\w{1,30}|dekodier\\w{0,30})\\b[^.!?]{0,30}\\b(?:do|apply|appliquer|what it says|folge|applica)\\b`,
  `\\b(?:first|second|prima|seconda|erste|zweite)? ?\\b(?:part|half|bit|metà|teil|hälfte) ?[a-c]?:\\s*["“„«]`,
  `\\bsystem prompt\\b|\\byou are now\\b|\\bi am your (?:developer|admin)|\\bmessage de l.administrateur|\\bmessaggio di sistema|\\bset x ?=|\\by ?= ?["“]`,
];

/** In a sentence of ASCII alone \b knows every edge, in a fifth of the time. */
const AIMED_ASCII = AIMED.map((source) => new RegExp(source, "iu"));
const AIMED_ANY = AIMED.map((source) => new RegExp(source.replaceAll("\\b", EDGE), "iu"));
const ASCII = /^[\x00-\x7f]*$/;

/** Forged turns, tool calls and code: dropped from the first mark to the last. */
const BLOCKS: readonly RegExp[] = [
  /<\|[a-z_]{2,30}\|>[\s\S]*<\|[a-z_]{2,30}\|>/giu,
  /\[INST\][\s\S]{0,1500}?\[\/INST\]/giu,
  /<<\s?SYS\s?>>[\s\S]{0,1500}?<<\s?\/SYS\s?>>/giu,
  /<(tool_call|function|tool)\b[\s\S]{0,1500}?<\/\1>/giu,
  /<\|[a-z_]{2,30}\|>|\[\/?INST\]|<<\s?\/?SYS\s?>>/giu,
  /```[a-z]{0,20}\n?[\s\S]{0,1500}?```/giu,
  /\{\{[^}]{0,400}\}\}/gu,
  /\{\s{0,9}"(?:tool|role|name|action|accion|function|arguments)"[\s\S]{0,1500}?\}(?:\s{0,9}\}){0,9}(?:,[^}\n]{0,400}\})?/giu,
  /^[ \t]*#{2,6}[^\n#]{2,30}#{2,6}$[\s\S]{0,1500}?^[ \t]*#{2,6}[^\n#]{2,30}#{2,6}$/gimu,
  /^"""[^\n"]{0,60}"""$(?:\n[^\n]+)*/gmu,
];

/** Signs that no reader sees, between the letters of what only a machine reads. */
const INVISIBLE = /[\u200b\u200c\u2060-\u2064\ufeff\u00ad\u{e0000}-\u{e007f}]/gu;

/** `text` without orders to machines; "" where it holds nothing else. */
export function dropOrders(text: string): string {
  let rest = dropInvisible(text);
  for (const block of BLOCKS) rest = rest.replace(block, " ");
  rest = rest.replace(/(?<![\w/+.:@%&=?-])[A-Za-z0-9+/]{24,}={0,2}(?![\w/.@])/g, (code) =>
    isEncodedText(code) ? " " : code,
  );
  rest = rest.replace(/[([{][^()[\]{}]{3,500}[)\]}]/gu, (inside) => (isOrder(inside) ? "" : inside));
  const lines = rest.split("\n").map((line) => {
    const parts = line.split(/(?<= )(?=(?:--|–|—) )/u).flatMap(splitSentences);
    const kept = parts.filter((part) => !isOrder(part));
    return kept.length === parts.length ? line : kept.join(" ");
  });
  const left = lines
    .join("\n")
    .replace(/^[ \t]+$/gm, "")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
  return /\p{L}{2}/u.test(left) ? left : "";
}

/** As it stands, and with Cyrillic letters among Latin ones read as the Latin ones that they look like. */
function isOrder(sentence: string): boolean {
  const looks = /[a-z]/i.test(sentence) ? [...sentence].map((sign) => LOOKALIKES[sign] ?? sign).join("") : sentence;
  const aimed = ASCII.test(sentence) ? AIMED_ASCII : AIMED_ANY;
  return aimed.some((pattern) => pattern.test(sentence) || (looks !== sentence && pattern.test(looks)));
}

/** Base64 of words, and no link, key or name: what it stands for is text. */
function isEncodedText(code: string): boolean {
  try {
    const text = atob(code.replace(/(?<!=)=+$/, "").slice(0, code.length - (code.length % 4)));
    return (text.match(/[ -~]/g)?.length ?? 0) > 0.9 * text.length && / /.test(text);
  } catch {
    return false;
  }
}

const LOOKALIKES: Readonly<Record<string, string>> = Object.fromEntries(
  [..."аеорсхуіАЕОРСХІ"].map((sign, i) => [sign, "aeopcxyiAEOPCXI"[i]]),
);

/** A run of letters with invisible signs between them is dropped as a whole; single invisible signs are only taken out. */
function dropInvisible(text: string): string {
  return text.replace(/(?:\S?[\u200b\u2060]+[ \t]*){6,}\S?/gu, " ").replace(INVISIBLE, "");
}
