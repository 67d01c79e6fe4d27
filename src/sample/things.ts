/**
 * What the sample mails are about: templates for the slots of the phrase grammar. A slot of a name in this table is
 * drawn once per mail from its list. Pools are large and combine, so that a reader must copy details, not guess them.
 */

/** Slot name -> phrases it may take; phrases may hold choices and other slots. */
export const THINGS: Readonly<Record<string, readonly string[]>> = {
  // A document, without article: "the {doc}".
  doc: [
    "[signed|updated|final|revised|original] [contract|lease|purchase order|order form|service agreement|offer letter|rental agreement|supply agreement]",
    "[latest|updated|monthly|quarterly|annual|preliminary] [sales report|budget report|audit report|safety report|progress report|expense report|inspection report]",
    "[draft|final|short|detailed|updated] [project plan|marketing plan|training plan|floor plan|business plan|seating plan|test plan|maintenance plan]",
    "[updated|current|full|complete] [price list|guest list|supplier list|packing list|parts list|attendance list|customer list|contact list]",
    "[insurance|tax|customs|warranty|quality|safety|residence] [certificate|form|papers]",
    "[technical|product|data protection|safety|installation] [data sheet|specification|guidelines|manual]",
    "[meeting|board meeting|workshop|interview|site visit] [minutes|notes|summary]",
    "[slides|photos|drawings|figures|recording] from [the workshop|the kickoff|the site visit|the {city} trip|the {month} meeting]",
    "[bank|account|delivery|travel|timesheet|cost] [statement|overview|summary|breakdown]",
    "[case study|white paper|press release|product brochure|style guide|onboarding checklist|job description|feasibility study]",
    "[reference|recommendation|confirmation|cover|invitation|approval] letter",
    "[revised|corrected|detailed] [quote|estimate|cost estimate|delivery schedule|shift schedule|work schedule|timetable]",
  ],
  // Something one reads and comments on: "the {draft}".
  draft: [
    "[draft|first draft|second draft|new version|outline] of [the {month} newsletter|the annual report|the grant application|the {city} proposal|our [privacy|travel|security|returns] policy|the user guide|the press release|the tender document|my [thesis chapter|conference paper|blog post|cover letter|presentation]]",
    "[landing page|brochure|poster|survey|catalogue|logo|packaging|menu] [draft|design|mock-up]",
    "[product|training|sales|investor|onboarding|conference] [presentation|deck|script|handbook]",
    "[proposal|business case|research summary|project brief|article|speech] for {project}",
  ],
  // A subject of talk: noun phrase with its article.
  topic: [
    "the [budget|hiring plan|roadmap|marketing plan|travel budget|training plan|staffing] for [next year|next quarter|the {month} launch|{project}|the {city} office]",
    "the {month} [figures|campaign|release|audit|sales numbers|schedule|board report|forecast]",
    "the [supplier contract|customer survey|product roadmap|new pricing|returns process|onboarding process|support rota|data migration|security audit|brand guidelines|annual review|parking situation|office layout|holiday plan|energy costs]",
    "the results of the [pilot|customer survey|{month} audit|user tests|tender|staff survey|price comparison|site inspection]",
    "the next steps for {project}",
    "our [cooperation|contract|plans] with {company2}",
    "{project}",
    "the [open questions|delays|costs|risks|schedule|scope|staffing] [in|of] {project}",
  ],
  // A piece of work, with its article.
  project: [
    "the [Heron|Juniper|Atlas|Falcon|Harbour|Lantern|Compass|Meridian|Orchid|Summit|Beacon|Cobalt|Maple|Sparrow|Aurora|Granite|Delta|Willow|Phoenix|Marble|Saffron|Tundra|Coral|Birch|Neptune|Polaris|Amber|Cedar|Raven|Jasper] project",
    "the [website relaunch|warehouse move|office move|software rollout|mobile app|customer portal|loyalty programme|catalogue redesign|payroll migration|factory upgrade|kitchen renovation|recruiting campaign|store refit|intranet update|spring campaign|energy audit|network upgrade|archive project|school garden|booking system]",
    "the {city} [store opening|office move|pilot|renovation|trade fair stand|rollout|campaign|partnership|warehouse]",
  ],
  // Goods. Singular and plural forms share one draw, see scene.ts.
  item: [
    "[desk|floor|reading|ceiling] lamp",
    "[office|dining|folding|garden|conference] chair",
    "[standing|coffee|folding|kitchen] table",
    "[laptop|camera|travel|tool] bag",
    "[coffee|label|sewing|espresso] machine",
    "[laser|photo|label|receipt] printer",
    "[wireless|ergonomic|backlit] keyboard",
    "[winter|rain|work|fleece] jacket",
    "[hiking|running|safety] shoe",
    "[steel|glass|insulated] bottle",
    "[air|water|oil] filter",
    "[cordless|hammer|power] drill",
    "[network|charging|video] cable",
    "[wool|picnic|fleece] blanket",
    "[wall|desk|alarm] clock",
    "[ceramic|travel|printed] mug",
    "[bread|chef's|paring] knife",
    "[bluetooth|conference|shower] speaker",
    "[mountain|road|children's] bike helmet",
    "[garden|fire|drain] hose",
    "[27-inch|portable|curved] monitor",
    "[storage|filing|medicine] cabinet",
    "[picture|door|window] frame",
    "[electric|camping|stovetop] kettle",
    "[phone|tablet|projector] stand",
    "[solar|camping|bedside] lantern",
    "[board game|puzzle|paint set|microscope|telescope|globe|ukulele|backpack|suitcase|umbrella|toaster|blender|router|webcam|headset|vacuum cleaner|heater|fan|scale|thermostat|doorbell|ladder|wheelbarrow|hammock|tent|mirror|bookshelf|sofa cover|curtain|rug]",
  ],
  brand: [
    "[Lumio|Kestrel|Norvik|Tavola|Brightline|Solano|Verdant|Zephyr|Calyx|Orbita|Fjord|Pinecrest|Halden|Marlow|Vantage|Quill|Ember|Tessera|Nimbus|Alder|Corvo|Dalia|Estrel|Fenwick|Galena|Hexa|Isola|Jolly|Kappa|Larkspur]",
  ],
  product: ["{brand} {item}"],
  service: [
    "[window cleaning|garden maintenance|catering|translation|bookkeeping|web hosting|printing|moving|event photography|security|waste collection|laundry|IT support|interior painting|floor heating maintenance|courier] service",
    "[staff|first-aid|safety|language|sales|software] training",
    "[roof|boiler|lift|machine|heating|solar panel] inspection",
  ],
  event: [
    "the [annual|spring|summer|autumn|winter|regional|first|third|tenth] [conference|meetup|networking evening|supplier day|open day|user forum|charity run|trade fair|design fair|hackathon|product launch|gala dinner|alumni meeting|science night|book fair|food festival]",
    "the [workshop|seminar|panel|talk|webinar|training day|round table] on [data privacy|remote work|urban gardening|sustainable packaging|customer service|machine learning|first aid|project management|energy saving|food safety|public speaking|export rules|accessibility|branding|supply chains]",
    "the [opening of our {city} [office|store|showroom|workshop]|{company2} [summer party|anniversary|open house]]",
  ],
  training: [
    "[first-aid|fire safety|forklift|data protection|presentation|negotiation|Excel|Spanish|German|photography|leadership|time management|customer service|accounting|welding|barista|coding] [course|training|workshop]",
  ],
  occasion: [
    "[dinner|lunch|brunch|a barbecue|a picnic|coffee|a film night|a board game evening|a housewarming|my birthday party|a concert|a hike|a bike tour|a wine tasting|a small garden party|a quiz night|a jam session|a football match|a cooking evening|a boat trip]",
  ],
  socialPlace: [
    "at [my place|our flat|our house|the lake|the river park|my parents' garden]",
    "at [the Corner Cafe|Cafe Lindgren|Bar Aurora|the Blue Door|Trattoria Nella|the Old Mill|Casa Verde|the Green Pepper|the Harbour Kitchen|Little Saigon|the Copper Pot|the Rose Garden|Chez Margot|the Tin Roof|the Lantern|Bistro Paloma]",
  ],
  place: [
    "room [101|112|204|215|301|318|402|7B|12C|3.14]",
    "[the {city} office|our {city} office|your office|the main building|the town hall|the small meeting room|the library|the canteen]",
    "[the Riverside Hotel|Hotel Miramar|the Grand Pavilion|the Congress Centre|the Old Brewery|the Harbour Hall|the Elm Street Studio|the Science Park|Hotel Bellevue|the Garden Hall|the Silk Factory|the Northern Gallery]",
  ],
  address: [
    "[12|27|48|5|103|66|9|214|31|75] [Mill Lane|Harbour Street|Station Road|Elm Avenue|King Street|Garden Row|Church Hill|Bridge Street|Lindenallee|Oak Drive|Market Square|Park Terrace], {city}",
  ],
  city: [
    "[Lisbon|Porto|Madrid|Valencia|Lyon|Marseille|Ghent|Antwerp|Rotterdam|Utrecht|Hamburg|Leipzig|Munich|Vienna|Graz|Zurich|Basel|Milan|Turin|Bologna|Athens|Krakow|Gdansk|Prague|Brno|Budapest|Copenhagen|Aarhus|Oslo|Bergen|Malmo|Gothenburg|Helsinki|Tampere|Tallinn|Riga|Dublin|Cork|Leeds|Bristol|Glasgow|Cardiff|Toronto|Montreal|Vancouver|Boston|Chicago|Denver|Seattle|Austin|Nairobi|Accra|Lagos|Cape Town|Cairo|Dubai|Mumbai|Pune|Bangalore|Singapore|Hanoi|Seoul|Osaka|Kyoto|Melbourne|Sydney|Auckland|Santiago|Lima|Bogota|Montevideo|Recife]",
  ],
  month: ["[January|February|March|April|May|June|July|August|September|October|November|December]"],
  weekday: ["[Monday|Tuesday|Wednesday|Thursday|Friday]"],
  anyday: ["[Thursday|Friday|Saturday|Saturday|Sunday]"],
  part: ["[morning|afternoon]"],
  number: ["[3|4|5|6|8|10|12|15|18|20|24|25|30|36|40|45|50|60|75|80|100|120|150|200|250]"],
  small: ["[2|3|4|5|6]"],
  numberWord: ["[two|three|four|five|six]"],
  weeks: ["[two|three|four|six]"],
  days: ["[three|four|five|six|eight|ten]"],
  percent: ["[4|6|8|9|11|12|14|15|17|18|21|23|26] percent"],
  team: [
    "[sales|support|finance|design|marketing|logistics|purchasing|engineering|research|product|legal|warehouse|HR|operations|quality] team",
  ],
  department: [
    "[accounting|purchasing|logistics|customer care|facility management|human resources|the front desk|the workshop]",
  ],
  role: [
    "[project|account|office|product|marketing|event|purchasing|quality|warehouse|community|training|store] [manager|coordinator|assistant]",
    "[software|test|mechanical|data|process|support] engineer",
    "[graphic designer|accountant|translator|technical writer|business analyst|research assistant|chef|nurse|electrician|librarian|sales representative|customer advisor|lab technician|copywriter|photographer|architect|paralegal|recruiter|bookkeeper]",
  ],
  seniorRole: [
    "[head of [sales|purchasing|operations|design|research|marketing|support|logistics]|managing director|finance director|branch manager|team lead|chief engineer|studio manager]",
  ],
  system: [
    "[the customer portal|the payroll system|the booking system|the ticket system|the shared drive|the time sheet tool|the VPN|the project board|the intranet|the design library|the test server|the invoice archive|the mailing list tool|the reporting dashboard|the video platform|the online shop]",
  ],
  fault: [
    "[has a deep scratch on the front|has a crack on the left side|came in the wrong colour|arrived with a part missing|fell apart on the second day|smells of burnt plastic|does not look like the one in the catalogue|was broken when I opened the box|has a dent at the bottom|came without instructions|has a bent edge|is much smaller than described|has a loose screw|shows clear signs of use|has stains that do not come off|broke on the first day]",
  ],
  symptom: [
    "[an error message saying [access denied|connection lost|file not found|session expired|invalid token]|a blank white page|an endless loading circle|the message 'error [404|500|502|1067|0x80]'|a login page that keeps coming back|an empty list where my [orders|reports|contacts] should be]",
  ],
  action: [
    "[open the monthly report|upload a file|print an invoice|save my changes|export the contact list|book a room|reset my password|sync my calendar|attach a photo|join a call|change my address|search for an order]",
  ],
  feature: [
    "[the warranty|the delivery time|the opening hours|the return policy|the parking options|the minimum order quantity|the payment terms|the size chart|the cancellation policy|the delivery costs|the battery life|the washing instructions|the group discount|the spare parts|the data storage|the energy consumption]",
  ],
  role2: ["{anyRole}"],
  contract: [
    "[service|supply|rental|maintenance|licence|framework|consulting|employment|cleaning|partnership|transport|catering] [contract|agreement]",
    "[amendment|addendum] to [the service agreement|the rental contract|the supply contract]",
    "[non-disclosure agreement|letter of intent|order confirmation|data processing agreement|purchase agreement|sponsorship contract]",
  ],
  inspection: ["[roof|boiler|lift|heating|dental|eye|car|chimney] [inspection|check-up]"],
  service2: ["{number} {items}", "the {service} in {month}", "the work on {project}", "order {order}"],
  system2: [
    "[Online banking|The customer portal|The library catalogue|Our web shop|The mobile app|The telephone hotline]",
  ],
  reason: [
    "[a customer visit|a funeral|a doctor's appointment|a training day|a strike on the railway|an urgent deadline|a parents' evening|a site inspection]",
  ],
  payDays: ["[7|10|14|20|30]"],
  expense: [
    "[two new monitors|a replacement laptop|the train tickets to {city}|the trade fair stand|an extra licence for the design software|the team lunch|a first-aid course|the new coffee machine|additional storage space|the translation of the manual|a temporary assistant|the hotel in {city}|a repair of the delivery van|new safety shoes for the warehouse]",
  ],
  repair: [
    "[the kitchen tap is dripping|the heating in the bedroom stays cold|the lift has stopped on the second floor|the front door no longer locks|there is a damp patch on the bathroom ceiling|the window in the living room does not close|the light in the stairwell is broken|the drain in the shower is blocked|the boiler makes a knocking sound|the intercom is silent|the garage door is stuck|a roof tile has come loose]",
  ],
  lostThing: [
    "[black|red|grey|green|blue|brown] [umbrella|scarf|wallet|backpack|notebook|jacket|laptop sleeve|phone case|water bottle|hat]",
  ],
  cause: [
    "[the food bank|the animal shelter|the school library|the river clean-up|the youth football club|the neighbourhood garden|the refugee language cafe|the children's hospital|the mountain rescue team|the community kitchen|the senior centre|the music school|the repair cafe]",
  ],
  helpTask: [
    "[serve soup|sort donations|sell cakes|set up the stands|drive the van|welcome the visitors|paint the fence|read to the children|pack parcels|look after the registration desk|take photos|plant trees]",
  ],
  achievement: [
    "[your promotion to {seniorRole}|your new job at {company2}|winning the {city} [design|innovation|service|export] award|finishing {project}|the birth of your [daughter|son]|your graduation|the successful launch of the {brand} {item}|ten years at {company2}|the contract with {company2}|passing your exam|your wedding|the opening of your {city} [store|studio|office]]",
  ],
  mistake: [
    "[I missed our call|I sent you the wrong version of the {doc}|I forgot to reply to your last message|I was late for our meeting|I mixed up the dates for {event}|my team sent you the same invoice twice|we delivered the {item} to the wrong address|I left you out of the mail about {topic}|we quoted you the wrong price for the {item}|I had to leave {event} so early|I promised you the {doc} and did not send it]",
  ],
  absence: [
    "[I have caught a bad cold|I have a high fever|my son is ill|my daughter has the flu|I have to see the dentist urgently|I hurt my back at the weekend|I have a stomach bug|my train has been cancelled|there is a family emergency|I have a migraine|I sprained my ankle|our babysitter is ill]",
  ],
  duty: [
    "[the weekly {team} call|the supplier mails|the support inbox|the {month} newsletter|the {company2} account|the stock list|the shift planning|the visitor tours|the social media posts|the invoices from {company2}|the room bookings|the test reports]",
  ],
  transport: ["[train|flight|bus|ferry|night train]"],
  hotel: [
    "[Hotel Miramar|the Riverside Hotel|Hotel Bellevue|the Station Inn|Hotel Aurora|the Park Lodge|Pension Edelweiss|the Harbour View|Hotel Castello|the Maple House|the Old Customs House|Hotel Nord]",
  ],
  profession: [
    "[tax advisor|web designer|electrician|photographer|lawyer|physiotherapist|piano teacher|translator|gardener|carpenter|recruiter|nutritionist|printer|caterer]",
  ],
  skill: [
    "[warehouse planning|user research|contract law|food photography|export papers|data analysis|energy consulting|event planning|technical translation|accessibility testing|machine maintenance|brand design|grant writing|staff training]",
  ],
  adviceTopic: [
    "[whether to repair or replace our {item}|which {service} to choose|how to organise the archive|whether we should move the {month} campaign|how to prepare for my first {event2}|which course to take next|how to deal with the delay in {project}|whether to accept the offer from {company2}|how to price our new {item}|where to hold the team day]",
  ],
  event2: ["[board meeting|trade fair|job interview|customer visit|audit|radio interview|conference talk]"],
  survey: [
    "[customer satisfaction|staff|commuting|canteen|reader|alumni|training needs|remote work|product|neighbourhood] survey",
  ],
  rule: [
    "[the car park will be closed for resurfacing|the visitor entrance moves to the north side|travel requests must be entered in the new form|the server will be down for maintenance|the canteen will close an hour earlier|expense reports need a cost centre|the fire drill takes place in the whole building|passwords must be changed every six months|the post room no longer accepts private parcels|the reception is staffed until 6 pm]",
  ],
  dataError: [
    "[my address is still the old one|the delivery date is wrong|the amount does not match the quote|the name on the certificate is misspelt|the item number is wrong|one page is missing|the figures for {month} appear twice|the VAT rate is not correct|the link leads to an empty page|my phone number has two digits swapped]",
  ],
};

/** Parts that make company names. */
export const COMPANY_HEADS: readonly string[] =
  "Silver Nord Blue Green Stone River Oak High North East Bright Clear Iron Red White Amber Sun Moon Star West Harbour Forest Lake Hill Copper Golden Swift True Alpine Coastal Urban Prime".split(
    " ",
  );
export const COMPANY_TAILS: readonly string[] =
  "field wind gate bridge line works craft path mark leaf wave port stone view house ridge brook forge point wood way side crest haven loom dale".split(
    " ",
  );
export const COMPANY_KINDS: readonly string[] = [
  "Ltd",
  "GmbH",
  "Inc",
  "& Sons",
  "Logistics",
  "Foods",
  "Studio",
  "Consulting",
  "Systems",
  "Books",
  "Travel",
  "Textiles",
  "Energy",
  "Furniture",
  "Media",
  "Labs",
  "Partners",
  "Tools",
  "Gardens",
  "Print",
  "Clinic",
  "Software",
  "Group",
  "",
  "",
  "",
];
