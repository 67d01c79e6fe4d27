/**
 * Whether a chat template leaves the messages as they are. Contents are left out while a prompt is rendered (template.ts), so a model is trained on
 * the texts themselves; under a template that writes them otherwise (`content | upper`), every other program would show it other texts.
 */
import { UserError } from "../errors.ts";
import { type ChatMessage, renderText, type SpecialTokens } from "./template.ts";

/** The last template that was found to leave contents alone: a run uses one. */
let sound: string | undefined;

/** Throws UserError where the template changes the content of a message; white space around it may go. */
export function requireUnchangedContents(options: {
  template: string;
  dateString: string;
  specialTokens: SpecialTokens;
}): void {
  if (options.template === sound) return;
  const [system, user, assistant] = (["system", "user", "assistant"] as const).map(probe);
  check([system, user], renderText({ ...options, messages: [system, user], addGenerationPrompt: true }));
  const whole = [system, user, assistant];
  check(whole, renderWhole({ ...options, messages: whole, addGenerationPrompt: false }));
  sound = options.template;
}

/** "" where the template takes no reply in a conversation: it is trained without one. */
function renderWhole(options: Parameters<typeof renderText>[0]): string {
  try {
    return renderText(options);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return "";
  }
}

/** A message with what filters change: letters of both cases, blanks, line ends, marks of HTML, JSON and quotes, many characters. Its numbers are its own. */
function probe(role: ChatMessage["role"], index: number): ChatMessage {
  const filler = Array.from({ length: 600 }, (_, i) => `word${i}`).join(" ");
  const content = `dear Anna ${numberOf(index, 1)},

the "Budget & plan" <of 2.5 %> is:\n\t- 100 €,  it's {here} \\ there
> ÜLKÜ, café 你好 🙂 http://example.org/?a=b&c=d#e

${filler}

best regards ${numberOf(index, 2)} from bo`;
  return { role, content };
}

const numberOf = (index: number, end: 1 | 2) => `${73_100 + 10 * index + end}`;

function check(messages: readonly ChatMessage[], rendered: string): void {
  for (const [index, { role, content }] of messages.entries()) {
    if (rendered.includes(content)) continue;
    const anchor = [numberOf(index, 1), numberOf(index, 2)].find((number) => rendered.includes(number));
    if (anchor === undefined) continue; // left out, which is told where a prompt is made
    const { meant, got } = firstDifference(content, rendered, anchor);
    throw new UserError(
      `The chat template changes what a ${role} message says: ${JSON.stringify(meant)} becomes ${JSON.stringify(got)}. The model would be trained on texts as they are, and asked with others. Use a template that writes message.content as it is (in chat_template.jinja, or chat_template in tokenizer_config.json), for example the one that the model's authors publish.`,
    );
  }
}

/** Around where two texts part that both hold `anchor`. */
function firstDifference(meant: string, got: string, anchor: string): { meant: string; got: string } {
  const [i, j] = [meant.indexOf(anchor), got.indexOf(anchor)];
  let back = 0;
  while (back < i && meant[i - back - 1] === got[j - back - 1]) back++;
  let ahead = 0;
  while (i + ahead < meant.length && meant[i + ahead] === got[j + ahead]) ahead++;
  const around = (text: string, at: number) => text.slice(Math.max(0, at - 16), at + 16);
  if (back < i) return { meant: around(meant, i - back), got: around(got, j - back) };
  return { meant: around(meant, i + ahead), got: around(got, j + ahead) };
}
