/**
 * Does a fine-tuned model do what a steering line says? Every held-out mail of a run gets a line, drawn as distillation draws them, and is answered
 * with it, without it, and by the assistant, which puts the asked-for sentences in itself. Counted by stance, by what is named, and by length.
 *
 *   npx tsx bench/obedience.ts [--run runs/quickstart] [--model MODEL.gguf]
 */
import { parseArgs } from "node:util";
import { chooseSteeredSender } from "../src/distill/steered.ts";
import { addSteering, checkSteering, type Obeyed, readSteering, renderEmail } from "../src/mail/index.ts";
import { defaultRecipe } from "../src/recipe.ts";
import { generateReplies, openAssistant, toAssistantMail } from "../src/reply/index.ts";
import { readHeldOut } from "./held-out.ts";

const { values } = parseArgs({
  options: { run: { type: "string", default: "runs/quickstart" }, model: { type: "string" } },
});
const { gguf, held } = await readHeldOut(values.run, values.model);
const recipe = defaultRecipe();
const { send } = await chooseSteeredSender(
  { ...recipe, distill: { ...recipe.distill, steered: 1 } },
  async function* () {},
);
const mails = held.map(({ email }) => ({ email, line: send(email).steering }));

const settings = { gguf, mostContextTokens: 1024, maxTokens: 120, temperature: 0, seed: 1 };
async function answerAll(withLine: boolean): Promise<string[]> {
  const asked = mails.map(({ email, line }) => ({
    id: email.id,
    email: addSteering(renderEmail(email), withLine ? line : ""),
  }));
  const replies: string[] = [];
  for await (const { reply } of generateReplies({ ...settings, mails: asked })) replies.push(reply);
  return replies;
}

async function draftAll(): Promise<string[]> {
  const assistant = await openAssistant(gguf, { mostContextTokens: 1024 });
  const replies: string[] = [];
  for (const { email, line } of mails) {
    for await (const event of assistant.draft(toAssistantMail(email), { line }))
      if (event.type === "done") replies.push(event.draft.text);
  }
  await assistant.close();
  return replies;
}

function describe(name: string, replies: readonly string[]): void {
  const obeyed = mails.map(({ line }, i) => checkSteering(readSteering(line), replies[i]));
  const share = (list: readonly boolean[]) =>
    `${Math.round((100 * list.filter(Boolean).length) / list.length)} % of ${list.length}`;
  const of = (about: Obeyed["about"]) =>
    share(
      obeyed
        .flat()
        .filter((one) => one.about === about)
        .map((one) => one.followed),
    );
  const intents = ["accept", "decline", "defer", "acknowledge"].map((intent) => {
    const list = obeyed.flat().filter(({ about, wish }) => about === "intent" && wish === intent);
    return `${intent} ${share(list.map(({ followed }) => followed))}`;
  });
  const whole = share(obeyed.map((list) => list.every(({ followed }) => followed)));
  console.log(
    `${name}\n  whole line ${whole}\n  intent ${of("intent")} (${intents.join(", ")})\n  facts ${of("fact")}\n  length ${of("length")}`,
  );
}

console.log(`${gguf}, ${mails.length} held-out mails, each with a line`);
describe("without the line", await answerAll(false));
const steered = await answerAll(true);
describe("with the line behind the mail", steered);
describe("the assistant's draft", await draftAll());
for (const [i, { line }] of mails.slice(0, 8).entries())
  console.log(`\n${line}\n  → ${steered[i].replaceAll("\n", " ")}`);
