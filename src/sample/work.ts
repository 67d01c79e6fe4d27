/** Daily work: progress, handovers, absences, support, travel, notices. */
import type { Intent } from "./intent.ts";

/** Intents of people who work together. */
export const WORK: readonly Intent[] = [
  {
    name: "follow-up",
    relations: ["client", "colleague", "supplier", "stranger"],
    subjects: [
      "[Follow-up|Following up]: {bare:topic}",
      "[Any news on|Any news about|News about] {bare:topic}?",
      "[My mail of {past}|My last mail]",
      "[Still waiting|No answer yet]: {doc}",
      "[Once more|Again]: {bare:topic}",
    ],
    contexts: [
      "[Last week|On {past}|Some days ago|A while ago] I [wrote to you|sent you a mail] about {topic} and [have not heard back|have no answer yet|am not sure it reached you].",
      "[I am following up on|I would like to come back to|I wanted to check in about] {topic}, [which we discussed on {past}|as we agreed in {month}|since the date is getting closer].",
      "[You promised|You kindly offered] to [send me|share] the {doc} [by last {weekday}|after the meeting], [but it has not arrived|but I cannot find it in my inbox].",
      "[It has been|It is now] {weeks} weeks since [our call|our meeting|I sent you the {doc}], and [I wonder|I am wondering] where [we stand|things stand] with {topic}.",
      "[I know you are busy|You surely have a lot to do], but [I need|we need] a [decision|word from you] on {topic}[ soon|].",
      "[Did you get|Have you seen] my [message|mail] [of {past}|from {weekday}] about {topic}? [It may have ended up in the spam folder|I did not get an answer].",
    ],
    details: [
      "[Our client|{company2}|My manager] [is asking|keeps asking] [me|] [for an answer|about it].",
      "[The offer|Our offer] is only valid until {date}.",
      "[I attach|Attached is] [my first mail|the {doc}] [again|once more].",
      "[If you have decided against it|A no is fine too], [just tell me|that is also an answer].",
    ],
    asks: [
      [
        "[Have you had|Did you have] [time|a chance] to [look at it|read it|think about it]?",
        "~[give me|send me] [a short answer|an update|a sign] [by {deadline}|this week]",
        "~[tell me|let me know] [where things stand|what you decided|how to proceed][ by {deadline}|]",
        "When can I expect [an answer|your decision|the {doc}]?",
        "Is there any news [about|on] {topic}?",
        "~send me the {doc}[ by {deadline}|]",
      ],
      [
        "Do you need [anything else|more information|anything] from [me|us]?",
        "Should I [contact|ask] [somebody else|{personFirst}] instead?",
        "Would a [short call|call] on {weekday} [help|be better]?",
      ],
    ],
    closings: [
      "[Thank you|Thanks] for [a short reply|your time|your patience with me].",
      "[I do not want to push|Sorry for pushing], but [time is running out|the date is fixed].",
    ],
    answers: [
      "[You're right to nag|Mea culpa], [it's been on my list|I think of it every night]. [{personFirst} is still sitting on it|We're split over it], [I'd guess|my guess is] {weekday2}.",
      "[It did reach me|I saw it], but [then life happened|the week exploded]. [Short answer: yes|In short: no], [long answer when we meet|I'll explain it on the phone].",
      "[Never got it|No mail here], [our server swallowed a few|sure you had the right address]? [Send it again|Once more, please], [this time|and maybe] [without the huge attachment|to my private one].",
      "[We've dropped it|It's off the table], [sorry for not saying so|I should have told you]. [Not your fault|It wasn't about you], [the money went elsewhere|the board wanted something else].",
    ],
  },
  {
    name: "status-request",
    relations: ["colleague", "colleague", "client"],
    subjects: [
      "[Status|Status of|How far is|Where are we with] {bare:project}",
      "{bare:project}: [status|update|where do we stand]?",
      "[Update on|Short update on] {bare:project}, please",
      "[Progress|Open points] on {bare:project}",
    ],
    contexts: [
      "[On {weekday}|On {date}] I have to [report on|present] {project} [to the board|to {company2}|in the {team}], [and I want to have the latest facts|and my information is from last month].",
      "[I have not heard|We have not heard] [much|anything] about {project} [since {month}|for a while], [and people are starting to ask|and I am getting a little nervous].",
      "[I am collecting|I'm collecting] the [status|progress] of all [projects|tasks] for {topic}, and {project} [is still missing|is the last one].",
      "[The milestone on|Our deadline of] {date} for {project} is [approaching|getting close].",
      "[{company2} has asked|Our client has asked|{personFirst} asked me] how {project} is [going|coming along].",
      "[As you are responsible for|Since you lead] {project}, you will know best where we are.",
    ],
    details: [
      "[Three sentences are|A rough picture is] enough.",
      "[I am mainly interested in|What matters most is] [the costs|the open risks|the schedule].",
      "[So far|Until now] we have [spent|used] {amount}[ of the budget|].",
    ],
    asks: [
      [
        "[What is the status of|How far are we with|Where do we stand with] {project}?",
        "~send me [a short update|a status report|the current status][ by {deadline}|]",
        "~[give me|prepare] [an overview|a short summary] of {project}[ by {deadline}|]",
        "~[tell me|let me know] [how far you are|what is still open|where things stand][ by {deadline}|]",
        "[Are we|Are you] still on [track|schedule] for {date}?",
        "[When|By when] will {project} be [finished|ready]?",
      ],
      [
        "Are there any problems I should know about?",
        "Do you need [more people|any help|more time|a bigger budget]?",
        "~[include|add] the [costs|open risks|next steps]",
        "Who is [working on|in charge of] [the tests|the translation|the delivery] [now|at the moment]?",
      ],
    ],
    closings: ["[Thank you|Thanks] for [keeping me posted|the update].", "[No need for a long report|Keep it short]."],
    answers: [
      "[We're getting there|It's moving], [slower than I'd like|two steps forward, one back]. [The tests ate a week|{personFirst} was ill], but [the worst is behind us|I can see the light], [I'd say|let's say] eighty percent.",
      "[Don't ask|Where do I start]! [The supplier changed the parts|They changed their minds again], so [we start over with half of it|I rewrote the plan]. [End of {month}|Mid {month}], [if nothing else blows up|knock on wood].",
      "[All green|Surprisingly well], [even ahead of the plan|we even saved some money]. [You can tell the board|Feel free to brag].",
      "[Ask me after {weekday}|I'd rather wait until {weekday}], [when the new figures are in|then I know more], [otherwise I'd be guessing|anything now is a guess].",
    ],
  },
  {
    name: "status-report",
    relations: ["colleague", "colleague", "supplier"],
    subjects: [
      "[Status|Weekly status|Progress report]: {bare:project}",
      "{bare:project}: [where we are|update for {month}|this week]",
      "[Update on|News from] {bare:project}",
      "[Summary|Results] of {weekday}'s [meeting|call]",
    ],
    contexts: [
      "[Here is|This is] [a short|the weekly|my] update on {project}: [the first phase is finished|all tests have passed|we are {weeks} days behind the plan|the team is complete].",
      "[As promised|As agreed], [the results of this week|some news from {project}]: [the pilot went well|costs are down by {percent}|we signed the contract with {company2}|the new layout is ready].",
      "[Good news|Some good news] from {project}: [we have reached the milestone of {past}|the customer has accepted the first part|we stayed {percent} below budget].",
      "[Just to keep you informed|For your information]: {project} [has moved to the test phase|is delayed by {weeks} weeks|will be presented on {date}].",
      "[In yesterday's meeting|In the call on {weekday}] we [decided|agreed] to [start {project} in {month}|give {personFirst} the lead of {project}|move the deadline of {project} to {date}].",
    ],
    details: [
      "[The next milestone is|Next comes] [the test in {city}|the review on {date}|the training of the {team}].",
      "[The only open point|Still open] is [the delivery of the {items}|the approval of {department}|the translation].",
      "{personFirst} [did a great job|has joined us|will be away until {date}].",
      "[So far we have spent|Costs so far are] {amount}.",
    ],
    asks: [
      [],
      [
        "[Do you have|Are there] any [questions|objections]?",
        "~[tell me|let me know] if you [have questions|disagree|want more details]",
        "~[forward this|pass this on|pass it on] to {personFirst}",
        "Should I [present this|report] in the {team} meeting on {weekday}?",
      ],
    ],
    closings: [
      "[The next report follows|I will write again] [on {date}|next week|at the end of {month}].",
      "[No action is needed from you|You do not have to do anything|Nothing to do for you].",
      "[Thank you|Thanks] [to everyone|for your support].",
    ],
    answers: [
      "[Great stuff|Very nice], [I read it twice|that's the best news this week]. [Give the crew a pat on the back|Tell the others well done] [from me|, they deserve it].",
      "[Thanks, though|OK, but] [the delay worries me|the cost line looks odd]. [Is that all of it|Did you count the overtime]? [Let's talk|Come and see me] [on {weekday}|when you're in].",
      "[Good to know|Fine]. [I'd leave out the last point|I'd add a picture] [before it goes upstairs|if the board gets it], [they only read the first line|you know how they are].",
    ],
  },
  {
    name: "handover",
    relations: ["colleague"],
    subjects: [
      "[Handover|Handing over] of {duty}",
      "{duty}: [handover|from {date} on]",
      "[Taking over|Who takes over] {duty}",
      "[While I am away|My absence from {date}]",
    ],
    contexts: [
      "[From {date} on|Starting {date}], I will [be on parental leave|work in the {city} office|move to the {team}], and [you will take over|you were chosen to take over] {duty}.",
      "[I am on holiday|I will be away] from {date} to {date2}, and [{personFirst} said|I was told] you would [look after|cover] {duty}.",
      "[As you know|As announced], {personFirst} is leaving [us|the company] on {date}, [so|which means] {duty} [needs|will need] a new owner.",
      "[I have written down|Attached you find] [everything|all you need to know] about {duty}[, which you take over on {date}|].",
      "[From next month|In {month}] we [are splitting|will split] the tasks of the {team} [differently|anew], and [you will look after|we would like to give you] {duty}.",
    ],
    details: [
      "[The files are|Everything is] in {system}.",
      "[It takes|You will need] about [two hours|half a day|an hour] a week.",
      "[The contact at {company2} is|For questions, ask] {personFull}.",
      "[The next deadline is|The first thing due comes on] {date}.",
      "[The tricky part is|Watch out for] [the last step|the numbers at the end of the month|the time difference].",
    ],
    asks: [
      [
        "~[confirm|tell me] that [this works for you|you can take it over]",
        "[Do you have|Could you find] [an hour|half an hour] [on {weekday}|on {weekday} at {time}] [for a handover|to go through it]?",
        "~[read|look through] [the notes|my notes] [before {date}|by {deadline}]",
        "Is that [all right|OK] [for you|with you]?",
        "~[let me know|tell me] [by {deadline}|] [what is unclear|which access you are missing]",
      ],
      [
        "[Do you have|Have you got] access to {system}?",
        "~[introduce yourself to|write to] {personFirst} [at {company2}|]",
        "Who [could|will] [cover for|replace] you [in {month}|during your holiday]?",
      ],
    ],
    closings: [
      "[Thank you|Thanks] for [taking this on|helping out].",
      "[You can still call me|I can still be reached] [until {date}|in an emergency].",
    ],
    answers: [
      "[Well, all right|OK then], [I'll give it a try|somebody has to]. [Don't switch your phone off|Leave me your number], [at least the first week|I'll surely break something].",
      "[Nobody asked me|That's news to me]! [My own plate is full|I've got two projects burning], [so let's talk to the boss first|is there no one else]?",
      "[I went through your notes|Read it all], [very neat|you should write books]. [Two spots I didn't get|I only stumbled over the bit about the passwords], [show me on {weekday}|a short call would do].",
      "[Enjoy the time off|Have a wonderful time]! [I've got this|We'll manage], [worst case|and if not,] {personFirst} [helps|bails me out].",
    ],
  },
  {
    name: "absence-notice",
    relations: ["colleague", "colleague", "client"],
    subjects: [
      "[Sick today|Not in today|Out sick]",
      "[I cannot come in|Staying at home] [today|until {weekday}]",
      "[Absence|Out of office] [on {weekday}|until {date}]",
      "[Working from home|Not available] [on {weekday}|until {weekday}]",
    ],
    contexts: [
      "[I am sorry, but|Unfortunately,] {absence}, so I [cannot come in|cannot work|have to stay at home] [today|today and tomorrow|until {weekday}].",
      "Unfortunately {absence}, [and the doctor wants me to rest|and I will not be able to work] until {date}.",
      "[I will not be|I won't be] in the office [on {weekday}|from {weekday} to {date}] because {absence}.",
      "[I have to leave early|I need to take the afternoon off] on {weekday}, [because|since] {absence}.",
      "[I will work from home|I am working from home] [on {weekday}|until {date}], [as|because] [the workmen are coming|the trains are on strike|{absence}].",
    ],
    details: [
      "[I can still be reached by phone|I will check my mail from time to time|I cannot read mail until then].",
      "[The rest|Everything else] can wait.",
      "[The doctor's note|The certificate] [follows|will follow] [tomorrow|by post].",
      "[I had a meeting with|There is a call with] {company2} [on {weekday} at {time}|at {time}].",
    ],
    asks: [
      [
        "~[take over|cover|look after] {duty} [until {weekday}|while I am away|for me]",
        "~[tell|inform] [the others|{personFirst}|the {team}]",
        "~[cancel|move] [my meeting|the meeting] with {personFirst}[ on {weekday}|]",
        "~[send|forward] the {doc} to {personFirst}[ for me|]",
        "Is that [all right|OK]?",
      ],
      [
        "~[call|ring] me if [anything urgent comes up|{company2} calls]",
        "Can {personFirst} [stand in|step in] [for me|on {weekday}]?",
        "Do you need [a doctor's note|anything] from me?",
      ],
    ],
    closings: [
      "[I hope to be back|I should be back] [on {weekday2}|next week|soon].",
      "[Sorry for the trouble|Thank you for your understanding|Sorry to leave you alone with this].",
    ],
    answers: [
      "[Poor you|Oh no], [stay in bed|drink lots of tea]! [We'll survive|The place still stands], [don't you dare open the laptop|leave the phone off].",
      "[Half the floor is down with it|There's something going round], [so you're in good company|be careful]. [I've told everyone|Your meetings are off], [sleep well|see you when you're fit].",
      "[Bad timing, but what can you do|Not ideal, but health first]. [Where's the key|One quick thing: who has the files]? [Then we leave you alone|After that, silence, promised].",
    ],
  },
  {
    name: "support-problem",
    relations: ["client", "colleague", "stranger"],
    subjects: [
      "[Problem with|Error in|Trouble with] {bare:system}",
      "{bare:system} [does not work|is not working]",
      "[Help needed|Help]: I cannot {action}",
      "[Error|Error message] when I try to {action}",
      "[Ticket|Support request]: {bare:system}",
    ],
    contexts: [
      "[Since {weekday}|Since yesterday|Since the last update] I [cannot|can no longer] {action} in {system}; [all I get is|I only see] {symptom}.",
      "[When I try to|Whenever I want to|Each time I try to] {action} in {system}, I [get|see] {symptom}.",
      "{system} [has been very slow|keeps crashing|logs me out every few minutes] since {weekday}, [and I cannot {action}|so I am unable to {action}].",
      "[Several people in the {team}|Two of our customers] [report|have reported] that they cannot {action}; [they see|on the screen there is] {symptom}.",
      "I have been using {system} for a year, [but now|and suddenly] {symptom} appears [when I start it|on the first page].",
      "[My laptop|The printer on the second floor|The scanner|My phone] [no longer connects to|does not talk to] {system} [since the move|since {weekday}].",
    ],
    details: [
      "[I have already restarted it|I tried another browser|I cleared the cache|I reinstalled it], [but nothing changed|without luck|and the problem is still there].",
      "[It worked|Everything worked] [fine|] until {past}.",
      "[It happens|The problem appears] [on two computers|only in the morning|with every file].",
      "[My deadline is {date}|We need it for {project}], so [it is urgent|I am under pressure].",
      "[A screenshot|The log file] is attached.",
    ],
    asks: [
      [
        "~[help me|help me with this][ by {deadline}|]",
        "~take a look at it[ today| by {deadline}|]",
        "~[tell me|let me know] [how to fix it|what I can do|how I can solve this]",
        "[What can I do|How can I fix this|What should I try]?",
        "~fix [this|the problem|it][ by {deadline}|]",
        "When will [it|{system}] [work again|be fixed|be back]?",
      ],
      [
        "Is this a known problem?",
        "~call me [on {weekday}|at {time}|this afternoon]",
        "Is there [another way|a way] to {action} [until then|in the meantime]?",
        "Do you need [a screenshot|the log file|my user name]?",
      ],
    ],
    closings: [
      "[Thank you|Thanks] for [your help|the quick help|your support].",
      "[I hope|Let's hope] it is [something small|easy to fix].",
    ],
    answers: [
      "[Classic|Ah, that one]! [Turn the thing off and count to thirty|Clear the cookies], [and pray|then try again]. [It's a leftover of|That started with] the last update, [they're on it|a fix is coming].",
      "[I can't reproduce it|It works on my machine], [which I hate to say|I know, I know]. [What exactly do you click|Could you film your screen]? [Which browser is it|Is it the old laptop]?",
      "[Everybody has that today|You're not alone], [the whole thing is down|the data centre has a problem]. [Go and have a coffee|Take an early lunch], [I shout when it's back|they say an hour or two].",
      "[That's above my pay grade|I'm out of ideas], [I've handed it to|it's now with] {personFirst}, [who built it|who knows every screw]. [You'll hear tomorrow|Give it a day].",
    ],
  },
  {
    name: "travel-plan",
    relations: ["colleague", "client", "supplier"],
    subjects: [
      "[Travel plan|Trip|Travel] to {city}",
      "[My visit|Visit] to {city} on {date}",
      "{city}, {date}: [arrival|travel details]",
      "[Arrival|Getting] to {city}",
    ],
    contexts: [
      "[My {transport} to {city}|The {transport} to {city}] leaves on {day} at {time}, and [I will stay|I am staying] at {hotel} until {date2}.",
      "[I will arrive|I'm arriving|We will arrive] in {city} on {day} [around|at about] {time} [by {transport}|], [and go straight to {place}|and would like to visit your {team}].",
      "[For|Because of] {project} [we have to|I have to] travel to {city} [from {date} to {date2}|in {month}], [and you are coming with us|and I am making the plans].",
      "Everything for our trip to {city} is nearly ready: we leave on {date} [by {transport}|], [and the hotel is {hotel}|and come back on {date2}].",
      "{personFirst} and I [will be|are] in {city} on {date} [for {event}|to meet {company2}], and [we have some free time|there is a free evening].",
      "Your visit to our {city} office on {date} is coming closer, [so I am planning the days|and I am making the schedule].",
    ],
    details: [
      "[The ticket costs|Flight and hotel come to] {amount}[ per person|].",
      "[From the station|From the airport] it is [ten|twenty|thirty] minutes [on foot|by tram|by taxi].",
      "They expect [mild|warm|wet|cold] weather, so [pack|bring] [an umbrella|a warm coat|light clothes].",
      "[On {weekday}|On the second day] we [visit|will visit] {company2}.",
    ],
    asks: [
      [
        "[Could you|Can you] [pick me up|meet me] at the [station|airport]?",
        "~[book|reserve] [a room|two rooms|a table for {small}] [at {hotel}|for {date}|near the office]",
        "~[tell me|let me know] [whether|if] these [dates|times] [suit you|work for you]",
        "~[send me|share] your [travel dates|arrival time|passport number|flight number][ by {deadline}|]",
        "Which [hotel|train|way] [would you recommend|do you recommend]?",
        "[Would you have|Do you have] time for [dinner|lunch|a coffee] on {weekday}?",
      ],
      [
        "Do you [need|want] [a hotel room|a rental car|a visa letter|a taxi]?",
        "~[organise|arrange] a [visitor badge|meeting room|taxi] [for us|for {weekday}]",
        "How do I [best get|get] from the [airport|station] to {place}?",
        "Is {personFirst} coming [too|as well]?",
      ],
    ],
    closings: [
      "[I look forward to|Looking forward to] [the trip|seeing you in {city}|meeting you].",
      "See you in {city}!",
    ],
    answers: [
      "[Just come to the main exit|I'll stand at the kiosk], [look for the yellow scarf|I drive a tiny red car]. [If the train is late|In case of delays], [text me|don't rush].",
      "[That hotel is noisy|I know that hotel, avoid it], [better take the one by the park|try something near the river]. [And eat at the market|The fish there is a dream], [it's a must|you won't regret it].",
      "[I won't be there that day|What bad luck, I'm off that week], but {personFirst} [will look after you|has the keys]. [Next time we have dinner|We'll catch up next time].",
      "[My boss hasn't signed off the trip yet|It's still open on my side], [you know the forms|paperwork, as always]. [Hold the ticket|Don't book yet] [until {weekday}|, I'll call you].",
    ],
  },
  {
    name: "policy-notice",
    relations: ["colleague", "neighbour", "supplier"],
    subjects: [
      "[Please note|Notice|Change from {date}]",
      "[Important|For your information]: [new rule|change] from {date}",
      "[Change|Changes] in {month}",
    ],
    contexts: [
      "[Please note that|I would like to inform you that|As decided last week,] {rule} [from {date} on|on {date}|from {month}].",
      "[From {date} on|As of {date}], {rule}.",
      "[The management|Our {team}] has decided that {rule} from {date}.",
    ],
    details: [
      "[The reason is|This is due to] [a new regulation|the building works|an audit|high costs].",
      "[The change is for {weeks} weeks|It will last about {weeks} weeks|The rule is permanent].",
      "[A short guide|The new form|A map] is [attached|in {system}].",
    ],
    asks: [
      [
        "~[tell|inform] your [team|guests|colleagues]",
        "~[confirm|sign] that you have read this",
        "~[use|take] [the new form|the side entrance|the other car park] [from then on|until {date2}]",
      ],
      [
        "[Do you have|Are there] any [questions|objections]?",
        "Does this [affect|cause problems for] your [team|work|project]?",
      ],
    ],
    closings: [
      "[Thank you|Thanks] for your [understanding|cooperation].",
      "[If you have questions|For questions], [ask me|call {department}|write to {personFirst}].",
    ],
    answers: [
      "[Thanks for the warning|Good that you say so], [else I'd have stood there like a fool|I'd never have noticed]. [How long will it be|Is there really no other way]?",
      "[Not again|Oh boy], [we just got used to the last one|people will love that]. [But fine|Well], [I'll hang it up in the kitchen|I'll tell my lot].",
      "[What about deliveries|And the people with wheelchairs]? [That needs an answer|Did anyone think of that] [before it starts|], [otherwise|if not] [we'll have a mess|I foresee trouble].",
    ],
  },
  {
    name: "training-offer",
    relations: ["colleague", "stranger", "supplier"],
    subjects: [
      "[A place on|Free places:|Invitation to] the {training}",
      "{training} on {date}",
      "[Sign up now|Registration]: {training}",
    ],
    contexts: [
      "[On {date}|In {month}] [we offer|there will be] {a:training} in {city}[, and two places are free|, led by {personFull}|].",
      "[Every {team} should send|We want to send] [one person|two people] to the {training} [on {date}|in {month}], and [I thought of you|your name came up].",
      "[You said|In our yearly talk you said] that you would like to [learn more|get better]; [the {training} on {date}|next {month}'s {training}] [could be just right|might be something for you].",
      "[Because of great demand|After the success in {month}], we [repeat|are repeating] the {training} on {day} [at {time}|].",
    ],
    details: [
      "[The course lasts|It lasts] {weeks} [days|evenings|hours].",
      "[The fee is|It costs] {amount}[, which the company pays|, lunch included|].",
      "[No previous knowledge|No experience] is needed.",
    ],
    asks: [
      [
        "[Would you like|Do you want] to [take part|join]?",
        "~[register|sign up] by {deadline}",
        "~[tell me|let me know] by {deadline} [whether|if] you [are interested|want the place|would like to go]",
        "Are you interested?",
      ],
      [
        "Do you know [anyone else|a colleague] who might like to join?",
        "~[tell me|let me know] [about your experience so far|which level suits you]",
        "Would you prefer [mornings or evenings|{city} or online]?",
      ],
    ],
    closings: [
      "[Places are limited|It fills up quickly].",
      "[I would be happy|It would be great] if you [could come|joined].",
    ],
    answers: [
      "[Yes please|Oh, I'd like that], [I've wanted to learn that for years|my knowledge is from the stone age]! [Can I bring my own laptop|Is there homework]?",
      "[I did that one|Been there, done that] [two years ago|at my old firm], [rather give it to|so let] {personFirst} [go|have it]. [Got anything for|Is there one for] advanced people?",
      "[In the middle of the busy season|That week, of all weeks]? [No chance|I can't leave the others], [sadly|much as I'd like to]. [Put me on the list for autumn|Ask me again next time].",
    ],
  },
];
