/** What the routes about one mail take, and how a body is read into it. The OpenAPI document is made from the same schemas. */
import { z } from "zod";
import { type AssistantMail, LENGTHS, parseAssistantMail, TONES } from "../reply/index.ts";
import { ApiError, badField } from "./error.ts";

const person = z.strictObject({
  name: z.string().max(300).default(""),
  address: z.string().max(300).default(""),
});
const people = z.array(person).max(1000);

const mail = z
  .union([
    z.string().describe("The source of a mail (.eml), or text as it was copied."),
    z.strictObject({
      base64: z
        .string()
        .regex(/^[A-Za-z0-9+/]*={0,2}$/)
        .describe("The source's bytes in Base64, for a mail that is not UTF-8."),
    }),
    z.strictObject({
      text: z.string().describe("What the sender wrote, without quoted history and signature."),
      subject: z.string().max(2000).optional(),
      from: person.optional(),
      to: people.optional(),
      cc: people.optional(),
      date: z.string().max(100).optional().describe("ISO 8601; tells what Friday is."),
      isAnswer: z.boolean().optional(),
    }),
  ])
  .describe("The mail: its source, or its parts.");

/** What goes with the mail and does not stand in it. */
const beside = {
  model: z.string().optional().describe("The name of the one model here."),
  mail,
  owner: person.optional().describe("Whose mailbox it is."),
  facts: z.array(z.string().max(500)).max(20).optional().describe("What the owner knows: a reply may draw on it."),
};

/** The body of `POST /v1/replies`. */
export const repliesRequest = z.strictObject({
  ...beside,
  include: z
    .array(z.enum(["responses", "suggestions", "draft"]))
    .default(["suggestions", "draft"])
    .describe("What is wanted besides the trigger; responses are those of the response set, ranked by the model."),
  anyway: z.boolean().default(false).describe("Answer a mail that wants no reply, too."),
  steering: z
    .strictObject({
      line: z.string().optional().describe('What to say, such as "decline, propose Thursday"; at most 500 characters.'),
      tone: z.enum(TONES).optional(),
      length: z.enum(LENGTHS).optional(),
      language: z
        .string()
        .regex(/^[a-z]{2,3}$/)
        .optional()
        .describe("ISO 639; default: that of the mail."),
    })
    .default({})
    .describe("How the draft is to be."),
  style: z
    .enum(["mine"])
    .optional()
    .describe("mine: in the owner's own words, which pocketreply personalise has learnt."),
  begin: z.string().max(2000).default("").describe("A beginning that the draft goes on from."),
  maxTokens: z.number().int().min(1).max(4096).optional().describe("Of the draft."),
  temperature: z.number().min(0).max(2).default(0).describe("Above 0 for another try."),
  seed: z
    .number()
    .int()
    .min(0)
    .max(2 ** 32 - 1)
    .default(0),
  stream: z.boolean().default(false),
});

/** The body of `POST /v1/edits`. */
export const editsRequest = z.strictObject({
  model: beside.model,
  edits: z
    .array(
      z.strictObject({
        at: z.iso.datetime({ offset: true }),
        mail,
        line: z.string().max(500).default("").describe("The steering line that the draft followed."),
        draft: z.string().max(20_000).describe("As the model left it."),
        kept: z.string().max(20_000).describe("As the person let it go."),
      }),
    )
    .min(1)
    .max(200),
});

/** The body of `POST /v1/complete`. */
export const completeRequest = z.strictObject({
  ...beside,
  typed: z.string().max(8000).describe("The reply as far as it is typed."),
  confidence: z.number().min(0).max(1).optional().describe("Nothing less sure is given."),
  maxWords: z.number().int().min(1).max(15).default(15),
});

/** Reads `fields` by `schema`. Throws ApiError that names the field, 404 for another model. */
export function parseFields<T extends z.ZodType<{ model?: string }>>(
  schema: T,
  fields: Readonly<Record<string, unknown>>,
  model: string,
): z.output<T> {
  const result = schema.safeParse(fields);
  if (!result.success) throw explainIssue(result.error.issues[0]);
  if (result.data.model === undefined || result.data.model === model) return result.data;
  throw new ApiError({
    status: 404,
    message: `This server has one model, "${model}". Send that name, or leave model out.`,
    param: "model",
    code: "model_not_found",
  });
}

/** The first thing that is wrong, where it is deepest: of a union in the branch with the fewest faults. Never quotes what was sent. */
function explainIssue(issue: z.core.$ZodIssue, above: readonly PropertyKey[] = []): ApiError {
  const path = [...above, ...issue.path];
  if (issue.code === "invalid_union") {
    const branches = issue.errors.filter(([first]) => first?.path.length > 0 || first?.code === "unrecognized_keys");
    const inner = branches.sort((a, b) => a.length - b.length)[0]?.[0];
    const strange = branches.map((faults) => faults.find(({ code }) => code === "unrecognized_keys"));
    const isStrangeToAll = strange.length > 0 && strange.every((fault) => fault !== undefined);
    if (inner !== undefined) return explainIssue(isStrangeToAll ? strange[0]! : inner, path);
  }
  if (issue.code === "unrecognized_keys") {
    const field = [...path, issue.keys[0].slice(0, 60)].join(".");
    return badField(field, `${field} is not known here.`, "unsupported_parameter");
  }
  const field = path.join(".");
  return badField(field, `${field}: ${issue.message.replace(/^Invalid input: /, "")}.`);
}

/** The mail of a request with what goes with it. Throws ApiError 400 where its source is no mail. */
export async function readMail(request: z.output<z.ZodObject<typeof beside>>): Promise<AssistantMail> {
  const { owner, facts } = request;
  return { ...(await readParts(request.mail)), ...(owner && { owner }), ...(facts && { facts }) };
}

/** The same of a mail that comes alone. */
export async function readParts(given: z.output<typeof mail>): Promise<AssistantMail> {
  if (typeof given === "string") return readSource(new TextEncoder().encode(given));
  if ("base64" in given) return readSource(Buffer.from(given.base64, "base64"));
  return given;
}

/** A mail without a word is one too: whoever sends it hears that it wants no reply. */
async function readSource(source: Uint8Array): Promise<AssistantMail> {
  if (source.every((byte) => byte <= 0x20)) return { text: "" };
  return parseAssistantMail(source, "mail").catch((error: Error) => {
    throw error.name === "UserError" ? badField("mail", error.message) : error;
  });
}
