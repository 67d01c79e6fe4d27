/** `pocketreply reply`: one mail in; the decision whether it wants a reply, then a draft with its flags, or three suggestions. */

import { cutText } from "../formats/index.ts";
import {
  type AssistantMail,
  type Draft,
  type LeftOut,
  type OpenAssistant,
  readAssistantMail,
  type Suggestion,
} from "../reply/index.ts";
import { runPaths } from "../run.ts";
import { defaultRecipeName } from "../shipped.ts";
import { findStyle, openRunAssistant, readRecipe } from "../stages/index.ts";
import { readMailInput } from "./mail-input.ts";
import type { ReplyOptions } from "./options.ts";
import type { FolderOptions, Session } from "./session.ts";

/** The verb: streams the draft to a person, or gives all that is known of it to a machine. */
export async function reply(
  options: FolderOptions & ReplyOptions & { file?: string },
  session: Session,
): Promise<void> {
  const paths = runPaths(options.run);
  const recipe = await readRecipe(paths, { recipe: options.recipe, overrides: options.set }, defaultRecipeName);
  const { bytes, name } = await readMailInput(options.file);
  const mail = await readAssistantMail(bytes, name);
  const style = options.style === "mine" ? await findStyle(paths) : { adapter: options.adapter };
  const { assistant, model, adapter } = await openRunAssistant({ ...options, ...style, paths, recipe });
  const gguf = adapter === undefined ? model : `${model} with ${adapter}`;
  try {
    const trigger = assistant.trigger(mail);
    const leftOut = assistant.leftOut(mail);
    const head = { trigger, leftOut, model };
    if (!trigger.wantsReply && !options.anyway) {
      session.print(`no reply needed: ${trigger.reason}`);
      session.progress.line("(--anyway answers it)");
      session.printJson(head);
      return;
    }
    const job = { assistant, mail, options, recipe, session, gguf };
    const made = options.suggest ? await suggest(job) : await draft(job);
    for (const one of leftOut) session.print(`! left out before the model, ${nameLeftOut(one, mail)}`);
    session.printJson({ ...head, ...made });
  } finally {
    await assistant.close();
  }
}

const MOST_SHOWN = 100;

/** "line 3: words to a machine, "Assistant: …"". */
function nameLeftOut({ kind, where, text, start }: LeftOut, mail: AssistantMail): string {
  const place = where === "subject" ? "subject" : `line ${mail.text.slice(0, start).split("\n").length}`;
  const said = text.replace(/\s+/g, " ");
  const shown = said.length > MOST_SHOWN ? `${cutText(said, MOST_SHOWN)}…` : said;
  return `${place}: ${kind === "secret" ? `a number or password, read as ${shown}` : `words to a machine, "${shown}"`}`;
}

interface Job {
  assistant: OpenAssistant;
  mail: AssistantMail;
  options: ReplyOptions;
  recipe: Awaited<ReturnType<typeof readRecipe>>;
  session: Session;
  gguf: string;
}

async function suggest({ assistant, mail, session, gguf }: Job) {
  let suggestions: readonly Suggestion[] = [];
  let seconds = 0;
  for await (const event of assistant.suggest(mail, { signal: session.signal })) {
    if (event.type !== "done") continue;
    suggestions = event.suggestions;
    seconds = event.timings.totalMs / 1000;
  }
  const { language, questions } = assistant.read(mail);
  if (suggestions.length === 0) session.print(`no suggestions: there are no words for the language "${language}" yet`);
  for (const { intent, text, source } of suggestions)
    session.print(`${`${intent}:`.padEnd(INTENT_WIDTH)}${text}${OF[source]}`);
  session.progress.line(`(${suggestions.length} suggestions in ${seconds.toFixed(1)} s, ${gguf})`);
  return { language, questions, suggestions };
}

const OF: Readonly<Record<Suggestion["source"], string>> = {
  model: "",
  response: "",
  mail: "  (by rule, from the mail)",
  phrase: "  (a set phrase)",
};
const INTENT_WIDTH = "acknowledge: ".length;

async function draft({ assistant, mail, options, recipe, session, gguf }: Job) {
  const { steer: line, tone, length, language } = options;
  const settings = {
    maxTokens: options.maxTokens ?? recipe.evaluate.maxReplyTokens,
    temperature: options.temperature ?? recipe.evaluate.temperature,
    seed: recipe.seed,
    signal: session.signal,
  };
  let made: Draft | undefined;
  for await (const event of assistant.draft(mail, { line, tone, length, language }, settings)) {
    if (event.type === "text") session.stream(event.text);
    else made = event.draft;
  }
  session.signal.throwIfAborted();
  session.stream("\n");
  const { text, flags, fields, followed, shortened, cutAtLimit, timings, ...rest } = made!; // the last event, unless it threw
  for (const { message } of flags) session.print(`! ${message}`);
  for (const field of fields) session.print(`? ${field.text} is for you to fill in`);
  for (const { wish, followed: is } of followed) if (!is) session.print(`! not followed: ${wish}`);
  const { newTokens, promptTokens, firstTokenMs, totalMs } = timings;
  const first = firstTokenMs === null ? "" : `, first after ${Math.round(firstTokenMs)} ms`;
  const cut = cutAtLimit ? ` It was cut at ${newTokens} tokens; --max-tokens allows more.` : "";
  session.progress.line(`(${newTokens} tokens${first}, ${(totalMs / 1000).toFixed(1)} s, ${gguf})${cut}`);
  return {
    reply: text,
    flags,
    fields,
    followed,
    ...rest,
    shortened,
    cutAtLimit,
    promptTokens,
    replyTokens: newTokens,
    timings,
  };
}
