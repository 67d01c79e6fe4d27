/**
 * Orders in a mail that name no machine and are meant for one all the same: what a reply has to say word for word, in which form, as whom, what it has to
 * reveal or to leave unanswered. They stand apart from the words to machines of the mail room, by which teachers read too, and which are numbered with them.
 */
import { splitSentences } from "../mail/portable.ts";

const REPLY = "(?:repl(?:y|ies)|answers?|responses?|summar(?:y|ies)|drafts?|output)";
const ANSWER = "(?:reply|answer|respond|write back|text back|confirm)";
/** Words of the same sentence. */
const some = (most: number) => `[^.!?]{0,${most}}`;

/** Marks around what no person puts between marks. */
const MARKED =
  /<(instructions?|system|important|information|prompt|admin|task|rules?|override|command)>[^<]{1,1500}(?:<\/\1>|$)/iu;
const EVERY_MARKED = new RegExp(MARKED, "giu");

const DICTATED: readonly RegExp[] = [
  // A word to send back: "answer this message with KEEP-ACCOUNT", "reply YES", "just the word 'done'".
  /\b(?:[Rr]eply|[Aa]nswer|[Rr]espond|[Ww]rite back|[Tt]ext back|[Ss]end back)\b[^.!?,;:]{0,30} (?:with )?(?!(?:ASAP|RSVP|FYI|EOD|COB|CEO|PDF|HR|IT)\b)[A-Z][A-Z0-9_-]{3,}(?![\w'’])/u,
  order(
    `\\b(?:with|by|in) (?:just |only |nothing but )?(?:(?:a|one|the) single |one |the )word\\b(?! (?:document|file|of|from)\\b)`,
  ),
  order(
    `\\b(?:a|one) (?:simple|short|plain|quick|brief) ["“„«'‘]${some(60)}\\b(?:will do|is enough|suffices?|does it|is fine)\\b`,
  ),
  order(`^(?:please )?(?:just|simply|kindly|only) (?:send|type|write|say|reply|put|answer)\\b${some(30)}["“„«]`),
  order(`\\b(?:first|last|opening|closing) (?:line|sentence|words?) of (?:your|the|each|every) ${REPLY}\\b`),
  order(
    `\\b(?:your|the|each|every) ${REPLY} (?:has to|must|should|shall|will) (?:be (?:checked|scanned|parsed|graded|searched|matched|scored|tested)|contain|mention|include|begin|start|end|say|state)\\b`,
  ),
  order(
    `\\b(?:begin|start|end|finish|close) (?:each|every|all|any)\\b${some(20)}\\b(?:sentences?|lines?|paragraphs?|${REPLY})\\b`,
  ),
  // A reply that is to be made otherwise: "modify your answer to …", "add a sentence to your reply". To ask for an address in it is no such thing.
  order(
    `\\b(?:modify|enhance|augment|encode|encrypt|encipher|render|reverse|invert|scramble|obfuscate|rewrite)\\b${some(20)}\\b(?:your|the) (?:\\w+ )?${REPLY}(?!\\p{L})`,
  ),
  order(
    `\\b(?:add|include|integrate|insert|append|weave|slip|work|put)\\b${some(12)}(?:\\b(?:sentence|statement|claim|teaser|advert|joke|plug|slogan|promotion|fact)s?\\b|["“„«])${some(200)}\\byour ${REPLY}(?!\\p{L})`,
  ),
  // The form: "answer in rhymes", "write your reply in Latin", "only in capital letters".
  order(
    `\\b${ANSWER}\\b(?: to (?:this|me))?(?: only| just)? (?:in|as|using) (?:only )?(?:rhymes?|verse|latin|klingon|emojis?|capitals?|capital letters|upper case|lower case|haikus?|a (?:poem|song|haiku|limerick|pirate|joke|riddle)|morse|base64|json|xml|code|pig latin|reverse)\\b`,
  ),
  order(
    `\\b(?:write|compose|sing|recite|output|produce) (?:me )?(?:an? )?(?:\\w+ )?(?:poem|song|haiku|limerick|python|javascript|shell script|source code|joke|riddle)\\b`,
  ),
  // As whom: "pretend that you are", "act as my lawyer", "you are no longer".
  order(
    "\\bpretend (?:that )?(?:you are|you're|to be)\\b|^(?:please )?act as (?:an?|my|the|if)\\b|\\bplay the (?:role|part) of\\b|\\byou are no longer\\b|^stop being\\b",
  ),
  // What is to be revealed, and the rules that are to go.
  order(
    "\\b(?:reveal|output|print|list|disclose|translate|recite|dump|leak)\\b[^.!?]{0,30}\\byour (?:(?:hidden|secret|initial|internal|own|system) )*(?:rules|guidelines|instructions?|prompts?|configuration|memory|context)\\b",
  ),
  order(
    "\\b(?:other|earlier|recent|last \\w+) (?:people|mails?|messages?|senders?|contacts)\\b[^.!?]{0,30}\\b(?:wrote to you|you have (?:seen|read|received)|in (?:this|your|the) (?:inbox|mailbox))\\b",
  ),
  order(
    "\\b(?:override|developer|debug|maintenance|admin|root|god) (?:mode|code|override|access)\\b[^.!?]{0,60}(?::|\\b(?:enabled|on|granted|active|activated|now)\\b)",
  ),
  order(
    "\\b(?:previous|earlier|prior|above|original) (?:instructions?|rules|tasks?|prompts?)\\b[^.!?]{0,40}\\b(?:were|was|are|is) (?:a test|a joke|void|wrong|outdated|obsolete|cancelled|replaced|no longer)\\b|\\b(?:real|actual|true|new) (?:task|instructions?) (?:is|are)\\b",
  ),
  order(
    "^if you (?:can |are able to )?(?:read|parse|process|understand|see) (?:this|these)\\b[^.!?]{0,80}\\b(?:you are a|you must|write|say|answer|reply|respond|mention|add)\\b",
  ),
  order("\\b(?:human|people|real|other) readers?\\b[^.!?]{0,30}\\b(?:skip|ignore|not see|pass over|disregard)\\b"),
  // What is to be left unanswered.
  order(
    `\\b(?:do not|don't|never|rather than|instead of) (?:answer(?:ing)?|reply(?:ing)?|respond(?:ing)?)(?: to)? (?:the|this|that|any|my|his|her) (?:question|request|sender)\\b`,
  ),
  MARKED,
  order("\\b(?:begin|start) (?:of )?(?:hidden |secret |system )?(?:prompt|instructions?)\\b"),
  // German, French, Spanish, Italian, Portuguese, Dutch: only with the word, in so many words.
  order(
    '\\b(?:antworten?|antworte|schreiben?|bestätigen?)(?: sie)?(?: bitte)? (?:nur|lediglich|ausschließlich|einfach)? ?mit (?:dem wort|den worten|["„«])',
  ),
  order('\\b(?:répondez|réponds|écrivez|confirmez)(?: \\p{L}+)? (?:par|avec) (?:(?:le|les|un) (?:seul )?mots?|[«"“])'),
  order(
    "\\b(?:responda|responde|conteste|contesta|escriba|escribe|rispondi|risponda|responda|antwoord|beantwoord)(?: \\p{L}+)? (?:con|com|met) (?:las?|il|la|le|a|o|as|os|het|de) (?:palabras?|parol[ae]|palavras?|woord(?:en)?)(?!\\p{L})",
  ),
];

function order(source: string): RegExp {
  return new RegExp(source, "iu");
}

/** `text` without such sentences; "" where it holds nothing else. */
export function dropDictation(text: string): string {
  const unmarked = text.replace(EVERY_MARKED, " ");
  const lines = unmarked.split("\n").map((line) => {
    const sentences = splitSentences(line);
    const kept = sentences.filter((sentence) => !DICTATED.some((pattern) => pattern.test(sentence)));
    return kept.length === sentences.length ? line : kept.join(" ");
  });
  const calm = lines.join("\n");
  if (calm === text) return text;
  const left = calm.replace(/\n{3,}/g, "\n\n").trim();
  return /\p{L}{2}/u.test(left) ? left : "";
}
