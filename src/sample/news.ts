/** Newsletters and automatic notices: mail that nobody needs to answer. */

/** Senders of automatic mail: display name and local part of the address. */
export const NEWS_SENDERS: readonly (readonly [string, string])[] = [
  ["{company2} News", "no-reply"],
  ["{company2}", "noreply"],
  ["{company2} Newsletter", "newsletter"],
  ["{company2} Updates", "do-not-reply"],
  ["{city} City Library", "no-reply"],
  ["{company2} Shop", "news"],
];

/** Subjects of automatic mail. */
export const NEWS_SUBJECTS: readonly string[] = [
  "[Our|The] {month} newsletter",
  "[This week|New this week] at {company2}",
  "{percent} off all {items}",
  "[News from|What's new in] {city}",
  "Your [weekly|monthly] summary",
  "[Scheduled maintenance|Service notice] on {date}",
];

/** Paragraphs of automatic mail; three to four make one. */
export const NEWS_PARAGRAPHS: readonly string[] = [
  "[Welcome to|Here is] our {month} [newsletter|issue] with [stories|tips|news] [from|around] {city}.",
  "[Until {date}|This week only], all {items} are {percent} [cheaper|off] in our [online shop|stores]. [The offer ends at midnight|While stocks last].",
  "[New in our range|Just arrived]: the {product} [in four colours|with a new motor|made from recycled material].",
  "[Read|In this issue, read] how {company2} [saved {percent} of its energy|trained {number} people|renovated its store in {city}].",
  "[Mark your calendar|Coming up]: {event} on {date} in {city}. [Tickets are on sale now|Doors open at {time}].",
  "{system2} will be [unavailable|offline] on {date} from {time} [because of planned maintenance|while we install updates].",
  "[Three tips|Our tips] for [a greener office|better sleep|a safe journey|healthy lunches]: [start small|plan ahead], [keep it simple|drink enough water] and [take breaks|share what works].",
  "[You visited|Your account shows] {number} [pages|items] last week. [See all details in your account|Log in to see more].",
  "[The next language evening|Our book club|The next reading] [takes place|meets] on {date} at {time}. [Everyone is welcome|Entry is free].",
];

/** Last lines of automatic mail. */
export const NEWS_FOOTERS: readonly string[] = [
  "This is an automatic message. Please do not reply to this mail.",
  "You receive this mail because you subscribed to our newsletter. Unsubscribe: https://{domain}/unsubscribe",
  "This mailbox is not monitored. To unsubscribe, follow the link in your account.",
  "To change how often you hear from us, visit your account settings or unsubscribe with one click.",
];
