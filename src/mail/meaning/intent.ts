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
  | "recommendation"
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

/** Patterns of an intent, in text and subject. Without the first one the intent is out. */
const PATTERNS: readonly (readonly [MailIntent, ...RegExp[]])[] = [
  [
    "late",
    /\b(?:still not|not|never) (?:yet )?(?:arrived|been delivered|received|come)|nothing has|still (?:waiting|missing)|no sign of|has not arrived|is late\b|late delivery|delayed delivery|where is my order|waiting for the|delivery from you is late|not changed for|shown the same place|never got|never came|should have been here|complaint: order|problem: order/i,
    /\border\b|parcel|delivery|courier/i,
    /tracking|shipping notice|promised|due on|supposed to arrive|waiting|customers are waiting|late/i,
  ],
  [
    "faulty",
    /faulty|defective|broken|damaged|scratch|crack|torn|leaks|does not switch on|rattling|burnt|wobbles|flickers|no longer charges|wrong (?:size|colour)|too hot|hinge|missing screw|wrong temperature|handle|(?:has a (?:crack|deep|dent|bent|broken|torn|loose)|came (?:in the wrong|without)|part missing|fell apart|smells of|does not (?:look like|switch on)|was broken|smaller than described|signs of use|stains that|broke on|stops? (?:after|working)|no longer (?:works|charges)|leaks|flickers|rattling)|do not work|instead of what i ordered|without the power cord|in the wrong size/i,
    /replacement|exchange|refund|warranty|money back|return|complain|not satisfied|disappointed|not happy/i,
    /after (?:only )?\w+ days of|i (?:bought|received|unpacked|ordered)|you sent me|order/i,
  ],
  [
    "overdue",
    /overdue|reminder|not been paid|outstanding|unpaid|still open|no payment|remains open|still missing|still missing|due on|reminder/i,
    /\binvoice\b|\bpayment\b|open amount/i,
    /due on|first reminder|late fee|transfer|settle|proof of payment/i,
  ],
  [
    "invoice",
    /^(?!.*(?:overdue|reminder|unpaid|outstanding|was due|not been paid|no payment|still open|remains open|still missing)).*\b(?:invoice|bill(?:ing)?)\b/i,
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
    /\binterview\b|your (?:profile|documents|portfolio)|shortlist|hiring team|position: meeting the team/i,
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
    /volunteer|helpers|helping hands|donation|donate|raffle|collecting|needs people|is looking for (?:people|helpers)|help to|for the (?:food bank|animal|school|river|youth|neighbourhood|refugee|children|mountain|community|senior|music|repair)|helping at|short of people/i,
    /food bank|shelter|school library|clean-up|youth|garden|language cafe|hospital|rescue|kitchen|senior centre|music school|repair cafe|charity/i,
    /a few hours|lend a hand|short of people|lost its funding|every bit helps|for a good cause/i,
  ],
  [
    "event",
    /\binvit|save the date|join us|guest list|places left|thought of you straight|tickets are now|see you on|welcome you|will you attend|will (?:speak|give a talk) at|we host|hosts the|hosts our|is hosting|is organising the|are preparing|is preparing|have organised/i,
    /conference|meetup|networking|supplier day|open day|forum|charity run|fair\b|hackathon|launch|gala|alumni|festival|workshop|seminar|panel|webinar|training day|round table|opening of|anniversary|open house|summer party|science night|\btalk\b/i,
    /registration is open|doors open|takes place|takes? place|hosts?\b|is hosting|organis|is preparing|programme|guests? are expected|drinks afterwards|you are on our/i,
  ],
  [
    "social",
    /\b(?:dinner|lunch|brunch|barbecue|picnic|coffee|film night|board game|housewarming|birthday party|concert|hike|bike tour|wine tasting|garden party|quiz night|jam session|football match|cooking evening|boat trip)\b/i,
    /my place|our flat|our house|the lake|river park|my parents' garden|at (?:the|cafe|bar|trattoria|casa|little|chez|bistro) \p{Lu}?|come over|love to have you|you are invited/iu,
    /far too long|been ages|the old group|a few of us|celebrate|join us|thought of you|are you in\b|room for you|not be the same|we (?:are having|are planning)|there is finally a date|going out for|meeting for|making plans|can you make it|will you come|are you free|long time no see|it has been too long|any plans/i,
  ],
  [
    "reminder",
    /\breminder of|reminder about|^reminder|reminder:|practical (?:details|information)|last details|as announced|your (?:visit to|participation in)|only a few days away|getting closer|see you on|looking forward to seeing you on|takes place on|^tomorrow|^this \w+day/i,
    /doors open|programme begins|we start|we meet|takes place|the room has changed|now begins|late arrivals|starts? at|bring your ticket|join us by|we expect/i,
    /\b(?:conference|workshop|seminar|fair|event|webinar|talk|party|opening|launch|run|festival|house|party|evening|meetup|day|table|panel|night|forum|dinner)\b/i,
  ],
  [
    "training",
    /\b(?:course|training|workshop)\b/i,
    /places? (?:are|is|on) |free places|there will be an?|we offer|repeat|send (?:one|two)|you said|yearly talk|your name came up|thought of you|next \w+'s|registration|sign up now|invitation to/i,
    /no previous knowledge|no experience|fee is|it costs|it lasts|course lasts|register by|sign up by|take part|are you interested|want the place|would like to go|fills up|places are limited|would like to join|want to join|just right/i,
  ],
  ["survey", /\bsurvey\b|questionnaire/i, /fill in|your answers|your opinion|take part|anonymous|minutes/i],
  [
    "contract",
    /\b(?:sign|signed|signature)\b|letter of intent|addendum|amendment|signatures?:|contract with|agreement with/i,
    /contract|agreement|letter of intent|addendum|amendment|order confirmation/i,
  ],
  [
    "approval",
    /approv|your ok\b|go-ahead|may we order|may i (?:buy|go ahead)|leave request|holiday request|days off|budget for|money for|days? off|of leave|go ahead|is that (?:all right|ok)|time off|approve|to be away from|take (?:that time|some days|them)|your (?:approval|ok)|may take the days/i,
    /days of leave|moving house|day care|parents are visiting|holiday|leave in|time off|would like to (?:order|book|buy|take)|wants to (?:order|book|buy)|best offer|offers it for|has arrived|is here:|price of|which costs|getting married|pay off|save us|\d off\b|days off|a week off|cover for me|short notice|reachable|enter it in the calendar|book the flight|enough notice|will be finished before/i,
    /cost centre|within our budget|covered by|could cover|we compared|i compared|price is only|agreed|in favour|supports the idea|€|\$|£|euros/i,
  ],
  [
    "recommendation",
    /\b(?:recommend an?|recommend someone|know an? (?:good|reliable)|looking for an?|in search of|whom (?:would you|you would)|you would recommend|needs? an? (?:good|reliable)|our turn now|no longer takes|reference for|has retired|name of your|number of your|(?:advisor|designer|electrician|photographer|lawyer|physiotherapist|teacher|translator|gardener|carpenter|recruiter|nutritionist|printer|caterer) in)\b/i,
    /advisor|designer|electrician|photographer|lawyer|physiotherapist|teacher|translator|gardener|carpenter|recruiter|nutritionist|printer|caterer|plumber|doctor|dentist|mechanic|babysitter/i,
    /remembered that you know|right people|idea where to start|just anybody|were very happy with|trust a recommendation|booked out|mention your name|did you pay|watch out for|the last one|the one before|somebody who|can you recommend|whom you would|know a good/i,
  ],
  [
    "access",
    /\b(?:access|password|login|log in|account|permission)\b/i,
    /expired|locked|no rights|new user|no access|needs access|need access|not accepted|reset|unlock|get into|disabled|use the/i,
  ],
  [
    "support",
    /does not work|not working|cannot|can no longer|\berror\b|keeps crashing|problem with|trouble with|help needed|^help|unable to|logs me out|no longer connects|does not talk|ticket:|support request|suddenly/i,
    /error message|error \w+\b|blank|loading circle|logs me out|very slow|on the screen|the (?:last )?update|login page|empty list|no longer connects|does not talk|keeps crashing|the message/i,
    /restarted|browser|cache|reinstalled|fix|screenshot|log file|known problem|worked (?:fine )?until|on two computers|help me|take a look|portal|system|drive|tool|vpn|server|platform|dashboard|library|archive/i,
  ],
  [
    "repair",
    /\brepair|plumber|craftsman|electrician|caretaker|broken|dripping|stuck|blocked|leak|the flat|in the building|front door|window in the|light in the|damp patch|boiler|intercom|heating/i,
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
    /\b(?:quote|offer|best price|pricing|price for|price request|would cost|cost\?|would you charge)\b|prices?\b|replace \d+|looking for \d+|need \d+|order(?:ing)? (?:of )?\d+|buy \d+|stopped making/i,
    /looking for|planning to buy|about to order|interested in|we (?:will )?need|replace|bought|considering an order|thinking of ordering|would like to (?:buy|order)|want to (?:renew|replace)|plan to/i,
    /\b\d+ [a-z]|budget|discount|per piece|larger orders/i,
  ],
  [
    "feedback",
    /\b(?:feedback|comments|review|draft|your view on|your opinion|second pair of eyes|mock-up|read|look at|outline|new version|fresh eyes|deck|script|handbook|business case|research summary|project brief|article|speech)\b/i,
    /draft|new version|mock-up|presentation|deck|handbook|proposal|article|speech|design|outline|business case|summary|brief|script/i,
    /i have (?:just )?finished|here is the|attached|fresh eyes|goes to print|goes live|published|rewritten|reworked|shortened|weak point|take a look|hand in|on the structure|too long|what do you think|comments on|you write so well|working on the/i,
  ],
  [
    "document",
    /\b(?:send|share|forward|upload|let (?:me|us) have|missing|papers|documents|need the|request for)\b/i,
    /contract|lease|report|plan|list|certificate|form|sheet|specification|manual|minutes|notes|slides|photos|statement|overview|letter|estimate|schedule|brochure|document|guidelines|drawings|figures|study|release|summary|timetable|quote|order|recording|breakdown|agreement|papers/i,
    /cannot find|could not find|looked everywhere|out of date|not complete|is missing|one thing is still|have the|auditors|lawyers|bank|complete the file|our paperwork|more evidence|closing the|close the|cannot be opened|breaks off|in our last call|on the phone you|you (?:mentioned|spoke about)|you (?:keep|have) the|for the handover|for my trip|for the meeting on/i,
  ],
  [
    "mistake",
    /\b(?:mistakes? in|error in|wrong details|please correct|correction|not quite right|something is wrong|correct (?:this|it|the)|corrected version|is (?:still the old one|wrong|not correct|misspelt|missing)|does not match|appear twice|digits swapped|empty page)/i,
    /misspelt|is wrong|one page is missing|appear twice|swapped|still the old one|does not match|not correct|empty page|item number/i,
    /in the|looking closer|on reading|while checking|pointed out|if i am not mistaken|as far as i can see|correct/i,
  ],
  [
    "statusRequest",
    /\bstatus of|^status|update on|how far|where are we|where do we stand|progress on|open points on|coming along|not heard (?:much|anything)|latest facts|what is the status|on (?:track|schedule)/i,
    /i have not heard|we have not heard|report on|present|asked|is going|milestone|our deadline|i am collecting|nervous|starting to ask|you lead|you are responsible/i,
    /send me|give me|prepare|let me know|tell me|what is|where do|are (?:we|you) still|when will|by when/i,
  ],
  [
    "statusReport",
    /\bupdate on|update for|status:|weekly status|progress report|news from|summary of|results of|for your information|keep you informed|good news|where we are|this week$/i,
    /is finished|have passed|behind the plan|is complete|went well|down by|signed the contract|is ready|reached the milestone|accepted the first|below budget|test phase|delayed by|will be presented|we (?:decided|agreed)/i,
    /next milestone|next comes|costs so far|spent|no action is needed|next report|nothing to do for you|do not have to do anything|i will write again|still open|open point|here is|as promised|as agreed/i,
  ],
  [
    "handover",
    /\bhandover|handing over|tak(?:e|es|ing) over|look after|cover\b|new owner|split the tasks|from .{3,14} on, i will|while i am away|my absence from|needs a new owner|comes to you|goes to you|splitting the tasks|you will take over|i am on holiday/i,
    /from .{3,20} on|on holiday|parental leave|is leaving|my notes|written down|comes to you|goes to you|while i am away/i,
  ],
  [
    "absence",
    /\bsick\b|\bill\b|cold\b|fever|flu\b|dentist|migraine|stomach|hurt my back|sprained|family emergency|babysitter|train has been cancelled|on strike|work(?:ing)? from home|out of office/i,
    /cannot (?:come in|work)|not be in|stay at home|until|leave early|afternoon off|not in today|absence|not available/i,
  ],
  [
    "travel",
    /\b(?:trip|travel|my visit|your visit|arrival|arriv(?:e|ing)|the (?:train|flight|bus|ferry|night train) to|getting to|are in \p{Lu}|in town)\b/iu,
    /leaves on|i will stay|i am staying|will arrive|arriving|come back on|airport|station|we leave on|making the (?:plans|schedule)|is nearly ready|some free time|free evening|coming with us|go straight to|planning the days/i,
    /hotel|pick me up|meet me|flight and|ticket costs|visitor badge|rental car|taxi|travel dates|see you in|the trip|they expect|on the second day|table for|best get/i,
  ],
  [
    "booking",
    /\bbooking(?! system)|reservation|reserved|booked|your stay|your appointment|registered for|check-in|your room at|is yours/i,
    /confirm|thank you for|number is|check-in|breakfast|cancel free|we have put you down/i,
  ],
  [
    "notice",
    /\bplease note|inform you that|^notice|^important|change(?:s)? (?:from|in)|new rule|as of|has decided that|as decided|from .{3,14} on, the/i,
    /will be closed|moves to|must be|an hour earlier|takes place in the whole|no longer accepts|is staffed|will be down|closes? an|need a cost/i,
    /the reason is|due to|will last|permanent|a short guide|the new form|questions|inform your|have read this|from then on|does this affect/i,
  ],
  [
    "proposal",
    /\b(?:cooperation|partnership with|partnership proposal|working together|proposal for|our range|distributor|introducing our|about our|and you$|with great interest|looking for a (?:local )?partner|would fit well|companies like yours|suggested that i write|gave me your name|follow your)\b/i,
    /we (?:make|sell|design|offer)|your company|our service|our customers|partner|support you|spend too much|spend a lot|experience in/i,
    /free trial|sample|short call|of interest|interested in|brochure|catalogue|minutes for a call|no obligation|already work with/i,
  ],
  [
    "farewell",
    /\b(?:goodbye|farewell|my last day|leaving|moving on)\b/i,
    /last day|i start|new job|leaving|moving to|going back to university|own business/i,
  ],
  [
    "introduction",
    /\bintroduc|\bmeet \p{Lu}|should meet|your new contact|new contact|know each other|came to talk about you|our new \w+|would like to meet you|you should meet|new contact|contact person|came to talk about you|thought of you at once|asked me about you|from now on directly/iu,
    /your contact|our new|joined|asked me about you|meet you|speaks|will like each other|expert in|works on|at once|learn from you/i,
  ],
  [
    "congratulation",
    /\bcongratulat|well done|wonderful news|so happy/i,
    /promotion|new job|award|birth|graduation|launch|ten years|contract|exam|wedding|opening|finishing|heard the news|earned it/i,
  ],
  [
    "apology",
    /\b(?:apolog|sorry)|my fault|i regret|i feel bad/i,
    /i missed|wrong version|forgot|was late|mixed up|same invoice twice|wrong address|left you out|wrong price|leave .{3,40} early|did not send|was not fair|my tone|lost my patience|no excuse|my mistake|regret|not happen again|delay of|confusion/i,
  ],
  [
    "thanks",
    /^(?:many |just a quick |a word of )?thank|: thank you|\bthank(?:s| you) (?:so much |very much |a lot )?for (?:the|your (?:help with|support with|great)|having|everything)|say thank you|to thank you|thank you!|wonderful day|lovely evening/i,
    /your help|your support|great work|delighted|saved|wonderful day|lovely evening|warm welcome|made the difference|surely helped|would not have|be stuck|arrived (?:safely|well)|very happy|exactly what we needed|the tour|good service|invitation|i got the job|said yes/i,
    /return the favour|a pleasure|great help|not everyone|not a matter of course|see you again|work with you again|thanks? again|thank you once more|sends greetings|was impressed|praised/i,
  ],
  [
    "followUp",
    /follow(?:ing|ed)?[- ]up|any news|news about|no answer yet|once more:|again:|my (?:last )?mail|still waiting|come back to|check in about|not heard back|have no answer|did not get an answer|i am wondering|i wonder|has not arrived|cannot find it in my inbox|i know you are busy|a lot to do/i,
    /wrote to you|sent you|promised|offered to|did you get|have you seen|where (?:we|things) stand|weeks since|decision|word from you|discussed on|agreed in|is getting closer|sure it reached/i,
    /have you had|did you have|short answer|a sign|what you decided|how to proceed|any news|when can i expect|keeps asking|a no is fine|again|valid until/i,
  ],
  [
    "advice",
    /\badvice\b|what would you do|tricky decision|ask you something|help with|i need advice|experience with|your view|cannot decide|have to decide|opinions differ|a little lost|similar question|find out (?:whether|which|how|where)/i,
    /decide|recommend|opinion|experience with|opinions differ|going in circles|your view|you (?:told|described)|little lost/i,
  ],
  [
    "meeting",
    /\b(?:meeting|call|meet|talk|chat|discuss|sit down|get together|slot|time for|to go over|to go through|your (?:view|thoughts|input)|would rather talk)\b/i,
    /are you (?:free|available)|work for you|suit|find(?:ing)? a (?:slot|time)|how about|i (?:would )?suggest|my proposal is|half an hour|do you have time|be possible for you|could we (?:meet|talk)|when you are free|your points|at what time/i,
    /to discuss|go over|go through|talk about|talk through|agree on|settle|clear up|look into|your (?:view|input|thoughts)|decide anything|use the visit|take the chance|next steps|agenda|open points|new slot/i,
  ],
  [
    "question",
    /\b(?:questions?|enquiry|interested in|could not find|did not find|wonder(?:ing)?|curious|know (?:more )?about|how does it work|who to ask|who knows|tickets for|taking part in|visiting|before i order|before we decide|swears by|very happy with the|thinking about|are you the right person|new here|some help)\b|i am looking for|came across yours|we use the|might need another|caught my eye|made me curious|i read through|read about|heard about|we are planning to visit|coming to the|it sounds very interesting|be present at|registered for|signed up for|one point is|piece of the puzzle|not give an answer|looking for an?/i,
    /how (?:long|much|many|do i)|do you know|(?:could|can) you tell me|is it possible|what can you tell|what should i know|does (?:the price|your offer)|until when|at what time|who is|where (?:can|do|does)|opening hours|are there any|come (?:online|up)|one thing|one point|practical points|not clear/i,
    /warranty|delivery time|return policy|payment terms|i am new|i joined|planning to visit|expert|would like to take part|on your website|in your shop|catalogue|use the|need another|in charge of|still not sure|programme of|registered for|could not give an answer/i,
  ],
];

const MIN_SCORE = 2.1;

/** The intent whose patterns fit best; ties go to the one that stands first in the table. */
export function classifyIntent(mail: { subject: string; body: string; isReply: boolean }): MailIntent {
  const { subject, body, isReply } = mail;
  let [best, bestScore] = ["general" as MailIntent, 0];
  const counts = (pattern: RegExp) => (pattern.test(body) ? 1 : 0) + (!isReply && pattern.test(subject) ? 1 : 0);
  for (const [intent, sign, ...others] of PATTERNS) {
    const first = counts(sign);
    if (first === 0) continue;
    const score = 1.2 * first + others.reduce((sum, pattern) => sum + Math.min(1.5, counts(pattern)), 0);
    if (score > bestScore) [best, bestScore] = [intent, score];
  }
  if (isReply && bestScore < 4.2) return "answer";
  return bestScore >= MIN_SCORE ? best : "general";
}
