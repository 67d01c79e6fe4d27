/** Report data over the made-up evaluation, with every section filled. */
import { compatReadings } from "../../metrics/index.ts";
import { evaluateFixture } from "../evaluated.fixture.ts";
import type { LikelihoodFigures } from "../likelihood.ts";
import type { ReportData } from "./data.ts";

/** `hostile` stands in a mail, a reply, the constant reply's place and the run's name. */
export async function reportFixture(hostile = ""): Promise<ReportData> {
  const { evaluation, items } = await evaluateFixture(
    (topic, i) => (i === 1 ? "" : `Thank you, the ${topic} will be ready on Friday at noon.${i === 0 ? hostile : ""}`),
    hostile,
  );
  return {
    name: `runs/mine${hostile}`,
    madeAt: "2026-01-05",
    version: "0.0.0",
    answeredBy: "checkpoints/step-000100 (validation loss 1.234) as gguf-q8_0",
    noCeiling: null,
    items,
    evaluation: {
      ...evaluation,
      constantReply: evaluation.constantReply + hostile,
      teacher: "a teacher",
      evaluatedSha256: "0".repeat(64),
      likelihood: { student: figures(0.259), base: figures(3.87), missing: null },
      compat: compatReadings({
        candidates: items.map(({ student }) => student.text),
        references: [items.map(({ reference }) => reference)],
      }),
    },
    health: {
      mails: { kept: 400, skipped: 3 },
      distill: {
        accepted: 140,
        rejected: 10,
        acceptedByAttempt: { 1: 95, 2: 45 },
        rejectedByReason: { threshold: 10 },
        calls: 464,
        retries: 2,
        promptTokens: 227158,
        completionTokens: 30749,
        costUsd: 1.5,
        seconds: 75,
      },
      training: {
        steps: [
          { step: 0, validationLoss: 4.4 },
          ...Array.from({ length: 50 }, (_, i) => ({ step: i + 1, loss: 4.5 - 0.05 * i, seconds: 1 })),
          { step: 50, validationLoss: 2.2 },
        ],
        bestStep: 50,
        examples: { train: 108, validation: 11, test: 21 },
        trainableParameters: 327680,
        shortened: 1,
        leftOut: 0,
      },
      replies: {
        cutAtLimit: 1,
        shortenedMails: 0,
        refused: 0,
        promptTokens: 2479,
        replyTokens: 624,
        firstTokenMs: 34.4,
        tokensPerSecond: 616,
        modelBytes: 4_076_672,
      },
    },
    recipe: [["train.epochs", "4"]],
  };
}

/** Likelihood figures of two references of 20 tokens and 100 bytes in all, at `loss` nats a token. */
const figures = (loss: number): LikelihoodFigures => ({
  references: 2,
  unread: 0,
  shortened: 0,
  tokens: 20,
  bytes: 100,
  loss,
  bitsPerByte: (20 * loss) / Math.LN2 / 100,
  belowFloat: 0,
  top1: 0.9,
  exactMatch: { byLength: [0.875, 0.5, ...new Array(13).fill(null)], mean: 0.7 },
});

/** Text that would run, load or break out, were it markup. */
export const HOSTILE = `<script>document.title="owned"</script><img src="http://127.0.0.1:9/x.png" onerror="document.title='owned'"></p></article><style>body{display:none}</style><iframe src="http://127.0.0.1:9/"></iframe><a href="javascript:alert(1)">x</a>'"&lt;\u202e ${"unbroken".repeat(60)}`;
