/** Mails about people: thanks, apologies, introductions, applications, congratulations, neighbours. */
import type { Intent } from "./intent.ts";

/** Intents between people. */
export const PEOPLE: readonly Intent[] = [
  {
    name: "apology",
    relations: ["colleague", "client", "supplier", "friend"],
    subjects: [
      "[My apologies|Apology|Sorry]",
      "[Sorry about|Apologies for] [{weekday}|yesterday|last week]",
      "[An apology from|Sorry from] {company}",
      "[My mistake|I owe you an apology]",
    ],
    contexts: [
      "<I would like to apologise|I want to apologise|I'm so sorry>: {mistake}.",
      "[I have to apologise|I owe you an apology]: {mistake}[, and there is no good excuse|, and that should not have happened|].",
      "[I am sorry that|Please accept my apologies that|I feel bad because] {mistake}.",
      "[It has been on my mind since {weekday}|I only realised it this morning]: {mistake}, and [I am sorry|I apologise] [for the trouble it caused|for that].",
      "[On behalf of the {team}|On behalf of {company}], I [apologise for|regret] [the delay of|the confusion around|the mistakes in] {project}.",
      "[I was not fair to you|My tone was wrong|I lost my patience] in [the meeting|our call] about {topic}, and [I am sorry for that|I regret it].",
    ],
    details: [
      "[It was a stressful week|I was not feeling well|There was a mix-up with the calendar|A colleague was off sick], [but that is no excuse|which does not make it better].",
      "[We have changed our process|I have set myself a reminder|We now check everything twice] so that it [does not happen|will not happen] again.",
      "[Of course|Naturally], [we will cover the costs|I will make up for it|the invoice will be corrected].",
    ],
    asks: [
      [],
      [
        "[Can I|May I] [make up for it with|invite you to] [lunch|a coffee|dinner]?",
        "[Could we|Can we] [find a new date|try again] [on {weekday}|next week|on {weekday} at {time}]?",
        "Is there [anything|something] I can do [to make up for it|]?",
        "~[tell me|let me know] if [anything is still open|there is anything else|it caused you any costs]",
        "~[accept|take] {percent} off [your next order|the next invoice]",
      ],
    ],
    closings: [
      "[I hope|I do hope] [you can forgive me|you are not too angry|we can leave this behind us].",
      "[Thank you|Thanks] for your [patience|understanding].",
      "[It will not happen again|I will be more careful next time].",
    ],
    answers: [
      "[Water under the bridge|Don't be silly], [I had forgotten it already|I did worse last year]. [You buy the next round|A coffee and we're even].",
      "[Thanks for saying that|I appreciate that], [it did annoy me|I was a bit hurt], [I won't lie|to be frank]. [But let's look ahead|It's settled now], [next time just ring me|and we start fresh].",
      "[Funny, I thought it was my fault|I was about to apologise to you]! [We were both tired|It takes two], so [let's call it even|all good].",
      "[It cost us half a day|The customer wasn't amused], [so please|and I hope] [no repeat|never again]. [Still, decent of you to write|But hats off for owning up].",
    ],
  },
  {
    name: "introduction",
    relations: ["colleague", "client", "friend"],
    subjects: [
      "[Introduction|Introducing]: {personFull}",
      "[Meet|You should meet] {personFull}",
      "{personFull}, [our new {role}|from {company2}]",
      "[Your new contact|New contact] at {company}",
    ],
    contexts: [
      "[I would like to|Today I would like to|Let me] introduce {personFull}, [our new {role}|who joined the {team} on {past}|a good friend of mine from {city}].",
      "[From {date} on|From {month} on|As of next week], {personFull} [will be|is] your [contact|contact person] [at {company}|for {project}|in the {team}].",
      "{personFull}, [who is {a:role} at {company2}|who works on {skill} in {city}], [would like to meet you|is looking for people with your experience|asked me about you].",
      "[I spoke to|On {weekday} I spoke to] {personFull}, {a:role} [from {city}|at {company2}], [and we came to talk about you|who is new in our {team}|who would love to learn from you].",
      "[You two should know each other|I have long wanted to connect you two]: {personFull} [works on|knows everything about] {skill}, and you [mentioned|told me] that you [need help with that|are working on {project}].",
      "I met {personFull} at {event} [and thought of you at once|last week, and your name came up]: [{personFirst} is an expert in {skill}|we talked about {skill}].",
    ],
    details: [
      "{personFirst} [has worked|worked] [for {company2}|in {city}|as {a:role2}] for {weeks} years.",
      "[You will like each other|I am sure you will get along well].",
      "{personFirst} [speaks|is fluent in] [Spanish, German and English|French and Arabic|four languages].",
      "[For older topics|For now] you can still [turn to me|contact me].",
    ],
    asks: [
      [
        "[Would you have|Do you have] time [to meet|for a first call with] {personFirst}?",
        "[May I|Can I] [give {personFirst} your number|bring you two together|pass on your address]?",
        "~tell {personFirst} about {project}",
        "[Are you free|Would you be free] [for a short call|for lunch] [on {weekday}|on {weekday} at {time}]?",
        "~[send|address] [your questions|the {doc}] to {personFirst} [from now on|directly]",
      ],
      [
        "~add {personFirst} to [the mailing list|the meeting on {weekday}]",
        "Which topics are [most important|urgent] [for you|] [at the moment|right now]?",
      ],
    ],
    closings: [
      "I [look forward to|am looking forward to] [working with you|a good start].",
      "[I leave the rest to you two|I step out of the way now].",
      "[Thank you|Thanks] for [the warm welcome|your openness].",
    ],
    answers: [
      "[Nice to e-meet you both|Hello to you two], [any friend of yours is welcome|I've heard the name before]. [Lunch is easiest|I'd say a walk and a coffee], [I never get to my mails|my desk is chaos], [how's {weekday}|{weekday} maybe]?",
      "[Oh, I know|Small world, I know] {personFirst} from [university|the climbing hall|my old firm]! [That'll be fun|Good choice], [you couldn't have picked better|what a nice surprise].",
      "[Happy to help|Sure], [but not before|only not until] {month}, [we're drowning|I've got exams to mark]. [Then I take all the time|After that you can have me for a whole afternoon].",
      "[Welcome aboard|Welcome to the madhouse]! [I'm the one by the window|My door is open], [just come over|knock any time], [the coffee is terrible|I show you the good coffee].",
    ],
  },
  {
    name: "thanks",
    relations: ["client", "colleague", "friend", "stranger"],
    subjects: [
      "[Thank you|Many thanks|Thanks a lot]",
      "[Thank you|Thanks] for [your help|{weekday}|everything|the {doc}]",
      "[Just a quick thank you|A word of thanks]",
      "{bare:project}: thank you",
    ],
    contexts: [
      "[I want to|I would like to|I just wanted to] [thank you|say thank you] for [your help with|your support with|the great work on] {project}.",
      "[Thank you|Thanks] [so much|very much] for the {doc}, which [arrived on {weekday}|was exactly what we needed].",
      "[Many thanks|Thank you] for [the warm welcome|your time|the tour] [in {city}|on {weekday}][; my team still talks about it|; I learned a lot|].",
      "[Without you|Without your advice on {skill}], [we would not have finished {project} on time|I would still be stuck]. [Thank you|Thanks a lot]!",
      "[The {items} arrived safely|Everything arrived well], and [we are delighted|the {team} is very happy with them]. Thank you for [the quick delivery|the good service].",
      "[What a lovely evening|That was a wonderful day] on {anyday}! [Thank you|Thanks] for [the invitation|having us|the delicious food].",
      "[I got the job|I passed the interview|They said yes] at {company2}, and [your letter|your reference|your advice] [surely helped|made the difference]. Thank you!",
    ],
    details: [
      "{personFirst} [sends greetings|says thank you too|was very impressed].",
      "[The customer|Our client|My boss] [was very happy|praised the result].",
      "[It is not a matter of course|Not everyone would have done that].",
    ],
    asks: [
      [],
      [
        "[May I|Can I] [invite you to|buy you] [lunch|a coffee] [next week|on {weekday}|some time]?",
        "~[pass on|forward] my thanks to {personFirst} [as well|too]",
        "[Can we|May we] quote you on our website?",
        "~[tell me|let me know] [how I can return the favour|if I can ever help you]",
      ],
    ],
    closings: [
      "I hope to [see you again soon|work with you again].",
      "[It was a pleasure|You were a great help].",
      "[Thanks again|Thank you once more]!",
    ],
    answers: [
      "[Oh, you're too kind|Stop it, I'm blushing]! [It was nothing|I enjoyed every minute], [and I learned a few things myself|the nice people made it easy].",
      "[Any time|Don't mention it], [you'd have done the same|that's what friends are for]. [And the cake was payment enough|You can get the next coffee].",
      "[I've read your lines out to|I showed your mail to] the whole crew, [big smiles everywhere|they were over the moon]. [Such mails are rare|We don't get that often], [it's going on the wall|believe me].",
    ],
  },
  {
    name: "job-application",
    relations: ["stranger"],
    subjects: [
      "Application [as|for the position of] {role}",
      "[Application|My application]: {role}[ in {city}|]",
      "{role}: application",
      "Your advert for {a:role}",
      "Internship at {ownerCompany}",
    ],
    contexts: [
      "[I am writing to apply|I would like to apply|With this mail I apply] for the position of {role}[ in {city}| that you advertised on {past}|].",
      "[I read|I saw] [your advert for|that you are looking for] {a:role} [in {city}|on your website|], and [it fits me very well|I was excited straight away].",
      "{personFull} [told me|mentioned] that your {team} [is looking for|needs] {a:role}, [so I am sending you my application|and encouraged me to apply].",
      "[After {weeks} years as {a:role2} at {company2}|Having worked as {a:role2} for {weeks} years], I am [looking for a new challenge|ready for a new step] and [would like to join you|am interested in the position] as {role}.",
      "[I am finishing|I will finish] my [degree|training|studies] in {city} in {month} and [would like to start|hope to begin] [my career|an internship] with you as {role}.",
    ],
    details: [
      "[At {company2}|In my last job] I was responsible for {skill}[ and led a team of {small}|].",
      "[My strengths are|I bring experience in] {skill}[ and a calm manner|, and I learn fast|].",
      "[I could start|I am available] [from {date}|in {month}|at short notice].",
      "[I am fluent in|My languages are] [English and Spanish|English, French and Turkish|German and English].",
      "My CV is attached.",
    ],
    asks: [
      [
        "[May I|Could I] [introduce myself|present myself] in person?",
        "~consider my application for the position of {role}",
        "~[let me know|tell me] [what the next steps are|whether the position is still open|when I can expect an answer]",
        "Is the position still [open|free|available]?",
        "Would you have time for [a first call|a short conversation] on {weekday}?",
      ],
      [
        "Which documents do you [still need|need from me]?",
        "Is it possible to [work part time|start in {month}|work from home twice a week]?",
        "~confirm that you have received my [application|documents]",
      ],
    ],
    closings: [
      "I [look forward to|would be happy about] [an interview|hearing from you|a personal conversation].",
      "Thank you for [your time|considering my application|reading this].",
    ],
    answers: [
      "[Your timing is good|What a coincidence], [someone handed in their notice yesterday|we were just writing the advert]. [Come by for a coffee|Why don't you drop in], [no suit needed|nothing formal], [then we see if it clicks|and I'll show you round].",
      "[The spot is gone, sadly|You're a week late], [but I liked your letter|and that's a shame]. [May I keep your papers|I'll put you in the drawer for later]? [Something opens up every spring|People here come and go].",
      "[I only do the orders here|I'm not the one who hires], [so I passed it up|your letter is on the boss's desk now]. [She decides slowly|It may take a while], [ring her if you hear nothing|don't lose heart].",
    ],
  },
  {
    name: "congratulation",
    relations: ["friend", "colleague", "client", "supplier"],
    subjects: [
      "[Congratulations|Congratulations!|Well done]",
      "[Congratulations on|Great news about] {achievement}",
      "[I just heard the news|Wonderful news]",
    ],
    contexts: [
      "[Congratulations|My warmest congratulations|Many congratulations] on {achievement}!",
      "[I have just heard|{personFirst} told me|I read] about {achievement}. [Congratulations|What wonderful news]!",
      "The whole {team} of {company} congratulates you on {achievement}.",
      "[I was so happy|It made my day] to [hear|read] about {achievement}[; you have earned it|; nobody deserves it more|].",
    ],
    details: [
      "[I still remember|I remember well] how [it all began in {city}|we first talked about it].",
      "I am sure that [great things will follow|this is only the beginning].",
      "{personFirst} [sends greetings too|is happy for you as well].",
    ],
    asks: [
      [],
      [
        "[When|Where] [do we celebrate|are you celebrating]?",
        "[May I|Can I] invite you to [dinner|lunch|a drink] [on {weekday}|to celebrate]?",
        "~[tell me|let me know] [how it feels|all about it] [soon|when you have time|]",
        "[Could we|Can we] [do a short interview|mention it] [in|for] our {month} newsletter?",
      ],
    ],
    closings: [
      "[I wish you|We wish you] [all the best|every success|much joy] [for the next steps|for the future|].",
      "[Enjoy the moment|Celebrate well]!",
      "[Raise a glass for me|I am proud of you]!",
    ],
    answers: [
      "[Thanks a million|You're a darling]! [I still can't believe it|It hasn't sunk in yet], [I keep pinching myself|my mother cried on the phone]. [Drinks on Friday|We're having a little do] [at the usual place|at ours], [just come|bring whoever].",
      "[That means a lot|How nice to hear], [especially from you|really]. [To be honest it was mostly luck|The others did half of it], [don't tell anyone|but I take it].",
      "[Good grief, who told you|Goodness, how did you hear that]? [It's not even official|The ink is still wet], [so keep it quiet|hush for now], [but thank you|hugs].",
    ],
  },
  {
    name: "volunteer-request",
    relations: ["friend", "neighbour", "stranger", "colleague"],
    subjects: [
      "[Helpers|Volunteers] for {bare:cause}",
      "[Can you help|We need help] on {anyday}?",
      "[Help for|Support for|Donation for] {bare:cause}",
      "{bare:cause}: [helping hands wanted|we need you]",
    ],
    contexts: [
      "[On {anyday}|On {date}] {cause} [needs|is looking for] [people|helpers|volunteers] to {helpTask}[, and two of our regulars are ill|].",
      "[As every year|This {month}], {cause} [is organising|organises] a [sale|summer fair|run|collection|concert] [on {date}|at {place}], and [we still need|we are still looking for] [helping hands|people who {helpTask}].",
      "[We are collecting|{personFirst} and I are collecting|Our {team} is collecting] [money|warm clothes|books|{items}] for {cause}[ in {city}|], and [every bit helps|a lot is still missing].",
      "[You may know|Perhaps you have heard] that {cause} [has lost its funding|has to move out by {month}|turns ten in {month}], [and we are trying to help|so we are planning something special].",
      "[I have started to help at|I have been helping at] {cause}, and [they are a great bunch|it is a lot of fun], but [there are too few of us|we are always short of people].",
    ],
    details: [
      "[It is about|It takes] [two|three|four] hours[, and there is lunch for everyone|].",
      "[No experience is needed|You only need good shoes|Children are welcome too].",
      "[We start|We meet] at {time} at {place}.",
      "[Our goal is|We hope to collect] {amount}.",
    ],
    asks: [
      [
        "[Would you|Could you] [help|help us] [on {anyday}|on {date}|for a few hours]?",
        "~[help us|help] to {helpTask} on {anyday}",
        "[Do you have|Would you have] time [on {anyday}|for a shift on {anyday}]?",
        "~[support|help] {cause} with a [small|] donation",
        "~[tell me|let me know] by {deadline} [if|whether] you can [help|come|spare a few hours]",
      ],
      [
        "~[ask|bring] [a friend|your family|your neighbours]",
        "~[donate|give] [a cake|some books|a prize] for the [raffle|stand]",
        "Do you [have|own] [a van|a big coffee pot|a folding table] [we could borrow|]?",
        "~[put up|hang up] the poster [in your office|in your shop|at work]",
      ],
    ],
    closings: [
      "[Every hour|Every hand] [helps|counts].",
      "[Thank you|Thanks] [from all of us|in the name of {cause}|for thinking about it].",
      "[I know|Of course] your time is limited[, so no pressure|].",
    ],
    answers: [
      "[Sign me up|I'm on board], [I've been meaning to do something like that|my weekends are too lazy anyway]. [Not the early shift, please|After ten, if possible], [I'm useless before coffee|the little one sleeps late].",
      "[My back says no|I can't lift a thing since March], [but I bake|but I can drive people around]. [Two cakes|A big tray of brownies]? [Say what you need|And my brother has a van].",
      "[I'm on duty that day|I have the kids that weekend], [sorry|such a pity]. [But I've just sent something to the account|I'll chip in some money instead], [it isn't much|I hope it helps].",
    ],
  },
  {
    name: "repair-request",
    relations: ["neighbour", "client", "stranger"],
    subjects: [
      "[Repair|Repair needed|Damage] [at {address}|in my flat|in the building]",
      "[Something is broken|Problem] in the flat",
      "[Could you send someone|Please send somebody] [on {weekday}|this week|soon]?",
    ],
    contexts: [
      "[In our flat|In my flat|In the building] [at {address}|] {repair}[ since {weekday}|].",
      "[I rent the flat|I live] [on the second floor|on the ground floor] [at {address}|of your house], and I have to report that {repair}.",
      "[I am sorry to report|I have to tell you|Unfortunately I must report] that {repair}.",
      "[Already in {month}|Two weeks ago] I told [your office|the caretaker] that {repair}, [but nothing has happened|and it is getting worse].",
    ],
    details: [
      "[I have put a bucket under it|I tried to fix it myself|The caretaker had a look], [but that will not last|but without success].",
      "[The neighbours above|Other tenants] [have noticed it too|have the same problem].",
      "[We have a small child|My mother is eighty|I work from home], so [it cannot wait long|it is quite urgent].",
      "[I am at home|Somebody is here] on {weekday} [from {time}|{part}].",
    ],
    asks: [
      [
        "~[send|organise] [someone|a plumber|a craftsman|an electrician] [this week|by {deadline}|on {weekday}]",
        "When can [someone|a craftsman] [come|take a look]?",
        "~[have it repaired|take care of it] [by {deadline}|before {date}|soon]",
        "[Can|Could] somebody come on {weekday} [{part}|at {time}]?",
      ],
      [
        "Who [pays for|covers] the [repair|costs]?",
        "[May I|Can I] call [a plumber|a craftsman] [myself|and send you the bill]?",
        "~[confirm|tell me] the [date|appointment]",
        "Is the rent reduced [until then|in the meantime]?",
      ],
    ],
    closings: [
      "[Thank you|Thanks] for [your help|taking care of it|a quick solution].",
      "[You can reach me|I can be reached] [by phone|in the evening|after {time}].",
    ],
    answers: [
      "[Not that again|Oh dear]! [We had that patched in spring|The pipes there are older than I am]. [My cousin does these things|I know a good man], [he'd come by|I send him over] [after work|on {weekday}], [is that OK|and ring first].",
      "[Turn the water off for now|Put a towel under it], [the tap is behind the washing machine|just to be safe]. [I'm away until {weekday2}|I can't get there before {weekday2}], [then I look at it|then we fix it for good].",
      "[The house owner has to decide|I only do the garden here], [I passed on the photos|I've left him a message]. [He never picks up|It may take a while], [sorry|I know it's a pain].",
    ],
  },
  {
    name: "lost-item",
    relations: ["stranger", "client"],
    subjects: [
      "[Lost|Lost property]: {lostThing}",
      "[Did you find|Have you found] {a:lostThing}?",
      "[I left|I forgot] my {lostThing} with you",
    ],
    contexts: [
      "[On {weekday}|On {past}|Yesterday] I [visited|was at] {event}, and [I think|I believe] I left my {lostThing} [there|in the cloakroom|on a chair].",
      "[After my stay|After our meeting] at {place} on {past}, I [noticed|saw] that my {lostThing} is missing.",
      "[I travelled|I was travelling] on your [bus|train|ferry] to {city} [on {weekday}|on {past} at {time}] and [forgot|left behind] my {lostThing}.",
      "[My {lostThing} must have|It seems my {lostThing} has] [slipped out of my bag|been left behind] [in your shop in {city}|during the {training}] on {weekday}.",
    ],
    details: [
      "My name is written inside[, on a small label|].",
      "[It is not worth much|It is old], but [it was a present|I am very attached to it].",
      "[I sat|My seat was] [in the third row|by the window|in the back].",
    ],
    asks: [
      [
        "[Has anyone|Has somebody] [found it|handed it in]?",
        "~take a look [for it|in your lost property office]",
        "~[tell me|let me know] [if|whether] it [was found|has been handed in]",
        "~[check|ask] [the cloakroom|your colleagues|the driver]",
      ],
      [
        "[Can|Could] you send it to me [by post|at {address}|if I pay the postage]?",
        "When [could I|can I] [collect it|come by]?",
        "Where do I [have to ask|find the lost property office]?",
      ],
    ],
    closings: ["[You would make me|That would make me] very happy.", "[Thank you|Thanks] for [looking|your help]."],
    answers: [
      "[You're in luck|Guess what], [it's hanging here on the hook|the cleaner found it]! [Third one this week|We have a whole museum by now], [come by any day before six|just ask for me].",
      "[We turned the place upside down|I crawled under every seat], [nothing, sorry|no trace of it]. [Try the bus people|Ask the police], [sometimes things turn up there|one never knows].",
      "[Could be|Possibly]: [what does it look like inside|any initials]? [Two came in|There are a few here], [I don't want to give it to the wrong person|so I have to ask].",
    ],
  },
  {
    name: "farewell",
    relations: ["colleague", "colleague", "client", "supplier"],
    subjects: [
      "[Goodbye|Farewell|Leaving {company}]",
      "[My last day|Last day at work]: {date}",
      "[Moving on|A new chapter]",
    ],
    contexts: [
      "[After {weeks} years|After a long time], I am leaving {company}, and {date} [is|will be] my last day.",
      "[On {date}|At the end of {month}] I [start|will start] [a new job|as {role}] at {company2}, [so this is goodbye|so I want to say goodbye].",
      "[As some of you know|As you may have heard], I am [moving to {city}|going back to university|starting my own business] [in {month}|next month], and my last day [here|at {company}] is {date}.",
    ],
    details: [
      "[I enjoyed|I have enjoyed] [working with you|our time] on {project}[ very much|].",
      "{personFull} [takes over|will take over] [my tasks|{duty}].",
      "[I have learned so much|The time here went by so fast].",
    ],
    asks: [
      [],
      [
        "[Would you like|Do you want] to [join me for|come to] [a farewell drink|cake and coffee] [on {weekday}|on {weekday} at {time}]?",
        "[Shall we|Can we] [stay in touch|have lunch before I go]?",
        "~[send|address] [open questions|everything] to {personFirst} [from then on|from now on]",
        "~[tell me|let me know] [if anything is still open|what you still need from me] [before {date}|]",
      ],
    ],
    closings: [
      "[Thank you|Thanks] for [everything|the good times|your trust].",
      "[I hope|Let us hope] our paths cross again.",
      "I wish you all the best!",
    ],
    answers: [
      "[No way|You can't just leave us]! [Who's going to water the plants|Who will laugh at my jokes]? [Seriously, though|Joking aside], [it won't be the same|you'll be missed], [go and show them|knock them dead over there].",
      "[I saw it coming|A little bird told me], [and I'm happy for you|they're lucky to get you]. [Lunch before you go|One last round of table tennis]? [I'm in all week|Any day is good].",
      "[All the best from our side|The whole crew sends hugs], [it was fun|we had some good fights, didn't we]. [Leave your private number|You know where we are], [just in case|we might need you].",
    ],
  },
];
