/** Word lists of the rules. */

const set = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

export const PREPOSITIONS = set(`
about above across after against along among around as at before behind below beside between beyond by concerning despite
down during for from in inside into like near of off on onto out outside over past per regarding since than through till to
toward towards under until up upon via with within without
`);

/** Words that no noun phrase goes past: verbs, pronouns, conjunctions. */
export const NOUN_STOPS = set(`
i you we they he she it me us him them who whom whose which what when where why how if whether because although though while
unless and or but so that then also too as is are was were be been being am has have had having will would can could should
shall may might must do does did done not no nor yes please thanks thank
arrived arrive arrives came come comes stopped stops stop works work worked worth needs need needed looks looked makes made
takes took goes went gets got gives gave shows showed says said tells told sends sent became becomes began begins starts
started ends ended leaves left flickers leaks smells wobbles lost broke breaks falls fell keeps kept remains remained stays
logs crashed appears appeared asks asked expires runs ran attached enclosed bought ordered booked received found send sends
takes takes place again yesterday today tomorrow already still just only soon below above together before until beforehand
instead delivered planned advertised addressed used leads appear anyway unfortunately sadly hopefully here there now once during since without join joins joined costs cost fits
happens happened moves moved disappeared reached returned promised mentioned discussed agreed planned wanted hosts organises
offered starting including
`);

/** Words that do not end a noun phrase. */
export const TRAILING = set(`
the a an my your our his her their this these those of for from in on at to with by about as and or than more next last into
please over via under between behind around after before very so per regarding within
`);

/** "our meeting" is the replier's too; "our warehouse" is not. */
export const INCLUSIVE_NOUNS = set(`
meeting call appointment conversation discussion cooperation contract agreement trip plans plan lunch dinner project team
collaboration partnership talk visit interview review
`);

/** What only the sender owns. */
export const SENDERS_NOUNS = set(`
website newsletter offer invoice customers customer store shop products company parcel order flat house place garden building
warehouse range catalogue work
`);

/** Bare verbs, as they open a request or follow a modal. */
export const BASE_VERBS = set(`
accept access achieve act activate add address adjust advise affect agree allow announce answer apologise apologize appear
apply approve arrange arrive ask assign assume attach attend be become begin believe belong book borrow bring build buy call
cancel carry cause change charge check choose clarify clean clear close collect come comment compare complete confirm connect
consider contact contain continue contribute convert copy correct cost count cover create cut deal decide delay delete deliver
depend describe design discuss distribute do donate download draft drive drop edit email enable end enter estimate evaluate
exchange exist expect explain extend file fill find finish fit fix follow forward get give go grant hand handle hang happen
have help hold host implement improve include increase inform initial install introduce investigate invite involve issue join
keep know lead learn leave lend let limit list listen load look lose mail maintain make manage mean meet mention mind miss
move need note notify offer open operate order organise organize own park participate pass pay pick place plan play point
post postpone prefer prepare present prevent print process produce promise propose protect prove provide publish pull push
put quote raise reach read receive recommend record reduce refer refund register reject release remain remember remind remove
renew rent repair repeat replace reply report represent request require reserve reset resolve respond return review revise
ring run save say schedule see sell send separate serve set settle share ship show sign solve sort spare speak specify spend
stand start state stay stop submit subscribe suggest suit supply support suppose take talk teach tell test thank think touch
track train transfer translate travel treat try turn understand unlock update upgrade upload use verify view visit wait walk
want warn welcome work worry write
`);

/** Words that begin the predicate after "is": "is the position still open". */
export const ADJECTIVES = set(`
available closed complete convenient correct cheaper due enough fine free full good included interested late long missing
necessary needed new ok okay old open possible ready responsible right safe sufficient valid welcome willing wrong all
planned known best better ill normal true worth able
`);

/** Words that say little about what a mail is about. */
export const COMMON_WORDS = set(`
about above after again against all also am an and any are as at back be because been before being below best between both
but by call can cannot come could dear did do does doing down during each even every few first for from further get give good
great had has have having hello help her here hers hi him his hope how i if in into is it its just kind know last let like
look mail make many may me message might more most much must my need new next no nor not now of off on once one only or other
our out over own please possible quick reply regards same see send sent she should since so some soon still such sure take
tell than thank thanks that the their them then there these they thing things think this those through time to today too two
under until up us use very via want was way we week well were what when where which while who whom why will wish with without
work would write yes yet you your yours yourself able act also another anything around ask away been day days done else ever
everything forward found general going happy however information interest keep later least made mind move named never nothing
often once part perhaps person place point question quite rather really received regarding right said says short show someone
something sorry start thought together try until using whether year years question questions answer monday tuesday wednesday
thursday friday saturday sunday january february march april june july august september october november december check look
able by best able forward getting letting sharing sending
`);
