/** Why a mail was written, by words in its subject and text. */

/** The reasons that the teacher tells apart; "general" where none fits well. */
export type MailIntent =
  | "meeting"
  | "reschedule"
  | "interview"
  | "event"
  | "social"
  | "reminder"
  | "document"
  | "question"
  | "quote"
  | "feedback"
  | "reference"
  | "access"
  | "contract"
  | "approval"
  | "advice"
  | "survey"
  | "late"
  | "faulty"
  | "invoice"
  | "overdue"
  | "orderChange"
  | "booking"
  | "proposal"
  | "mistake"
  | "followUp"
  | "statusRequest"
  | "statusReport"
  | "handover"
  | "absence"
  | "support"
  | "travel"
  | "notice"
  | "training"
  | "apology"
  | "introduction"
  | "thanks"
  | "application"
  | "congratulation"
  | "volunteer"
  | "repair"
  | "lost"
  | "farewell"
  | "answer"
  | "general";

/** Patterns of an intent; each counts once, and twice as much where the subject has it. */
const PATTERNS: readonly (readonly [MailIntent, ...RegExp[]])[] = [
  [
    "late",
    /\b(?:still not|not|never) (?:yet )?(?:arrived|been delivered|received|come)|has come\b|still (?:waiting|missing)|nothing has/i,
    /\blate\b|delay|tracking|where is my order|parcel|courier|shipping notice/i,
    /\border(?:ed)?\b.{0,80}(?:not arrived|due|promised|late|missing|waiting)|(?:waiting for|still no sign)/i,
  ],
  [
    "faulty",
    /faulty|defective|broken|damaged|scratch|crack|torn|leaks|does not switch on|rattling|burnt|wobbles|flickers|no longer charges|wrong (?:size|colour)|too hot|hinge|missing screw|wrong temperature|handle/i,
    /replacement|exchange|refund|warranty|money back|return|complain|not satisfied|disappointed|not happy/i,
    /after (?:only )?\w+ days of|i (?:bought|received|unpacked|ordered)|you sent me|order/i,
  ],
  [
    "overdue",
    /overdue|reminder|not been paid|outstanding|unpaid|still open|no payment|remains open|still missing/i,
    /\binvoice\b|\bpayment\b|open amount/i,
    /due on|first reminder|late fee|transfer|settle|proof of payment/i,
  ],
  [
    "invoice",
    /\binvoice\b|\bbill(?:ing)?\b/i,
    /attached|enclosed|please find|here comes|here is|today you receive|i am billing|we are billing/i,
    /amount|€|\$|£|euros|due/i,
  ],
  [
    "orderChange",
    /\bchange|cancel|mistake in order|no longer needed|one too many|more guests|new address|affects/i,
    /\border\b/i,
    /i placed order|made a mistake|old address|adapt order|regarding order|about order|more \w+s to the order|change the (?:number|delivery|colour)/i,
  ],
  [
    "reschedule",
    /\bmov(?:e|ed|ing)\b|reschedul|postpone|another time|new time|new date|not possible|does not work any more|instead/i,
    /cannot (?:make|attend|come)|can't (?:make|do|attend)|clash|overlap|collides|come up|will miss|would miss|double booked|needs to be|has to be/i,
    /meeting|call|appointment|review/i,
  ],
  [
    "interview",
    /\binterview\b/i,
    /your (?:application|profile|documents|portfolio|experience)|shortlist|hiring team|get to know you/i,
    /position|role of/i,
  ],
  [
    "application",
    /\bappl(?:y|ication)\b|internship|your advert/i,
    /position of|as an? \w+|new challenge|my cv|open position|looking for an?/i,
    /i am writing to apply|my application|join you|would like to apply|my career/i,
  ],
  [
    "reference",
    /letter of recommendation|\breference\b|recommendation|recommend a/i,
    /i am applying|new job|university|scholarship|my contract|named you|our work on|remembered that you know|looking for a/i,
  ],
  [
    "volunteer",
    /volunteer|helpers|helping hands|donation|donate|raffle|collecting/i,
    /food bank|shelter|school library|clean-up|youth|garden|language cafe|hospital|rescue|kitchen|senior centre|music school|repair cafe|charity/i,
    /a few hours|lend a hand|short of people|lost its funding|every bit helps|for a good cause/i,
  ],
  [
    "event",
    /\binvit|save the date|join us/i,
    /conference|meetup|networking|supplier day|open day|forum|charity run|fair|hackathon|launch|gala|alumni|festival|workshop|seminar|panel|webinar|training day|round table|opening of|anniversary|open house|summer party|science night/i,
    /guest list|places left|registration is open|tickets|doors open|takes place|we host|is hosting/i,
  ],
  [
    "social",
    /\b(?:dinner|lunch|brunch|barbecue|picnic|coffee|film night|board game|housewarming|birthday party|concert|hike|bike tour|wine tasting|garden party|quiz night|jam session|football match|cooking evening|boat trip)\b/i,
    /my place|our flat|our house|at the lake|come over|love to have you|far too long|been ages|the old group|celebrate|join us|thought of you|are you in\b|room for you|without you|\bwould you like to join/i,
  ],
  [
    "reminder",
    /\breminder\b|practical (?:details|information)|last details|as announced|your (?:visit to|participation in)/i,
    /doors open|programme begins|we start|we meet|takes place|the room has changed|now begins|few days away|late arrivals/i,
    /\b(?:conference|workshop|seminar|fair|event|webinar|talk)\b/i,
  ],
  [
    "training",
    /\b(?:course|training|workshop)\b/i,
    /places? (?:are|is) (?:free|limited)|learn more|there will be an?|we offer|repeat|no previous knowledge|fee is|sign up|your name came up|just right|fills up/i,
  ],
  ["survey", /\bsurvey\b|questionnaire/i, /fill in|your answers|your opinion|take part|anonymous|minutes/i],
  [
    "contract",
    /\b(?:sign|signed|signature)\b/i,
    /contract|agreement|letter of intent|addendum|amendment|order confirmation/i,
  ],
  [
    "approval",
    /approv|go-ahead|may we order|may i buy|leave request|holiday request|days off/i,
    /would like to (?:order|book|buy|take)|best offer|has arrived|budget|price of|days? off|of leave|getting married|pay off|quote for/i,
  ],
  [
    "access",
    /\b(?:access|password|login|log in|account|permission)\b/i,
    /expired|locked|no rights|new user|no access|needs access|need access|not accepted|reset|unlock|get into|disabled|use the/i,
  ],
  [
    "support",
    /does not work|not working|cannot|can no longer|error|keeps crashing|crash|problem with|trouble with|bug\b/i,
    /error message|blank|loading circle|logs me out|very slow|screen|update|i get\b|i only see|they see|message|no longer connects|screenshot|log file|browser/i,
    /help|fix|support request|ticket|portal|system|server|printer|laptop/i,
  ],
  [
    "repair",
    /\brepair|plumber|craftsman|electrician|caretaker|broken|dripping|stuck|blocked|leak/i,
    /\b(?:flat|building|tenant|landlord|apartment|stairwell|boiler|heating|kitchen tap|garage door|roof tile|intercom|lift|damp patch)\b/i,
    /send (?:someone|somebody)|report that|i rent/i,
  ],
  [
    "lost",
    /\blost\b|left behind|\bforgot my\b|i left my|lost property|is missing|handed in|slipped out/i,
    /umbrella|scarf|wallet|backpack|notebook|jacket|sleeve|phone case|bottle|hat|keys|bag/i,
  ],
  [
    "quote",
    /\bquote\b|\boffer\b|\bprices?\b|pricing|cost/i,
    /looking for|planning to buy|about to order|interested in|we need|would like to book|replace|bought|considering an order|\bwe will need/i,
    /\b\d+ \w+|budget|discount|per piece|delivery/i,
  ],
  [
    "feedback",
    /\b(?:feedback|comments|review|draft|your view on|your opinion|second pair of eyes)\b/i,
    /draft|new version|mock-up|presentation|deck|handbook|proposal|article|speech|design|outline|business case|summary|brief/i,
    /i have finished|fresh eyes|goes to print|rewritten|reworked|weak point|take a look|read/i,
  ],
  [
    "document",
    /\b(?:send|share|forward|upload|let me have|missing|papers|documents)\b/i,
    /contract|lease|report|plan|list|certificate|form|sheet|specification|manual|minutes|notes|slides|photos|statement|overview|letter|estimate|schedule|brochure|document|guidelines|drawings|figures|study|release|summary|timetable|quote/i,
    /cannot find|could not find|out of date|not complete|is missing|still open|have the|auditors|for the file|our paperwork|closing/i,
  ],
  [
    "mistake",
    /\bmistake|error in|wrong details|please correct|not quite right|something is wrong/i,
    /correct|misspelt|wrong|missing|twice|swapped|old one|does not match|empty page/i,
  ],
  [
    "statusRequest",
    /\bstatus\b|update on|how far|where are we|where do we stand|progress/i,
    /i have not heard|we have not heard|report on|present|asked how|is going|coming along|milestone|deadline|i am collecting|latest facts|on track|getting nervous/i,
  ],
  [
    "statusReport",
    /\bupdate (?:on|for)|status|progress report|news from|summary|for your information|keep you informed|good news/i,
    /is finished|have passed|behind the plan|complete|went well|down by|signed the contract|is ready|reached the milestone|accepted|below budget|test phase|delayed by|we (?:decided|agreed)|next milestone|costs so far|spent so far|no action is needed|next report/i,
  ],
  [
    "handover",
    /\bhandover|handing over|tak(?:e|es|ing) over|look after|cover\b|new owner|split the tasks/i,
    /from .{3,20} on|on holiday|parental leave|is leaving|my notes|written down|comes to you|goes to you|while i am away/i,
  ],
  [
    "absence",
    /\bsick\b|\bill\b|cold\b|fever|flu\b|dentist|migraine|stomach|hurt my back|sprained|family emergency|babysitter|train has been cancelled|on strike|work(?:ing)? from home|out of office/i,
    /cannot (?:come in|work)|not be in|stay at home|until|leave early|afternoon off|not in today|absence|not available/i,
  ],
  [
    "travel",
    /\b(?:trip|travel|flight|train|ferry|bus|arriv|my visit|your visit|hotel)\b/i,
    /leaves on|i will stay|i will arrive|we will arrive|come back on|pick me up|airport|station|we leave on|are in \w+ on|making the plans|is nearly ready/i,
  ],
  [
    "booking",
    /\bbooking|reservation|reserved|booked|your stay|your appointment|registered for/i,
    /confirm|thank you for|number is|check-in|breakfast|cancel free|we have put you down/i,
  ],
  [
    "notice",
    /please note|inform you that|notice|as of|has decided|new rule/i,
    /from .{3,20}(?: on)?,|will be closed|moves to|must be|closes? an hour|takes place in the whole|no longer accepts|is staffed|will be down|will close|new form|need a cost/i,
  ],
  [
    "proposal",
    /\b(?:cooperation|partnership|working together|proposal|our range|distributor)\b/i,
    /we (?:make|sell|design|offer)|your company|our service|our customers|we are looking for a partner|support you|companies like yours|i follow your work|experience in/i,
    /free trial|sample|short call|of interest|interested in|brochure|catalogue|minutes/i,
  ],
  [
    "farewell",
    /\b(?:goodbye|farewell|my last day|leaving|moving on)\b/i,
    /last day|i start|new job|leaving|moving to|going back to university|own business/i,
  ],
  [
    "introduction",
    /\bintroduc|\bmeet \p{Lu}|should meet|your new contact|new contact|know each other|came to talk about you/iu,
    /your contact|our new|joined|asked me about you|meet you|speaks|will like each other|expert in|works on|at once|learn from you/i,
  ],
  [
    "congratulation",
    /\bcongratulat|well done|wonderful news|so happy/i,
    /promotion|new job|award|birth|graduation|launch|ten years|contract|exam|wedding|opening|finishing|heard the news|earned it/i,
  ],
  [
    "apology",
    /\b(?:apolog|sorry)/i,
    /i missed|wrong version|forgot|was late|mixed up|same invoice twice|wrong address|left you out|wrong price|leave .{3,40} early|did not send|was not fair|my tone|lost my patience|no excuse|my mistake|regret|not happen again|delay of|confusion/i,
  ],
  [
    "thanks",
    /\b(?:thank you|many thanks|thanks)\b.{0,30}\b(?:for|so much)\b/i,
    /your help|your support|great work|delighted|saved|wonderful day|lovely evening|warm welcome|made the difference|surely helped|would not have finished|be stuck|arrived safely|very happy|return the favour|exactly what we needed|a pleasure|great help|the tour|good service/i,
  ],
  [
    "followUp",
    /follow(?:ing|ed)?[- ]up|any news|no answer yet|once more|my (?:last )?mail|still waiting|come back to|check in about/i,
    /wrote to you|sent you|not heard back|no answer|have an answer|where (?:we|things) stand|promised|offered to|did you get|have you seen|i know you are busy|wonder/i,
  ],
  [
    "advice",
    /\badvice\b|what would you do|tricky decision|ask you something|help with/i,
    /decide|recommend|opinion|experience with|opinions differ|going in circles|your view|you (?:told|described)|little lost/i,
  ],
  [
    "meeting",
    /\b(?:meeting|call|meet|talk|chat|discuss|sit down|get together|slot)\b/i,
    /free|available|work for you|suit|find(?:ing)? a (?:slot|time)|how about|suggest|agenda|half an hour|on video|in person|are you free/i,
    /to discuss|go over|go through|talk about|talk through|agree on|settle|clear up|prepare|your (?:view|input|thoughts)/i,
  ],
  [
    "question",
    /\b(?:question|enquiry|information|interested in|wonder|curious)\b/i,
    /could not find|how does it work|how (?:long|much|many)|do you know|could you tell me|can you tell me|is it possible|what can you tell|does the price|until when|who is|where (?:can|do)|opening hours/i,
    /warranty|delivery time|return policy|payment terms|size chart|before i order|before we decide|i am new|planning/i,
  ],
];

const MIN_SCORE = 2;

/** The intent whose patterns fit best; ties go to the one that stands first in the table. */
export function classifyIntent(mail: { subject: string; body: string; isReply: boolean }): MailIntent {
  const { subject, body, isReply } = mail;
  let [best, bestScore] = ["general" as MailIntent, 0];
  for (const [intent, ...patterns] of PATTERNS) {
    let score = 0;
    for (const pattern of patterns) {
      if (pattern.test(body)) score += 1;
      if (!isReply && pattern.test(subject)) score += 1;
    }
    // Intents with fewer patterns must not lose for it.
    score *= 3 / Math.max(2, patterns.length);
    if (score > bestScore) [best, bestScore] = [intent, score];
  }
  if (isReply && bestScore < 3.5) return "answer";
  return bestScore >= MIN_SCORE ? best : "general";
}
