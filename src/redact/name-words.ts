/** Words that decide what is a name: lists, read by names.ts. All in lower case. */

const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/).filter((word) => word !== ""));

/** Names that are common words too: taken for a name only beside other signs of one. English, then German, French, Spanish, Italian, Dutch. */
export const COMMON_WORDS = words(`
  a about ace act ad age aid aim air alan all am an and angel any apple april are arms art as ash at august autumn away back bad baker ball band bank
  banks bar barber base bass bath baker beach bean bear bell best better big bill bills birch bird bishop bit black blue bond book both bow
  bowl box boy branch brand brave bridge bright brook brooks brown buck bud bull burn bush but butler by call can candy cap car card care carol
  carpenter carter case cash castle chance chandler chase chip christian church city clay clean clear cliff close coach coal cold cole come cook
  cookie cool corn cost count court cox crane crisp cross crystal current curry dale data date dawn day days dean dear deep dell destiny
  do doc dollar don done down drew drive drum duke duly dusty each earl early east easter easy eve even ever every eye faith fall far farmer
  fast fay fern field fields file fine finish fire fish fisher flint flower floyd for ford forest forward foster fox frank free french fresh
  friday friend frost full gale game gap gates gay gem general gene get gift gill given glen go gold golden good grace grand grant grass grave
  graves gray great green grey ground grove guy had hall ham hand hands handy happy hard hardy hart has have hay haven hawk hazel he head heath
  heather hell help her here hers high hill hills him his hold holiday holly home honor hood hook hope house how hunt hunter ice if in iris is
  it its ivory ivy jack jade january jar jasmine jet jewel job jolly joy judge july june just justice keen keep key kid kind king kit knight
  lake lamb lance land lane large lark last late lately law lead leaf left less let lily lincoln line link lion list little live lock long look
  lord lot love low luck lucky mac mace made mail major man many march mark marks marsh marshal marshall martin mason master mat may me
  melody mercy mile miles mill miller mind mine mint miss mister mon monday moon moor more morning moss most mother mount much my name near neat
  new next nice nick night no noble noon north not note nova now number oak object ocean odd of off old olive on once one only open or orange
  other our out over own page pages paid paige pain palm park parks part past patience pearl penny people pepper percent perfect
   person phone piece pierce pike pine pink pitt place plain plan play plaza please point poll pool poole poor pope port post potter potts pound
  power present press price pride prince print prior prize prose prudence pull pure quick quiet quill rain ram randy range rate raven
  ray read real red reed reply rest rich ridge right ring river rob robin rock rod roman root rosa rose rosemary round row royal ruby rule run
  rush rusty sage saint sale sally salt same sand sandy saturday savage save say school scott sea second see self sell send september serene set shade
  share sharp she shell shepherd shore short show silver simple since sky slater small smart snow so some son song soon south spring
  square stack star state steel step sterling stone storm strange street strong sue summer summers sun sunday sunny sure swan sweet swift
  table tag tailor tale tall tan tanner teal tell temple ten than thank thanks that the them then there these they thing this thorn thursday
  tide tiger till time to today toy trace tracy trail tree trip trinity true trust tuesday tucker turn turner tyler under union unique unit up us use van
  venture very victory viola violet virgin wade wait walk walker wall walls ward was watch water waters way we weaver web wednesday week well wells
  west wheat wheeler when where white who whole why wild will wills win wind windy wing winner winter winters wise with wolf wood woods word words work world worth
  would wren year yes yet york you young your zone
  american apache austin berlin boston british chinese dallas danish denver dublin dutch england english european excel finnish france german germany holland
  houston indian internet ireland irish israel italian java japanese linux london madrid office outlook paris perl polish python rome ruby russian scotland
  scottish spanish swedish unix washington web welsh windows
  alle als alt am an auf aus bach bauer baum berg bis blau braun busch das dem den der die dorf du ein engel er ernst es fischer frei fuchs für
  ganz gast geld graf gross groß grün gut haus heiß herbst herr herz hof ihr im in ist jäger jung kaiser kein klein koch kohl kraft krug kurz lang
  land leicht lieb mann mark meister mich mir mit mond nach neu noch ob ochs oder ost recht reich rein richter ritter roth rot sauer schäfer
   schneider schön schwarz sie sommer sonne sonntag stark stein stern stolz strauß süß tag teufel und von vogel wald weg
  weiß weiss wein weise wenig werner wie winkler winter wir wolf wolke zimmer zu zum zur
  ami août au aux avec beau bel belle blanc bois bon bonne brun cher claire clément comme constant content court dans de des du dupont en est et
  fin fleur fort grand gras gros heureux il jaune je joli la le les leblanc lenoir ma mai marchand marin mars même merci mes mon noir nous ou
  par parfait pas petit pierre pin pour prudent roi rose rouge roux sage se si soleil son sur tu un une vert vous
  abril alba alegre amor ángel blanca blanco bravo bueno cruz cuando de del dolores el ella en es esperanza fuente guerra iglesia la león
  los luna luz madre mar mayo mercedes mesa montaña moreno mucho nieves no norte nuevo oro para paz pero pilar plaza prado que real reina rey
  río romero rubio santa santo sierra sol soledad su torre un una valle verde victoria y
  bella bianchi bianco bruno come conti costa della di due fiore franco gentile giorno grande grazia il le lo maggio marino mio monte neri
  non oro pace per rosa rossi rosso russo sera stella sua ti tu una vita
  aan bakker boer de dijk een groot het hij ik jong kamp kok kort mijn nieuw nog op smit van vos vrij wel wit zijn zo
`);

/** Words of a display name that say it is no person. */
export const ROLE_WORDS = words(`
  administration president chairman director secretary minister senator congressman congresswoman governor mayor judge general colonel captain
  the linux unix lug labs lab socials e-mail spam
  account accounts admin administrator admins ag alert alerts announce announcement announcements association authority automated bank billing blog board
  bot bounce bounces bugs bugzilla calendar campaign center centre club co college com committee commits community company conference contact corp
  corporation council courier customer customers cvs daemon daily deals delivery department dept desk dev devel developers development digest
  digests discuss discussion discussions division docs donotreply editor editorial editors email emails enquiries enterprise events express feed feeds
  finance forum foundation gbr gmbh group groups headquarters help helpdesk hotel hotline inc info information institute international
  invoice job jobs kg limited list lists llc ltd magazine mail mailer mailing mailinglist management manager market marketing media member members
  membership ministry moderator monthly network networks news newsletter newsletters no noreply notice notification notifications notifier office
  offers official online operations order orders org organisation organization partners payment payments plc postmaster press project promotions
  purchasing radio reception recruiting recruitment registration reminder reply report reporter reports robot root rss sales school sdk security server
  service services shipping shop signup society software solutions staff statistics status store student students subscribe subscription subscriptions subscriber
  subscribers sup support survey sysadmin system systems talk team technologies technology test tickets times today tracker travel undisclosed
  undisclosed-recipients university unsubscribe update updates user users verein verlag via volunteers web webmaster website weekly workers www yahoogroups
`);

/** Small words inside names, and titles: never a name alone. */
export const NAME_PARTICLES = words(`
  from or and for by at to on in with not no
  abu af al an ap at av ben bin bint da das de degli dei del della den der des di do dos du e el et ibn ii iii iv jr la las le les lo los mac mc of
  san sr st ten ter the tot und van vande vander vd von vom y zu zum zur
  dr prof professor mr mrs ms miss mx sir madam dame lord lady herr frau hr fr dipl ing mag med phd msc bsc mba md esq ph.d rev
  monsieur madame mademoiselle mme mlle m señor señora sr sra srta don doña signor signora sig dott avv ing mevrouw meneer dhr mw hon capt col gen lt sgt
`);

/** Words before a capitalized common word that show it to be the word and no name: "in May", "der Koch", "the Gates". */
export const DETERMINERS = words(`
  a an the this that these those in on at by to of my your his our their every next last since until per
  am im der die das den dem des ein eine einen einem einer eines zum zur vom beim seit bis
  le la les l un une du des au aux el los las una uno del al il lo gli i uno dello della
  de het een
`);

/** What stands after a greeting or in the last line without being a name. */
export const NO_NAMES = words(`
  all alle allen alles alles any anyone beloved both buddy ceo client colleague colleagues collegues community committee customer customers damen dave's day dear developers
  done dude everybody everyone evening fellow fellows folk folks friend friends gang gents gentlemen good gone guys hello help here hey hi hiring
  herren hiya howdy i it johnny-come-lately kollegen kolleginnen ladies later list listers madam mail maintainer maintainers man manager mate mates member members
  messieurs mesdames morning my night no noone one ok okay organiser organizer others partner partners people please recipient recipients reader readers
  see sender sir sirs so some someone subscriber subscribers team teams thanks that the there thing this to tous toutes us user users valued
  volunteers webmaster welcome well world yes you your yourself zusammen
  best cheers regards thank thx sincerely yours love kind warm many enjoy bye ciao hugs respectfully faithfully truly cordially later ps ttyl hth
  attached attachment enclosed forwarded original message from date subject cc bcc sent
  january february march april may june july august september october november december monday tuesday wednesday thursday friday saturday sunday
`);
