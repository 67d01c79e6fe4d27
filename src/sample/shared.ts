/** Phrases that every intent shares: greetings, small talk, wordings of a request, closings, sign-offs. */
import type { Tone } from "./grammar.ts";

type ByTone = Readonly<Record<Tone, readonly string[]>>;

/** First lines. */
export const GREETINGS: ByTone = {
  formal: [
    "Dear {ownerTitle},",
    "Dear {owner},",
    "Dear {ownerFull},",
    "Good [morning|afternoon], {ownerTitle},",
    "Dear {ownerTitle}:",
  ],
  neutral: [
    "Hello {owner},",
    "Hi {owner},",
    "Dear {owner},",
    "Good [morning|afternoon] {owner},",
    "Hello,",
    "Hi {owner}",
  ],
  casual: ["Hi {owner},", "Hey {owner},", "Hey,", "Hi {owner}!", "Hello {owner}!", "{owner},", "Hi there,"],
};

/** Openings before the matter itself. */
export const PLEASANTRIES: ByTone = {
  formal: [
    "I hope this message finds you well.",
    "I trust you are well.",
    "I hope you [have had|had] a [pleasant|good] start to the week.",
    "Thank you [once more|again] for [our last conversation|your time last week|the pleasant cooperation so far].",
    "I hope you [will forgive|do not mind] this [unexpected|somewhat sudden] message.",
    "It was a pleasure to [meet you|speak with you] [in {city}|last month|at the trade fair].",
    "I am writing to you [on the recommendation of a colleague|with a small matter|at the request of our office].",
  ],
  neutral: [
    "I hope [you are well|you are doing well|all is well with you|your week is going well].",
    "[Thanks|Thank you] for [your last mail|the quick chat the other day|your message].",
    "I hope the [week|month|day] has started well[ for you|].",
    "It was [good|nice] to [see you|hear from you] [last week|the other day|on {weekday2}].",
    "I hope you had a [good|relaxing|quiet] weekend.",
    "[Just a short note|A short message] from [me|{city}|the train] today.",
    "We have not [spoken|been in touch] for a while, [I hope you are fine|so I hope all is good on your side].",
    "I hope [the move|your trip|the trade fair] went well.",
  ],
  casual: [
    "How are [you|things]?",
    "[Hope you're well|Hope all is good]!",
    "Hope you enjoyed the weekend!",
    "[Long time no hear|It has been a while]!",
    "[What a week|Crazy week here], [I barely|I hardly] know where my head is.",
    "[Are you back from|Did you survive] the [holiday|trade fair|exam week]?",
    "[Quick one|Just a quick one] [today|from me].",
    "[Greetings from|Writing from] a [rainy|sunny|noisy] {city}.",
  ],
};

/** Sentences beside the point: weather, weekends, small news. */
export const DISTRACTORS: ByTone = {
  formal: [
    "The weather in {city} is [unusually warm|rather grey|surprisingly mild] [at the moment|these days].",
    "Our office will be closed on {date2} [for a public holiday|for stocktaking].",
    "I also saw {personB} at the [trade fair|reception] in {city}, who sends you kind regards.",
    "As you may have read, we have moved to a new building in {city}.",
    "The last months have been [very busy|demanding] for our whole team.",
    "[By the way|Incidentally], your article in the [trade magazine|last newsletter] was very interesting.",
    "My colleague {personB} [will return from leave|is on parental leave] and sends [best regards|greetings].",
    "We are [currently|at present] [renovating our offices|training two new colleagues], so please excuse any delays.",
  ],
  neutral: [
    "[The weather here is|It is] [terrible|finally sunny|much too hot|cold and wet] [this week|today], [but the coffee is good|so I am glad to be at my desk].",
    "[By the way|On another note], [the new coffee machine has arrived|the lift is working again|the car park is open again].",
    "I [ran into|met] {personB} [at the station|in the canteen|on the train] yesterday, who [asked about you|sends greetings].",
    "[The office has been|It has been] very quiet since half of the team left for {city}.",
    "[We are all a bit tired|Everybody is a little tired] after the [move|trade fair|end of the quarter].",
    "My train was late [again|once more] this morning, so I had [plenty of|a lot of] time to read.",
    "[We had|Our team had] a [very nice|long] lunch with the colleagues from {city} [last week|on Tuesday].",
    "[The garden is growing|My tomatoes are growing|Our dog is growing] faster than we can follow.",
    "[I finally started|Last night I finished] the book you recommended.",
    "The [builders next door|road works outside] make it hard to [think|concentrate] [today|this week].",
    "I am [on the road|travelling] a lot [these days|this month], but I [read|check] my mail every evening.",
    "The [canteen|bakery downstairs] has [a new menu|closed for good], which is the main topic here.",
  ],
  casual: [
    "[It is raining cats and dogs here|It's snowing like crazy here|We have had sun for a whole week now], [by the way|can you believe it].",
    "[The kids|My two] are [finally back at school|driving me up the wall|learning to ride a bike].",
    "I [ran|cycled] [ten kilometres|half a marathon] on Sunday and still cannot walk properly.",
    "[Guess who|You will never guess who] I met in {city}: {personB}!",
    "[We got|My sister got] a [puppy|kitten] [last week|at the weekend], and it has eaten two shoes already.",
    "[My phone fell into the sink|I dropped my phone], so mail is the best way to reach me [right now|for now].",
    "[The new flat is great|We love the new place], [apart from the stairs|but the boxes are still everywhere].",
    "I am [still trying|trying once more] to give up coffee, and it is not going well.",
    "[Did you see the match|Did you watch the final] [last night|on Sunday]? [Unbelievable|I could not sleep afterwards].",
    "My [brother|neighbour] has started to play the [trumpet|drums], so I am hardly ever at home.",
    "[Work is mad|It is mad here] [at the moment|this month], but in a good way.",
    "I [tried|finally tried] that recipe of yours, and the kitchen survived.",
  ],
};

/** Wordings of a request around a bare verb phrase, which stands for `%`. */
export const REQUEST_FORMS: ByTone = {
  formal: [
    "Could you please %?",
    "Could you please %?",
    "I would be grateful if you could %.",
    "I would appreciate it if you could %.",
    "Would you kindly %?",
    "May I ask you to %?",
    "We kindly ask you to %.",
    "Please %.",
    "Would it be possible for you to %?",
    "I would like to ask you to %.",
    "It would be very helpful if you could %.",
  ],
  neutral: [
    "Could you %?",
    "Could you please %?",
    "Can you please %?",
    "Please %.",
    "Please %.",
    "Would you be able to %?",
    "It would be great if you could %.",
    "It would help me if you could %.",
    "I would like to ask you to %.",
    "I need you to %, please.",
    "Would you please %?",
  ],
  casual: [
    "Can you %?",
    "Could you %?",
    "Could you maybe %?",
    "Any chance you could %?",
    "Would be great if you could %.",
    "Do you think you could %?",
    "Please %!",
    "Can you please %?",
    "Would you mind helping me out? Please %.",
    "If you get a minute, please %.",
  ],
};

/** What joins a second and a third ask to the first. */
export const ASK_LINKS: readonly string[] = [
  "Also, ",
  "And ",
  "One more thing: ",
  "In addition, ",
  "And one more question: ",
  "Besides, ",
  "Another point: ",
  "",
  "",
  "",
  "Finally, ",
];

/** Deadline sentences after asks that name none. */
export const DEADLINES: ByTone = {
  formal: [
    "We would need this by {deadline}.",
    "Your answer by {deadline} would be [much|greatly] appreciated.",
    "The deadline on our side is {deadline}.",
    "If at all possible, I would need your reply by {deadline}.",
  ],
  neutral: [
    "An answer by {deadline} would [be great|help me a lot].",
    "I need it by {deadline} [at the latest|if possible].",
    "It would be good to know by {deadline}.",
    "There is [no great hurry|no rush], but {deadline} would be [nice|good].",
    "We [want|have] to decide by {deadline}.",
  ],
  casual: [
    "{deadline2} would be [perfect|great]!",
    "I need to know by {deadline}, [sorry for the rush|no pressure].",
    "[No rush|Take your time], [but|just] before {deadline} would be good.",
  ],
};

/** Last lines before the name. */
export const CLOSINGS: ByTone = {
  formal: [
    "Thank you [very much|in advance] for your [help|time|support|assistance].",
    "I look forward to your [reply|answer|response].",
    "Please do not hesitate to contact me if you have any questions.",
    "[Many thanks|Thank you] in advance.",
    "I remain at your disposal for any questions.",
    "We thank you for your [cooperation|understanding].",
  ],
  neutral: [
    "[Thanks|Thank you] for your help.",
    "[Thanks|Many thanks] in advance.",
    "[Let me know|Just let me know] if you have any questions.",
    "I look forward to [your answer|hearing from you].",
    "[Just call me|Call me] if anything is unclear.",
    "[Have a good day|Have a nice week].",
    "[Thanks a lot|Thank you very much]!",
  ],
  casual: [
    "[Thanks|Thank you|Thanks a lot|Thanks a million]!",
    "[Let me know|Tell me]!",
    "[Talk soon|Speak soon|See you soon].",
    "[Have a great day|Enjoy your day|Have a lovely evening]!",
    "[You are the best|You're a star]!",
    "Can't wait to hear from you.",
  ],
};

/** Words before the name at the end. */
export const SIGN_OFFS: ByTone = {
  formal: [
    "Kind regards,",
    "Best regards,",
    "Yours sincerely,",
    "With kind regards,",
    "Sincerely,",
    "Yours faithfully,",
    "Respectfully,",
  ],
  neutral: [
    "Best regards,",
    "Best wishes,",
    "Regards,",
    "Kind regards,",
    "Best,",
    "Many thanks,",
    "All the best,",
    "Thanks,",
    "Greetings from {city},",
  ],
  casual: [
    "Cheers,",
    "Best,",
    "Thanks,",
    "See you,",
    "Take care,",
    "Love,",
    "Bye,",
    "xx",
    "Hugs,",
    "Ciao,",
    "Talk soon,",
    "",
  ],
};

/** How people begin when they write back. */
export const REPLY_OPENINGS: ByTone = {
  formal: [
    "Thank you for your [message|mail|letter].",
    "Thank you for getting in touch.",
    "Many thanks for your mail of {weekday}.",
    "I have received your message.",
    "",
    "",
  ],
  neutral: [
    "Thanks for [writing|your mail|the message].",
    "Good to hear from you.",
    "Sorry for the late answer.",
    "I just saw your mail.",
    "",
    "",
    "",
  ],
  casual: [
    "Ha, good timing!",
    "Hey, good to hear from you!",
    "Sorry, only saw this now.",
    "Oh wow.",
    "Ok so,",
    "",
    "",
    "",
    "",
  ],
};

/** Loose ends people add when they write back. */
export const REPLY_SIDES: readonly string[] = [
  "[My phone is almost dead|I am typing this on the tram], so [forgive the typos|this will be short].",
  "And how did {project} go in the end?",
  "[By the way|Before I forget], [did you ever hear|have you heard] from {personB}[ again|]?",
  "[The kids have a day off|I'm at home with the plumber] on {weekday}, [so calls only|just so you know].",
  "[It's a madhouse here|Things are a bit wild here] since [the move|Monday], [hence the delay|you can imagine].",
  "[I've also told|I mentioned it to] {personB}, [who had a good laugh|who may write to you too].",
  "[We still have to|Let's finally] [go for that lunch|have that coffee], [it's been on the list since {month}|no more excuses].",
  "[If I forget|Should I forget], [kick me|just nag], [my memory is like a sieve|I lose track these days].",
  "[I'd have called|I tried to call], but [the line was busy|you were in a meeting|my voice is gone].",
  "[Greetings from the third floor|The whole gang says hi|Best wishes from {city}].",
  "[As for the rest|About the other thing], I [need to think|have to ask around] [a bit more|first].",
  "[The weather forced us inside|We were snowed in] [all weekend|for two days], so [my inbox is empty for once|I caught up on reading].",
];

/** Last lines of what people write back. */
export const REPLY_CLOSINGS: ByTone = {
  formal: [
    "[Thank you|Many thanks] once more.",
    "I hope this helps.",
    "[Until then|Until soon].",
    "Please excuse my brevity.",
  ],
  neutral: [
    "[Hope that helps|I hope that helps].",
    "[Have a good day|Have a nice week].",
    "[Speak soon|Until soon].",
    "[That's it from me|That is all from my side].",
  ],
  casual: [
    "[Talk soon|Speak soon|See you soon].",
    "[Have a good one|Have fun]!",
    "[Gotta run|Have to dash], [bye|ciao]!",
    "[Later|So long]!",
  ],
};
